"""The words of /qr: the touchpoints it knows, and how often a code was opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.screens.entering import point_caption, point_usage_screen
from bot.screens.plain import plain_text
from bot.screens.screen import Screen
from surveys.catalog.reading import read_catalogue
from surveys.entering import EntryPoint
from surveys.rules.journey import Catalogue

NOON = datetime(2026, 11, 18, 9, tzinfo=UTC)
POINT = EntryPoint("t0ken", "delivery", None, NOON, None, 0)
READ = read_catalogue(
    """
business: {name: Печь, timezone: Europe/Moscow}
touchpoints:
  delivery: {title: {ru: Доставка}, survey: csat}
  visit: {title: {ru: Визит}, survey: csat}
surveys:
  csat: {metric: csat, question: {ru: "Как вам?"}}
""",
    name="catalog.yaml",
).catalogue
assert READ is not None
KNOWN: Catalogue = READ


@pytest.mark.parametrize(("language", "said"), [("ru", "«nosuch» нет"), ("en", "no touchpoint “nosuch”")])
def test_an_unknown_touchpoint_is_said_to_be_unknown_and_the_known_ones_are_named(language: str, said: str) -> None:
    told = plain_text(point_usage_screen(KNOWN, language, "nosuch"))
    assert said in told
    assert "delivery, visit" in told
    assert said not in plain_text(point_usage_screen(KNOWN, language))


@pytest.mark.parametrize(
    ("opened", "russian", "english"),
    [
        (0, "Открыли 0 раз\n", "Opened 0 times\n"),
        (1, "Открыли 1 раз\n", "Opened 1 time\n"),
        (3, "3 раза\n", "3 times\n"),
    ],
)
def test_how_often_a_code_was_opened(opened: int, russian: str, english: str) -> None:
    point = replace(POINT, opened=opened)
    assert russian in plain_text(Screen(point_caption(KNOWN, point, {"telegram": "https://t.me/x"}, "ru")))
    assert english in plain_text(Screen(point_caption(KNOWN, point, {"telegram": "https://t.me/x"}, "en")))
