"""A customer who says "no" has the case back with whoever had it."""

from __future__ import annotations

from datetime import timedelta

from bot.cli.demonstration.narrator import NO, YES, Narrator


async def come_back(narrator: Narrator) -> None:
    """Resolved is what the customer says is resolved."""
    narrator.heading("Oleg closes it, Gleb says no: it comes back to Oleg")
    gleb, oleg, team = narrator.cast.gleb, narrator.cast.oleg, narrator.cast.team
    card = await narrator.card("С рублём")
    await narrator.pass_time(timedelta(minutes=40))
    await narrator.resolve(oleg, card, "Испекли заново", "Переписали надпись, Глеб заберёт в пять.")
    asked = await narrator.seen_in_vk(gleb, lambda message: YES in message.labels, "the last question")
    seen = oleg.last(chat=team).id
    await narrator.tap_in_vk(gleb, asked, NO)
    notice = await narrator.in_team("снова в работе", "that it is back", after=seen)
    narrator.must(notice.text.startswith("Олег,"), "it comes back to whoever had it")
    await gleb.write("Надпись та же, только синяя.")
    await narrator.in_team("только синяя", "what is still wrong", after=seen)

    narrator.heading("The second time it is right")
    await narrator.pass_time(timedelta(hours=2))
    await narrator.resolve(oleg, card, "Испекли заново", "Новый торт с верной надписью отвезли сами.")
    again = await narrator.seen_in_vk(
        gleb, lambda message: YES in message.labels, "the last question of this round", after=asked
    )
    await narrator.tap_in_vk(gleb, again, YES)
    await narrator.says(card, "подтвердил", "his word")
