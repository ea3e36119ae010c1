"""A customer in VK: the keyboard under the input field, callback buttons, a picture, and the team's answer."""

from __future__ import annotations

from datetime import datetime, time

from bot.cli.demonstration.narrator import Narrator
from bot.cli.demonstration.stage import ZONE

COMMENT = "Вместо «С юбилеем» написали «С рублём»"


async def complain_in_vk(narrator: Narrator) -> None:
    """Gleb is asked a day after he collected his cake."""
    narrator.heading("Gleb is asked in VK: eleven scores lie under the input field, reasons hang under the message")
    gleb = narrator.cast.gleb
    await narrator.move_to(datetime.combine(narrator.now.date(), time(12, 1), ZONE))
    question = await narrator.seen_in_vk(gleb, lambda message: "посоветуете ли вы" in message.text, "the question")
    narrator.must(len(gleb.keyboard) >= 11, "the scores lie under the input field")
    await narrator.tap_in_vk(gleb, question, "3")
    step = await narrator.seen_in_vk(
        gleb, lambda message: "Ваша оценка: 3" in message.text, "his score", after=question
    )
    narrator.must(not gleb.keyboard, "the keyboard is gone once it was used")
    narrator.must(all(button.action == "callback" for button in step.buttons), "reasons are callback buttons")
    await narrator.tap_in_vk(gleb, step, "Ошибка в надписи")
    await narrator.tap_in_vk(gleb, step, "Готово")
    await narrator.seen_in_vk(gleb, lambda message: "Фото поможет" in message.text, "the invitation to comment")
    sent = await gleb.send_photo(caption=COMMENT)
    await narrator.seen_in_vk(gleb, lambda message: "не промолчали" in message.text, "the thanks", after=sent)
    card = await narrator.card("С рублём")
    await narrator.seen(
        narrator.cast.oleg,
        lambda message: message.kind == "photo" and message.reply_to == card.id,
        "his picture under the card",
        chat=narrator.cast.team,
    )


async def answer_in_vk(narrator: Narrator) -> None:
    """The team stays in Telegram."""
    narrator.heading("The team answers where it always does; Gleb reads it in VK")
    oleg, gleb, team = narrator.cast.oleg, narrator.cast.gleb, narrator.cast.team
    card = await narrator.card("С рублём")
    await narrator.claim(oleg, card)
    await oleg.write("Ох! Перепишем надпись сегодня, к какому часу нужен торт?", chat=team, reply_to=card)
    answer = await narrator.seen_in_vk(gleb, lambda message: "Перепишем" in message.text, "the team's answer")
    await gleb.write("К пяти, заеду сам.", reply_to=answer)
    await narrator.in_team("К пяти", "his reply under the card")
