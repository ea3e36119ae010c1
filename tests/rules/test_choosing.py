"""Which language a text is shown in, and which team a touchpoint belongs to."""

from __future__ import annotations

import dataclasses
from zoneinfo import ZoneInfo

import pytest

from surveys.rules.journey import Business, Catalogue, Touchpoint
from surveys.rules.languages import pick
from surveys.rules.putting_right import Recovery, Team
from surveys.rules.teams import DEFAULT_TEAM, ResponsibleTeam, responsible_team

TEXTS = {"ru": "Доставка", "en": "Delivery"}

CATALOGUE = Catalogue(
    business=Business("Печь", ZoneInfo("Europe/Moscow")),
    touchpoints={"delivery": Touchpoint(owner="logistics"), "visit": Touchpoint(), "lost": Touchpoint(owner="gone")},
    surveys={},
    recovery=Recovery(teams={"logistics": Team(chat="couriers")}),
)


@pytest.mark.parametrize(
    ("language", "default", "expected"),
    [
        ("en", "ru", "Delivery"),
        ("en-GB", "ru", "Delivery"),
        ("EN_us", "ru", "Delivery"),
        ("de", "en", "Delivery"),
        (None, "en", "Delivery"),
        ("de", None, "Доставка"),
        ("", "", "Доставка"),
    ],
)
def test_the_nearest_language_is_shown(language: str | None, default: str | None, expected: str) -> None:
    assert pick(TEXTS, language, default) == expected


def test_no_text_shows_nothing() -> None:
    assert pick({}, "ru", "en") == ""


def test_the_owner_puts_complaints_right() -> None:
    assert responsible_team(CATALOGUE, "delivery") == ResponsibleTeam("logistics", Team(chat="couriers"))


@pytest.mark.parametrize("touchpoint", ["visit", "lost", "unheard-of", None])
def test_what_has_no_owner_goes_to_the_default_team(touchpoint: str | None) -> None:
    assert responsible_team(CATALOGUE, touchpoint) == ResponsibleTeam(DEFAULT_TEAM, Team(chat="staff"))


def test_the_default_team_may_be_described() -> None:
    staff = Team(chat="everybody")
    catalogue = dataclasses.replace(CATALOGUE, recovery=Recovery(teams={DEFAULT_TEAM: staff}))
    assert responsible_team(catalogue, None) == ResponsibleTeam(DEFAULT_TEAM, staff)
