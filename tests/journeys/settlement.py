"""Steps of stories in which a complaint is put right."""

from __future__ import annotations

from collections.abc import Sequence

from bot.sandbox import MessageView, Person
from surveys.pools import import_codes
from tests.journeys.product import CATALOGUE, Product, button, press

CLOSING = """\
recovery:
  teams: {logistics: {chat: staff}}
  close_reasons:
    - {key: refund, title: {ru: Вернули деньги, en: Refunded}}
    - {key: redelivered, title: {ru: Довезли, en: Brought the rest}}
  pools:
    sorry:
      title: {ru: Скидка 15 %, en: 15 % off}
      text: {ru: "{name|}, примите скидку на следующий заказ: {code}", en: "{name|}, 15 % off your next order: {code}"}
      per_day: 2
      low_at: 1
"""
WITH_CLOSING = CATALOGUE.replace("recovery:\n  teams: {logistics: {chat: staff}}\n", CLOSING)
"""The shop's catalogue with close reasons and one pool of promo codes."""


async def fill_pool(product: Product, codes: Sequence[str]) -> None:
    """The shop has loaded these codes."""
    await import_codes(product.database, product.application.catalogues, "sorry", codes, now=product.clock.now())


async def complained(product: Product, comment: str | None = None, *, score: str = "2") -> MessageView:
    """Anna, who is connected, rates order 42 badly; the card."""
    await product.connect(product.anna, "c-7")
    question = await product.asked(product.anna, "42", "c-7")
    await product.anna.tap(question, score)
    if comment is not None:
        await press(product.anna, question, "Опоздали")
        await press(product.anna, question, "Готово")
        await product.anna.write(comment)
        await product.anna.wait_for(lambda message: "Простите нас" in message.text)
    return await product.card(comment or "")


async def opened_form(product: Product, person: Person, card: MessageView, label: str = "Решено") -> MessageView:
    """Somebody presses Resolve (or Not a complaint) on the card; the form under it."""
    seen = person.last(chat=product.team).id
    await press(person, card, label)
    return await person.wait_for(
        lambda message: message.reply_to == card.id and "Отмена" in message.labels, chat=product.team, after=seen
    )


async def noted(product: Product, person: Person, form: MessageView, note: str) -> MessageView:
    """Somebody replies to the form with a note; the form that shows it."""
    await person.write(note, chat=product.team, reply_to=form)
    return await person.wait_for_edit(form, lambda message: note in message.text)


async def resolve(product: Product, card: MessageView, person: Person | None = None, *, note: str = "Уладили") -> None:
    """Somebody closes the complaint: whatever the catalogue asks for is answered with the first choice."""
    someone = person or product.oleg
    form = await opened_form(product, someone, card)
    if not any("Дальше" in label for label in form.labels):
        await someone.tap(form, form.labels[0])
    await press(someone, form, "Дальше")
    form = await noted(product, someone, form, note)
    await someone.tap(form, button(form, "Закрыть жалобу"))
    await someone.wait_for_edit(card, lambda message: "Решено" in message.text)
