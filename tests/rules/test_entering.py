"""Scanning a code again: asked, shown once more, or thanked; the boundaries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from surveys.rules.entering import Answered, Begin, Earlier, ShowAgain, counted_for, entering_again

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)


def answered(ago: timedelta) -> Earlier:
    return Earlier(7, "answered", None, NOON - ago, same_place=False)


def open_until(instant: datetime | None, *, same_place: bool = True, state: str = "sent") -> Earlier:
    return Earlier(7, state, instant, None, same_place=same_place)


@pytest.mark.parametrize("quarantine", [timedelta(0), DAY, 30 * DAY])
def test_one_answer_counts_until_quarantine_has_passed_and_a_day_at_least(quarantine: timedelta) -> None:
    lasts = counted_for(quarantine)
    assert lasts == max(quarantine, DAY)
    assert entering_again([answered(lasts - MOMENT)], quarantine, NOON) == Answered()
    assert entering_again([answered(lasts)], quarantine, NOON) == Begin()


def test_an_open_question_is_shown_again_where_it_was_begun() -> None:
    assert entering_again([], DAY, NOON) == Begin()
    assert entering_again([open_until(NOON + MOMENT)], DAY, NOON) == ShowAgain(7)
    assert entering_again([open_until(None, state="unknown")], DAY, NOON) == ShowAgain(7)
    assert entering_again([open_until(NOON)], DAY, NOON) == Begin()
    assert entering_again([open_until(NOON + DAY, same_place=False)], DAY, NOON) == Begin()
    assert entering_again([open_until(NOON + DAY), answered(MOMENT)], DAY, NOON) == Answered()
