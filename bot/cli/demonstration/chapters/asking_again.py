"""Three days after a complaint was put right the same question is asked once more."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bot.cli.demonstration.narrator import Narrator, has
from bot.cli.demonstration.stage import ZONE


async def ask_again(narrator: Narrator) -> None:
    """Anna and Gleb are asked again."""
    narrator.heading("Three days later Anna is asked again: 2 has become 5")
    cast = narrator.cast
    seen = cast.anna.last().id
    saturday = narrator.now.date() + timedelta(days=2)
    await narrator.move_to(datetime.combine(saturday, time(15), ZONE))
    again = await narrator.seen(cast.anna, lambda message: has(message, "5"), "the question once more", after=seen)
    narrator.must("постарались это исправить" in again.text, "it says why it is asked again")
    await narrator.tap(cast.anna, again, "5")
    await narrator.says(await narrator.card("Ждали два часа"), "5 из 5 (было 2)", "the difference")

    narrator.heading("And so is Gleb, in VK: 3 has become 9")
    before = cast.gleb.last()
    with narrator.transcript.hidden_for(cast.vera.id):
        await narrator.move_to(datetime.combine(saturday + timedelta(days=1), time(15, 30), ZONE))
    asked = await narrator.seen_in_vk(
        cast.gleb, lambda message: "посоветуете ли вы" in message.text, "the question once more", after=before
    )
    await narrator.tap_in_vk(cast.gleb, asked, "9")
    await narrator.says(await narrator.card("С рублём"), "9 из 10 (было 3)", "the difference")
