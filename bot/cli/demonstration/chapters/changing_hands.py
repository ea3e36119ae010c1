"""Staff look up what they have, and a case is handed to a colleague."""

from __future__ import annotations

from bot.cli.demonstration.narrator import Narrator, number_of


async def look_up(narrator: Narrator) -> None:
    """What staff see in private."""
    narrator.heading("Oleg looks up what he has in hand, and one case with its history")
    oleg = narrator.cast.oleg
    card = await narrator.card("Забыли свечи")
    mine = await narrator.ask(oleg, "/mycases")
    narrator.must(f"№ {number_of(card)}" in mine.text, "the case is among his")
    told = await narrator.ask(oleg, f"/case {number_of(card)}")
    narrator.must("Как шло дело" in told.text, "the case tells its history")


async def hand_over(narrator: Narrator) -> None:
    """The card stays where it is and says whose it is now."""
    narrator.heading("Oleg hands it to Pavel, who has worked cases of this team before")
    oleg, team = narrator.cast.oleg, narrator.cast.team
    card = await narrator.card("Забыли свечи")
    await narrator.tap(oleg, card, "Передать")
    choices = await narrator.seen(
        oleg, lambda message: "Кому передать" in message.text, "whom to hand it to", chat=team, after=card.id
    )
    await narrator.tap(oleg, choices, "Павел")
    await narrator.says(card, "Взял(а) Павел", "who has it now")
