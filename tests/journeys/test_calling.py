"""Customers choose when they are called; staff are reminded, and managers hear of a call that nobody made."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.journeys.product import CATALOGUE, NOON, Product, action_of, button, forge, press
from tests.journeys.test_talking import card_shows, complain, got
from tests.journeys.troubles import count

OFFICE = CATALOGUE.replace(
    "  teams: {logistics: {chat: staff}}\n",
    """\
  teams: {logistics: {chat: staff, working_hours: {mon-fri: "09:00-18:00"}}}
  call_window: PT2H
""",
)
PHONE = "+79001234567"


@pytest.fixture
def office(product: Product) -> Product:
    product.catalogue = OFFICE
    return product


async def _told_phone(product: Product, *, timezone: str = "Asia/Omsk") -> None:
    """The shop reports another order of Anna's, and with it what it knows of her."""
    customer = {"id": "c-7", "name": "Анна", "phone": PHONE, "timezone": timezone}
    event = {
        "id": "41:visit",
        "touchpoint": "visit",
        "occurred_at": product.clock.now().isoformat(),
        "customer": customer,
    }
    await product.post("/api/v1/events", event)


async def test_offered_chosen_changed_due_and_called(office: Product) -> None:
    product = office
    async with product.running():
        card = await complain(product)
        await _told_phone(product)
        anna, oleg = product.anna, product.oleg
        assert "Спросили" in await press(oleg, card, "Предложить звонок")
        assert "уже спросили" in await press(oleg, card, "Предложить звонок")
        asked = await got(anna, "Когда вам удобно?")
        # 14:00 in Moscow is 17:00 in Omsk; the team works until 18:00, 21:00 there
        assert asked.labels[:2] == ("сегодня, 18:00–20:00", "завтра, 12:00–14:00")
        assert "UTC+6" in asked.text
        await card_shows(product, card, "клиент выбирает время", "ждёт ответа клиента")

        await anna.tap(asked, "сегодня, 18:00–20:00")
        agreed = await anna.wait_for_edit(asked, lambda message: "сегодня, 18:00–20:00" in message.text)
        await card_shows(product, card, "18 ноября, 15:00–17:00 (у клиента 18:00–20:00)", PHONE, "Решить обещали")
        await press(anna, agreed, "Другое время")
        await press(anna, agreed, "завтра, 14:00–16:00")
        await card_shows(product, card, "19 ноября, 11:00–13:00")

        await product.move_to(NOON.replace(hour=15, minute=1))
        await product.move_to(NOON.replace(day=19, hour=11))
        reminder = await got(oleg, "пора позвонить", chat=product.team, after=card)
        assert reminder.reply_to == card.id
        assert "11:00–13:00 (у клиента 14:00–16:00)" in reminder.text
        assert PHONE in reminder.text
        assert len([message for message in product.team.see() if "пора позвонить" in message.text]) == 1
        await press(anna, agreed, "Другое время")
        await anna.wait_for_edit(asked, lambda message: "уже наступило" in message.text)

        assert "позвонили" in await press(oleg, reminder, "Позвонили")
        await oleg.wait_for_edit(reminder, lambda message: "отметил(а) Олег" in message.text and not message.labels)
        await card_shows(product, card, "Клиенту позвонили")
        await product.move_to(NOON.replace(day=19, hour=14))
        left = (
            "select count(*) from schedule where state = 'due'"
            " and (kind = 'call_back' or detail like 'call:%' or detail like 'missed_call:%')"
        )
        assert await count(product, left) == 0
        assert all("звонка не было" not in message.text for message in product.owner.see())


async def test_wished_by_the_customer_and_missed(office: Product) -> None:
    product = office
    async with product.running():
        card = await complain(product)
        anna, oleg = product.anna, product.oleg
        await press(anna, anna.last(), "Позвоните мне")
        offered = await got(anna, "Когда вам позвонить?")
        assert offered.labels[0] == "сегодня, 15:00–17:00"
        assert "UTC" not in offered.text
        await anna.tap(offered, button(offered, "сегодня"))
        await card_shows(product, card, "15:00–17:00", "Телефон неизвестен", "Открыта")

        await product.move_to(NOON.replace(hour=15))
        reminder = await got(oleg, "пора позвонить", chat=product.team, after=card)
        assert "Отправляем" in await press(oleg, reminder, "Спросить номер")
        asked = await got(anna, "номер телефона")
        await anna.write(PHONE, reply_to=asked)
        await got(oleg, PHONE, chat=product.team)

        await product.move_to(NOON.replace(hour=17))
        missed = await got(product.owner, "звонка не было")
        assert "Жалобу ведёт Олег" in missed.text
        # the promise was broken, so another time may be chosen
        assert "Спросили" in await press(oleg, card, "Предложить звонок")
        again = await anna.wait_for(lambda message: "Когда вам удобно" in message.text, after=asked)
        await press(anna, again, "Звонок не нужен")
        await card_shows(product, card, "От звонка клиент отказался")
        await product.move_to(NOON + timedelta(days=1))
        assert len([message for message in product.owner.see() if "звонка не было" in message.text]) == 1


async def test_a_call_is_offered_to_nobody_else_and_not_to_who_blocked(office: Product) -> None:
    product = office
    async with product.running():
        card = await complain(product)
        anna, boris = product.anna, product.boris
        await boris.start()
        await press(anna, anna.last(), "Позвоните мне")
        offered = await got(anna, "Когда вам позвонить?")
        forged = await boris.wait_for()
        await forge(boris, forged, action_of(button(offered, "сегодня")))
        await boris.wait_for(lambda message: "уже не ждёт" in message.text)
        assert await count(product, "select state from call_requests") == "offered"
        await press(anna, offered, "Звонок не нужен")
        await card_shows(product, card, "отказался")

        product.forbid(anna, times=None)
        await press(product.oleg, card, "Предложить звонок")
        await product.noted(anna, "blocked" if product.vk is None else "stranger")
        assert await count(product, "select state from call_requests order by id desc limit 1") == "withdrawn"
        assert "Ответить некуда" in await press(product.oleg, card, "Предложить звонок")
