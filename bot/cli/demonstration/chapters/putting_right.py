"""A complaint is put right, and the customer gets a promo code because she agreed to offers."""

from __future__ import annotations

from datetime import timedelta

from bot.cli.demonstration.narrator import Narrator
from bot.sandbox import MessageView


async def put_right(narrator: Narrator) -> None:
    """From the claim to the customer's word."""
    narrator.heading("Staff claim the complaint and put it right")
    oleg, anna = narrator.cast.oleg, narrator.cast.anna
    card = await narrator.card("Ждали два часа")
    await narrator.pass_time(timedelta(minutes=4))
    await narrator.claim(oleg, card)
    await _talk(narrator, card)
    await _agree_to_offers(narrator)
    await narrator.pass_time(timedelta(minutes=35))
    narrator.heading("Closing it asks how it was put right; Anna gets a promo code of her own")
    seen = anna.last().id
    note = "Испекли торт заново и привезли в тот же вечер."
    await narrator.resolve(oleg, card, "Испекли заново", note, ("Извинение", "Промокод"))
    offer = await narrator.seen(anna, lambda message: "SORRY-" in message.text, "her promo code", after=seen)
    team = oleg.see(narrator.cast.team)
    code = offer.text.split()[-1]
    narrator.must(not any(code in message.text for message in team), "nobody else reads her code")
    narrator.heading("Anna has the last word")
    await narrator.confirm(anna, card)


async def _talk(narrator: Narrator, card: MessageView) -> None:
    narrator.heading("Oleg replies to the card; Anna reads it in her chat, and what she says comes under the card")
    oleg, anna, team = narrator.cast.oleg, narrator.cast.anna, narrator.cast.team
    await oleg.write("Простите! Испечём торт заново и привезём к шести?", chat=team, reply_to=card)
    answer = await narrator.seen(anna, lambda message: "к шести" in message.text, "the answer of the team")
    await anna.write("Да, к шести успеваем.", reply_to=answer)
    await narrator.in_team("успеваем", "her reply under the card")


async def _agree_to_offers(narrator: Narrator) -> None:
    narrator.heading("Anna agrees to offers; without that the bot sends nobody any")
    anna = narrator.cast.anna
    privacy = await narrator.ask(anna, "/privacy")
    await narrator.tap(anna, privacy, "Присылайте предложения")
    await narrator.seen(anna, lambda message: "Не присылать предложений" in message.labels, "that she agreed")
