from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules.putting_right import WorkingHours
from surveys.rules.working_hours import (
    after_working_time,
    before_working_time,
    next_working_moment,
    working_time_between,
)

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = WorkingHours(
    {**{day: (time(9), time(18)) for day in range(5)}, 6: (time(1), time(5))}, frozenset({date(2026, 12, 25)})
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
DURATIONS = st.timedeltas(timedelta(seconds=1), timedelta(days=4))


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("end", "duration", "expected"),
    [
        (berlin(2026, 11, 18, 12), timedelta(minutes=10), berlin(2026, 11, 18, 11, 50)),
        # Monday 9:05, ten minutes earlier: the Sunday shift ends at 5:00
        (berlin(2026, 11, 16, 9, 5), timedelta(minutes=10), berlin(2026, 11, 15, 4, 55)),
        # exactly from the opening
        (berlin(2026, 11, 18, 9, 10), timedelta(minutes=10), berlin(2026, 11, 18, 9)),
        # Christmas does not count: Monday's 9:00 lies behind Sunday's four hours and Thursday's evening
        (berlin(2026, 12, 28, 9), timedelta(hours=5), berlin(2026, 12, 24, 17)),
    ],
)
def test_back_from_the_promised_instant(end: datetime, duration: timedelta, expected: datetime) -> None:
    assert before_working_time(end, duration, HOURS, BERLIN) == expected


def test_shifts_of_the_clock_changes_have_their_real_length() -> None:
    # in March the hour from 2:00 does not exist, in October it passes twice
    spring, autumn = berlin(2026, 3, 29, 0), berlin(2026, 10, 25, 0)
    assert working_time_between(spring, spring + timedelta(hours=12), HOURS, BERLIN) == timedelta(hours=3)
    assert working_time_between(autumn, autumn + timedelta(hours=12), HOURS, BERLIN) == timedelta(hours=5)
    assert before_working_time(berlin(2026, 3, 29, 5), timedelta(hours=3), HOURS, BERLIN) == berlin(2026, 3, 29, 1)
    assert before_working_time(berlin(2026, 10, 25, 5), timedelta(hours=5), HOURS, BERLIN) == berlin(2026, 10, 25, 1)


@settings(max_examples=150, deadline=None)
@given(MOMENTS, DURATIONS)
def test_forth_and_back_is_where_one_began(start: datetime, duration: timedelta) -> None:
    begun = next_working_moment(start, HOURS, BERLIN)
    due = after_working_time(begun, duration, HOURS, BERLIN)
    assert working_time_between(begun, due, HOURS, BERLIN) == duration
    assert before_working_time(due, duration, HOURS, BERLIN) == begun


@settings(max_examples=150, deadline=None)
@given(MOMENTS)
def test_the_next_working_moment_is_the_first_and_stays(at: datetime) -> None:
    moment = next_working_moment(at, HOURS, BERLIN)
    assert moment >= at
    assert working_time_between(at, moment, HOURS, BERLIN) == timedelta(0)
    assert next_working_moment(moment, HOURS, BERLIN) == moment
    assert working_time_between(moment, moment + timedelta(seconds=1), HOURS, BERLIN) > timedelta(0)
