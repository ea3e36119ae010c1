"""What leaves a case leads to nobody, and is short where it is quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.masking import CARD, EMAIL, PHONE
from surveys.rules.quoting import ACCOUNT, LINK, LONGEST_QUOTE, conceal, quote


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Всё хорошо", "Всё хорошо"),
        ("Звоните +7 900 123-45-67", f"Звоните {PHONE}"),
        ("Карта 4111 1111 1111 1111", f"Карта {CARD}"),
        ("anna@example.com", EMAIL),
        ("пишите @annushka_k, жду", f"пишите {ACCOUNT}, жду"),
        ("вот: https://vk.com/anna.k?x=1.", f"вот: {LINK}."),
        ("(http://example.com/a)", f"({LINK})"),
        ("t.me/annushka и VK.COM/id1, wa.me/79001234567", f"{LINK} и {LINK}, {LINK}"),
        ("www.example.com/фото!", f"{LINK}!"),
        ("цена 100@штука, почта @ дом, 1/2 торта", "цена 100@штука, почта @ дом, 1/2 торта"),
        ("заказ 123456 к 18:00", "заказ 123456 к 18:00"),
    ],
)
def test_what_leads_to_a_person_is_hidden(written: str, shown: str) -> None:
    assert conceal(written) == shown


@given(st.text(alphabet=st.sampled_from("ab1 @./:+7wт\n"), max_size=60))
def test_what_was_hidden_stays_hidden(text: str) -> None:
    assert conceal(conceal(text)) == conceal(text)


def test_a_quote_is_one_short_line() -> None:
    assert quote("Опоздали\n\nна  час") == "Опоздали на час"
    assert quote("слово " * 100) == ("слово " * 26).strip() + "…"
    assert quote("ы" * 500) == "ы" * (LONGEST_QUOTE - 1) + "…"


@given(st.text(max_size=400))
def test_a_quote_is_never_longer(text: str) -> None:
    assert len(quote(text)) <= LONGEST_QUOTE
    assert "\n" not in quote(text)


@given(st.integers(min_value=0, max_value=150))
def test_a_cut_shows_no_part_of_a_phone(before: int) -> None:
    assert "900" not in quote("ж" * before + " +7 900 123-45-67 " + "ж" * 200)
