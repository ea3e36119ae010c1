"""Orders are delivered, customers are asked and answer."""

from __future__ import annotations

from datetime import timedelta

from bot.cli.demonstration.narrator import Delivered, Narrator, has

PHONE_OF_VERA = "+79001234567"


async def deliver(narrator: Narrator) -> None:
    """Four deliveries of today, and a cake that Gleb collected himself."""
    narrator.heading("Orders are delivered; the bot waits two hours before it asks, and a day about what was baked")
    late = {"location": "Арбат", "employee": "Сергей", "product": "торт «Прага»", "late": True}
    punctual = {"location": "Лесная", "employee": "Ирина", "product": "багет", "late": False}
    await narrator.report(Delivered("1041", "c-anna", "Анна", late), expected="planned")
    await narrator.report(Delivered("1042", "c-boris", "Борис", punctual), expected="planned")
    phone = {"phone": PHONE_OF_VERA}
    await narrator.report(Delivered("1043", "c-vera", "Вера", punctual, more=phone), expected="planned")
    await narrator.report(Delivered("1044", "c-dasha", "Даша", punctual), expected="planned")
    cake = {"location": "Лесная", "product": "торт с надписью"}
    await narrator.report(Delivered("2041", "c-gleb", "Глеб", cake, touchpoint="product"), expected="planned")
    await narrator.pass_time(timedelta(hours=2))
    cast = narrator.cast
    for person in (cast.anna, cast.boris, cast.vera, cast.dasha):
        await narrator.seen(person, lambda message: has(message, "5") and has(message, "2"), "the question")


async def rate_badly(narrator: Narrator) -> None:
    """Anna's complaint becomes a card."""
    narrator.heading("Anna rates it 2 and says why")
    anna = narrator.cast.anna
    question = anna.last()
    await narrator.tap(anna, question, "2")
    for part in ("Опоздали", "Помялось в дороге", "Готово"):
        await narrator.tap(anna, question, part)
    await narrator.seen(anna, lambda message: "Расскажите" in message.text, "the invitation to comment")
    await narrator.ask(anna, "Ждали два часа, торт помялся, а у ребёнка праздник.")
    await narrator.seen(anna, lambda message: "Простите нас" in message.text, "the thanks")
    await narrator.card("Ждали два часа")


async def rate_well(narrator: Narrator) -> None:
    """Boris is happy."""
    narrator.heading("Boris rates it 5; everybody is offered the review links, whatever they scored")
    boris = narrator.cast.boris
    question = boris.last()
    await narrator.tap(boris, question, "5")
    for part in ("Точно вовремя", "Готово"):
        await narrator.tap(boris, question, part)
    comment = await narrator.seen(boris, lambda message: "Хотите передать" in message.text, "the invitation to comment")
    await narrator.tap(boris, comment, "Пропустить")
    await narrator.seen(boris, lambda message: "Приятного аппетита" in message.text, "the thanks")
