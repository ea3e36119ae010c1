"""When a silent question goes out by the other account, and who refuses which touchpoint."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from surveys.rules.asking import (
    Candidate,
    PersonFacts,
    Planned,
    Skipped,
    SkipReason,
    decide,
    decide_again,
    fall_back_at,
    reminder_at,
)
from surveys.rules.journey import Business, Catalogue, ContactRules, Metric, QuietHours, Survey, Touchpoint

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 11, 18, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def catalogue(**keys: object) -> Catalogue:
    touchpoint = Touchpoint(survey="csat", **keys)  # type: ignore[arg-type]  # the test's own keys
    return Catalogue(
        Business("Пекарня", MOSCOW),
        {"delivery": touchpoint, "visit": Touchpoint(survey="csat")},
        {"csat": Survey(Metric.CSAT, {"ru": "Как?"})},
        ContactRules(QuietHours(time(21), time(10))),
    )


def fall_back(expires_after: timedelta = 7 * DAY, **keys: object) -> datetime | None:
    return fall_back_at(catalogue(**keys), "delivery", MOSCOW, NOON, NOON + expires_after)


def test_it_is_off_unless_the_touchpoint_allows_it() -> None:
    assert fall_back() is None
    assert fall_back(fall_back=True, expires_after=7 * DAY) is not None
    assert fall_back_at(catalogue(fall_back=True), "unknown", MOSCOW, NOON, NOON + DAY) is None


@pytest.mark.parametrize("remind_after", [HOUR, DAY, 3 * DAY])
def test_it_comes_after_the_reminder_and_before_the_expiry(remind_after: timedelta) -> None:
    found = fall_back(fall_back=True, remind_after=remind_after)
    reminded = reminder_at(catalogue(remind_after=remind_after), "delivery", MOSCOW, NOON, NOON + 7 * DAY)
    assert found == NOON + 2 * remind_after
    assert reminded is not None
    assert reminded < found


def test_without_a_reminder_it_comes_half_way_and_never_at_night() -> None:
    assert fall_back(fall_back=True) == NOON + 3 * DAY + 22 * HOUR, "3.5 days later is midnight; it waits for ten"
    assert fall_back(fall_back=True, expires_after=4 * DAY) == NOON + 2 * DAY


def test_nothing_goes_out_when_no_time_to_answer_is_left() -> None:
    assert fall_back(fall_back=True, remind_after=DAY, expires_after=2 * DAY) is None
    assert fall_back(fall_back=True, remind_after=DAY, expires_after=2 * DAY + HOUR) == NOON + 2 * DAY


def test_a_partial_stop_holds_for_its_touchpoint_alone() -> None:
    known = catalogue()
    person = PersonFacts(False, True, (), frozenset({"delivery"}))
    asked = {
        name: decide(known, Candidate("e", name, NOON, None, 0.0, MOSCOW), person, now=NOON)
        for name in ("delivery", "visit")
    }
    assert asked["delivery"] == Skipped(SkipReason.OPTED_OUT)
    assert isinstance(asked["visit"], Planned)
    again = decide_again(
        known, Candidate("e", "delivery", NOON, None, 0.0, MOSCOW), person, ask_by=NOON + DAY, first=False, now=NOON
    )
    assert again == Skipped(SkipReason.OPTED_OUT)
