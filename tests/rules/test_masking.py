"""Comments shown to managers lead to nobody, and keep what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.masking import CARD, EMAIL, PHONE, mask


@pytest.mark.parametrize(
    "phone",
    [
        "+7 900 123-45-67",
        "+79001234567",
        "89001234567",
        "8 (900) 123-45-67",
        "8(900)1234567",
        "8-900-123-45-67",
        "8 900 123 45 67",
        "7 900 123 45 67",
        "+7(495)123-45-67",
        "8 800 555-35-35",
        "8 (3812) 45-67-89",
        "+7 (3812) 45-67-89",
        "900 123-45-67",
        "(900) 123 45 67",
        "9001234567",
        "123-45-67",
        "45-67-89",
        "+7.900.123.45.67",
        "+7\u00a0900\u00a0123\u201145\u201167",
        "+375 29 123-45-67",
        "+998 90 123 45 67",
        "+1 (415) 555-2671",
        "+44 20 7946 0958",
    ],
)
def test_phones_are_hidden(phone: str) -> None:
    assert mask(phone) == PHONE
    assert mask(f"Перезвоните мне: {phone}, спасибо!") == f"Перезвоните мне: {PHONE}, спасибо!"
    assert mask(f"тел.{phone}.") == f"тел.{PHONE}."


@pytest.mark.parametrize(
    "card",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "2200 0000 0000 0004",
        "6011000990139424",
        "5555\u00a05555\u00a05555\u00a04444",
        "6759649826438453",
        "6304000000000000000",
    ],
)
def test_cards_are_hidden(card: str) -> None:
    assert mask(f"Верните на {card} пожалуйста") == f"Верните на {CARD} пожалуйста"


@pytest.mark.parametrize(
    "address",
    [
        "anna@example.com",
        "a.n-n_a+shop@mail.example.co.uk",
        "Anna @ example.com",
        "анна@почта.рф",
        "ANNA@EXAMPLE.RU",
    ],
)
def test_addresses_are_hidden(address: str) -> None:
    assert mask(f"Пишите на {address}, жду") == f"Пишите на {EMAIL}, жду"
    assert mask(f"<{address}>") == f"<{EMAIL}>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Всё хорошо",
        "Заказ 123456 опоздал на 2 часа",
        "Заказ № 1234567890",
        "Заказ 2026-0001234",
        "Ждали с 10:00 до 12:30 18.11.2026",
        "18-11-2026 или 2026-11-18",
        "Оценка 7/10, цена 1 990,00 рублей",
        "Заплатил 1 234 567 рублей",
        "4111 1111 1111 1112 не карта: не сходится",
        "ИНН 7707083893",
        "@anna ответила",
        "почта @ дом",
        "2 + 2 = 4",
        "v1.2.3.4",
    ],
)
def test_what_reaches_nobody_stays(text: str) -> None:
    assert mask(text) == text


def test_several_in_one_text() -> None:
    written = "Анна, +7 900 123-45-67 или anna@example.com; карта 4111 1111 1111 1111. Заказ 42."
    assert mask(written) == f"Анна, {PHONE} или {EMAIL}; карта {CARD}. Заказ 42."


@given(st.text())
def test_any_text_is_masked_once_and_for_all(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.sampled_from(["2 раза", "10:00", "42", "заказ 123456", "18.11.2026"]), st.sampled_from(["", "2 ", "1000 "]))
def test_a_number_beside_a_phone_hides_neither(after: str, before: str) -> None:
    for phone in ("+7 900 123-45-67", "89001234567", "8 (900) 123-45-67", "900 123-45-67"):
        assert mask(f"{before}{phone} {after}") == f"{before}{PHONE} {after}"


@given(st.from_regex(r"\+7\d{10}", fullmatch=True))
def test_every_number_behind_a_plus_is_hidden(phone: str) -> None:
    assert mask(f"({phone})") == f"({PHONE})"
