"""Placeholders: filled, fallen back from, dropped without a trace; never evaluated."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules.placeholders import (
    Placeholder,
    fill,
    find_placeholders,
    is_known,
    placeholder_values,
    stray_braces,
)

VALUES = {"name": "Анна", "order_id": "42", "product": "торт", "location": "на Арбате", "business": "Печь"}

MISSING = [
    ("{name}, как вам доставка?", "Как вам доставка?"),
    ("{name|}, как вам доставка?", "Как вам доставка?"),
    ("{name|друг}, как вам доставка?", "Друг, как вам доставка?"),
    ("Скажите, {name|друг}, как вам?", "Скажите, друг, как вам?"),
    ("{name}! Как вам доставка?", "Как вам доставка?"),
    ("{name} — как вам доставка?", "Как вам доставка?"),
    ("Скажите, {name}, как вам доставка?", "Скажите, как вам доставка?"),
    ("Спасибо, {name}!", "Спасибо!"),
    ("Спасибо, {name}", "Спасибо"),
    ("Спасибо! {name}, ждём вас.", "Спасибо! Ждём вас."),
    ("Как вам доставка заказа {order_id}?", "Как вам доставка заказа?"),
    ("Как вам заказ №{order_id}?", "Как вам заказ?"),
    ("Как вам заказ № {order_id}, {name}?", "Как вам заказ?"),
    ("Ваш заказ ({order_id}) готов", "Ваш заказ готов"),
    ("Как вам «{product}»?", "Как вам?"),
    ('Did you like "{product}" and the box?', "Did you like and the box?"),
    ("Вы были у нас {location}. Как вам?", "Вы были у нас. Как вам?"),
    ("Пекарня — {location}", "Пекарня"),
    ("{location}, {product}: как вам?", "Как вам?"),
    ("Спасибо.\n{name}, приходите!", "Спасибо.\nПриходите!"),
    ("Спасибо, {name}\nПриходите!", "Спасибо\nПриходите!"),
    ("{name}", ""),
    ("Без подстановок — {так}, {1 2}", "Без подстановок — {1 2}"),
]


@pytest.mark.parametrize(("text", "expected"), MISSING)
def test_a_missing_value_leaves_no_trace(text: str, expected: str) -> None:
    assert fill(text, {}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{name}, как вам доставка заказа {order_id}?", "Анна, как вам доставка заказа 42?"),
        ("{name|друг}, как вам {product|наша выпечка}?", "Анна, как вам торт?"),
        ("Вы были у нас {location|в пекарне}.", "Вы были у нас на Арбате."),
        ("{ name | друг }!", "Анна!"),
        ("«{business}»", "«Печь»"),
    ],
)
def test_values_stand_where_their_placeholders_stood(text: str, expected: str) -> None:
    assert fill(text, VALUES) == expected


def test_a_blank_value_is_missing() -> None:
    assert fill("{name|друг}, как вам?", {"name": " \n "}) == "Друг, как вам?"


@pytest.mark.parametrize(
    "attack",
    [
        "{order_id}",
        "{0.__class__}",
        "{name.__class__.__mro__}",
        "%s %(name)s",
        "$name",
        "{{name}}",
        "\ue000\ue001{name|x}",
    ],
)
def test_a_value_is_never_evaluated(attack: str) -> None:
    visible = attack.replace("\ue000", "").replace("\ue001", "")
    assert fill("{name}, как вам?", {"name": attack, "order_id": "42"}) == f"{visible}, как вам?"


def test_a_placeholder_never_reaches_into_a_value() -> None:
    assert fill("{name.__class__}!{attributes.x}", {"name": "Анна", "attributes": "secret"}) == ""


words = st.text(alphabet="абв {}|.,!?-—«»()№\nname_idord", max_size=40)


@settings(max_examples=200, deadline=None)
@given(words, st.dictionaries(st.sampled_from(["name", "order_id", "nam"]), words, max_size=3))
def test_any_text_can_be_filled(text: str, values: dict[str, str]) -> None:
    filled = fill(text, values)
    assert "\ue000" not in filled
    assert "\ue001" not in filled
    if not find_placeholders(text):
        assert filled == text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.sampled_from([text for text, _ in MISSING if "{name" in text]))
def test_a_given_value_is_shown_as_it_is(value: str, text: str) -> None:
    shown = " ".join(value.replace("\ue000", "").replace("\ue001", "").split())
    if shown:
        assert shown in fill(text, {"name": value})
    else:
        assert fill(text, {"name": value}) == fill(text, {})


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["{name}", "{order_id|}", "{product}", "слово", ", ", " ", ". ", "№", "(", ")", "!", " — "]),
        max_size=12,
    )
)
def test_dropping_leaves_no_double_spaces_of_its_own(parts: list[str]) -> None:
    text = "".join(parts)
    filled = fill(text, {})
    assert not find_placeholders(filled)
    if "  " not in text.replace("{name}", "x").replace("{order_id|}", "x").replace("{product}", "x"):
        assert "  " not in filled


def test_placeholders_are_found_with_their_fallbacks() -> None:
    text = "{name|друг}, {order_id|}, {attributes.courier}, {1 2}"
    assert find_placeholders(text) == (
        Placeholder("name", "друг"),
        Placeholder("order_id", ""),
        Placeholder("attributes.courier", None),
    )
    assert stray_braces(text)
    assert not stray_braces("{name}, как вам?")


def test_known_placeholders() -> None:
    assert is_known("name")
    assert is_known("attributes.courier")
    assert not is_known("attributes")
    assert not is_known("courier")


def test_values_of_an_event() -> None:
    values = placeholder_values(
        business="Печь",
        name=None,
        order_id="42",
        attributes={"product": " торт\n«Прага» ", "shelf": 7, "late": True, "extra": {"a": 1}, "location": None},
    )
    assert values == {
        "business": "Печь",
        "order_id": "42",
        "product": "торт «Прага»",
        "attributes.product": "торт «Прага»",
        "attributes.shelf": "7",
    }
