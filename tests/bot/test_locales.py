"""Every message exists in every language, with the same placeholders and the right number of plural forms."""

from __future__ import annotations

import ast
from datetime import date, timedelta
from pathlib import Path
from string import Formatter

import pytest

from bot.screens.wording import MissingTextError, Wording, known_language, languages, messages

BOT = Path(__file__).resolve().parents[2] / "bot"
PLURAL_FORMS = {"ru": 3, "en": 2}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def used_keys(method: str) -> list[tuple[str, str]]:
    """Keys written out in calls of the method, with where they stand."""
    calls = (
        (node, path)
        for path in sorted(BOT.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method
        if "wording" in ast.unparse(node.func.value).lower()
    )
    return [
        (call.args[0].value, f"{path.relative_to(BOT)}:{call.lineno}")
        for call, path in calls
        if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    ]


def test_there_are_russian_and_english() -> None:
    assert set(languages()) == set(PLURAL_FORMS)


def test_the_languages_have_the_same_keys() -> None:
    russian, english = messages("ru"), messages("en")
    assert sorted(russian.texts) == sorted(english.texts)
    assert sorted(russian.plurals) == sorted(english.plurals)


@pytest.mark.parametrize("language", PLURAL_FORMS)
def test_no_text_is_empty_and_plurals_have_all_their_forms(language: str) -> None:
    found = messages(language)
    assert [key for key, text in found.texts.items() if not text.strip()] == []
    wrong = {key: forms for key, forms in found.plurals.items() if len(forms) != PLURAL_FORMS[language]}
    assert wrong == {}
    assert [key for key, forms in found.plurals.items() if not all(form.strip() for form in forms)] == []


def test_a_text_has_the_same_placeholders_in_both_languages() -> None:
    russian, english = messages("ru"), messages("en")
    different = [key for key in russian.texts if placeholders(russian.texts[key]) != placeholders(english.texts[key])]
    assert different == []


def test_plural_forms_agree_on_their_placeholders() -> None:
    russian, english = messages("ru"), messages("en")
    different = []
    for key, forms in russian.plurals.items():
        named = [placeholders(form) - {"n"} for form in (*forms, *english.plurals[key])]
        if any(names != named[0] for names in named):
            different.append(key)
    assert different == []


def test_the_keys_written_in_the_code_exist() -> None:
    known = messages("en")
    assert [where for key, where in used_keys("text") if key not in known.texts] == []
    assert [where for key, where in used_keys("plural") if key not in known.plurals] == []


def test_a_missing_key_raises() -> None:
    with pytest.raises(MissingTextError, match=r"no\.such\.key"):
        Wording("ru").text("no.such.key")
    with pytest.raises(MissingTextError):
        Wording("ru").plural("no.such.key", 1)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 минут"), (1, "1 минута"), (2, "2 минуты"), (5, "5 минут"), (11, "11 минут"), (21, "21 минута")],
)
def test_russian_plurals(count: int, shown: str) -> None:
    assert Wording("ru").plural("wording.minutes", count) == shown


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [(1, "1 минуту"), (2, "2 минуты"), (21, "21 минуту"), (61, "1 час 1 минуту"), (1440, "1 день"), (0, "0 минут")],
)
def test_a_duration_after_a_preposition_is_declined(minutes: int, shown: str) -> None:
    assert Wording("ru").lasting(timedelta(minutes=minutes)) == shown
    assert Wording("en").lasting(timedelta(minutes=1)) == "1 minute"


@pytest.mark.parametrize(
    ("key", "n", "shown"),
    [
        ("journey.flow", 391, "(по 391 событию)"),
        ("journey.flow", 392, "(по 392 событиям)"),
        ("reach.line", 1, "из 1 покупателя"),
        ("reach.line", 86, "из 86 покупателей"),
        ("recovery.bought_again", 31, "за 31 день"),
        ("report.asked_events", 21, "21 событие, о котором спрашиваем"),
    ],
)
def test_numbers_in_sentences_are_declined(key: str, n: int, shown: str) -> None:
    assert shown in Wording("ru").plural(key, n, steps="", reachable="0", share="0")


@pytest.mark.parametrize(("count", "shown"), [(0, "0 minutes"), (1, "1 minute"), (21, "21 minutes")])
def test_english_plurals(count: int, shown: str) -> None:
    assert Wording("en").plural("wording.minutes", count) == shown


def test_an_unknown_language_falls_back_to_the_business_and_then_to_english() -> None:
    assert known_language("ru-RU") == "ru"
    assert known_language("de", "ru") == "ru"
    assert known_language("de", "fr") == "en"
    assert known_language(None, "ru") == "ru"


def test_numbers_and_dates_follow_the_language() -> None:
    russian, english = Wording("ru"), Wording("en")
    assert russian.number(1234.56, 1) == "1\xa0234,6"
    assert english.number(-1234.56, 1) == "−1,234.6"
    assert english.number(-0.04, 1, sign=True) == "0.0"
    assert english.number(4, sign=True) == "+4"
    assert russian.day(date(2026, 11, 16)) == "16 ноября 2026"
    assert english.day_range(date(2026, 11, 16), date(2026, 11, 22)) == "16 – 22 November 2026"
    assert russian.day_range(date(2026, 12, 28), date(2027, 1, 3)) == "28 декабря 2026 – 3 января 2027"
    assert english.duration(timedelta(days=1, hours=4, minutes=3)) == "1 day 4 hours"
    assert russian.duration(timedelta(0)) == "0 минут"
