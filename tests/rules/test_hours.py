from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules.hours import at_local_time, in_quiet_hours, next_allowed_moment
from surveys.rules.journey import QuietHours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(21), time(10))
ZONES = sorted(zone for zone in available_timezones() if zone not in {"localtime", "Factory"} and "/" in zone)

zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.datetimes(datetime(1975, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))
quiet_hours = st.builds(QuietHours, st.times(), st.times())


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ("2026-07-01T18:59:59", "2026-07-01T18:59:59"),
        ("2026-07-01T19:00:00", "2026-07-02T08:00:00"),
        ("2026-07-02T07:59:59.999999", "2026-07-02T08:00:00"),
        ("2026-07-02T08:00:00", "2026-07-02T08:00:00"),
    ],
)
def test_a_night_across_midnight_opens_and_closes_to_the_second(asked: str, allowed: str) -> None:
    assert next_allowed_moment(utc(asked), NIGHT, BERLIN) == utc(allowed)


def test_a_window_within_one_day() -> None:
    siesta = QuietHours(time(13), time(15))
    assert next_allowed_moment(utc("2026-07-01T10:59:59"), siesta, BERLIN) == utc("2026-07-01T10:59:59")
    assert next_allowed_moment(utc("2026-07-01T11:00:00"), siesta, BERLIN) == utc("2026-07-01T13:00:00")


def test_equal_times_never_keep_quiet() -> None:
    always = QuietHours(time(9), time(9))
    assert not in_quiet_hours(utc("2026-07-01T07:00:00"), always, BERLIN)


@pytest.mark.parametrize(
    ("day_before", "opening"),
    [("2026-03-28T21:00:00", "2026-03-29T08:00:00"), ("2026-10-24T21:00:00", "2026-10-25T09:00:00")],
)
def test_the_morning_after_a_clock_change_opens_by_the_wall_clock(day_before: str, opening: str) -> None:
    assert next_allowed_moment(utc(day_before), NIGHT, BERLIN) == utc(opening)


def test_an_opening_time_that_spring_skips_opens_right_after_the_gap() -> None:
    quiet = QuietHours(time(22), time(2, 30))
    assert next_allowed_moment(utc("2026-03-28T23:00:00"), quiet, BERLIN) == utc("2026-03-29T01:00:00")


def test_an_opening_time_that_autumn_repeats_closes_again_while_the_hour_repeats() -> None:
    quiet = QuietHours(time(22), time(2, 30))
    first = utc("2026-10-25T00:30:00")
    assert next_allowed_moment(utc("2026-10-24T23:00:00"), quiet, BERLIN) == first
    assert next_allowed_moment(utc("2026-10-25T00:59:59"), quiet, BERLIN) == utc("2026-10-25T00:59:59")
    assert next_allowed_moment(utc("2026-10-25T01:00:00"), quiet, BERLIN) == utc("2026-10-25T01:30:00")


def test_the_customers_own_zone_decides() -> None:
    evening_in_moscow = utc("2026-11-20T16:00:00")
    assert not in_quiet_hours(evening_in_moscow, NIGHT, ZoneInfo("Europe/Moscow"))
    assert next_allowed_moment(evening_in_moscow, NIGHT, ZoneInfo("Asia/Omsk")) == utc("2026-11-21T04:00:00")


def test_a_time_that_the_clock_skips_becomes_the_end_of_the_gap() -> None:
    spring_forward = date(2026, 3, 29)
    assert at_local_time(spring_forward, time(9), BERLIN) == utc("2026-03-29T07:00:00")
    assert at_local_time(spring_forward, time(2, 30), BERLIN) == utc("2026-03-29T01:00:00")


@given(instants, quiet_hours, zones)
@settings(max_examples=400, deadline=None)
def test_the_next_allowed_moment_is_never_quiet_never_earlier_and_stays(
    instant: datetime, quiet: QuietHours, zone: ZoneInfo
) -> None:
    allowed = next_allowed_moment(instant, quiet, zone)
    assert allowed >= instant
    assert allowed.utcoffset() == timedelta(0)
    assert not in_quiet_hours(allowed, quiet, zone)
    assert next_allowed_moment(allowed, quiet, zone) == allowed
    assert allowed - instant <= timedelta(hours=50)


@given(instants, quiet_hours, zones, st.floats(0, 1, exclude_max=True))
@settings(max_examples=400, deadline=None)
def test_nothing_before_the_next_allowed_moment_is_allowed(
    instant: datetime, quiet: QuietHours, zone: ZoneInfo, share: float
) -> None:
    allowed = next_allowed_moment(instant, quiet, zone)
    between = instant + (allowed - instant) * share
    assert between == allowed or in_quiet_hours(between, quiet, zone)
