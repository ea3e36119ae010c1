"""ISO weeks in the business's zone, and the periods people type."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules.weeks import (
    Period,
    PeriodError,
    day_start,
    last_complete_week,
    local_day,
    parse_day,
    parse_period,
    parse_week,
    week_containing,
    week_name,
)

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""A Monday noon in Moscow."""


def days(period: Period) -> tuple[str, str]:
    return period.start.isoformat(), period.end.isoformat()


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2026-11-23", "2026-11-24"),
        ("Сегодня", "2026-11-23", "2026-11-24"),
        ("вчера", "2026-11-22", "2026-11-23"),
        ("week", "2026-11-16", "2026-11-23"),
        (" Неделя ", "2026-11-16", "2026-11-23"),
        ("эта  неделя", "2026-11-23", "2026-11-30"),
        ("month", "2026-10-01", "2026-11-01"),
        ("месяц", "2026-10-01", "2026-11-01"),
        ("this month", "2026-11-01", "2026-12-01"),
        ("квартал", "2026-07-01", "2026-10-01"),
        ("год", "2025-01-01", "2026-01-01"),
        ("7d", "2026-11-17", "2026-11-24"),
        ("30д", "2026-10-25", "2026-11-24"),
        ("7 дней", "2026-11-17", "2026-11-24"),
        ("2w", "2026-11-10", "2026-11-24"),
        ("2 недели", "2026-11-10", "2026-11-24"),
        ("2026-W47", "2026-11-16", "2026-11-23"),
        ("2026w47", "2026-11-16", "2026-11-23"),
        ("2026-W01", "2025-12-29", "2026-01-05"),
        ("2026-02", "2026-02-01", "2026-03-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026-11-16", "2026-11-16", "2026-11-17"),
        ("2026-11-01..2026-11-08", "2026-11-01", "2026-11-08"),
        ("2026-11-01 – 2026-11-08", "2026-11-01", "2026-11-08"),
    ],
)
def test_what_people_type(text: str, start: str, end: str) -> None:
    assert days(parse_period(text, now=NOW, zone=MOSCOW)) == (start, end)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no period"),
        ("fortnight", "2026-W47"),
        ("0d", "between 1 day"),
        ("9999d", "between 1 day"),
        ("2026-W54", "no week 54"),
        ("2025-W53", "no week 53"),
        ("2026-13", "no day 2026-13-01"),
        ("9999-12-31", "in reach"),
        ("0001-W01", "no week 01 in 0001"),
        ("2026-02-30", "no day 2026-02-30"),
        ("2026-11-08..2026-11-01", "must end after 2026-11-08"),
        ("2026-11-08..2026-11-08", "must end after"),
        ("1990-01-01..2026-11-08", "ten years"),
    ],
)
def test_what_nobody_can_make_out_says_what_would_be_right(text: str, fault: str) -> None:
    with pytest.raises(PeriodError, match=fault):
        parse_period(text, now=NOW, zone=MOSCOW)


def test_a_date_or_week_of_the_command_line() -> None:
    assert parse_day("2026-11-16") == date(2026, 11, 16)
    with pytest.raises(PeriodError, match="write it like 2026-11-16"):
        parse_day("16.11.2026")
    with pytest.raises(PeriodError, match="write it like 2026-W47"):
        parse_week("47")


def test_the_week_is_the_business_s_not_utc_s() -> None:
    late_on_sunday_utc = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
    assert days(last_complete_week(late_on_sunday_utc, MOSCOW)) == ("2026-11-16", "2026-11-23")
    assert days(last_complete_week(late_on_sunday_utc, ZoneInfo("UTC"))) == ("2026-11-09", "2026-11-16")


def test_a_week_knows_its_name_and_other_periods_have_none() -> None:
    assert parse_week("2026-W53").week_name == "2026-W53"
    assert week_name(date(2027, 1, 3)) == "2026-W53"
    assert Period(date(2026, 11, 17), date(2026, 11, 24)).week_name is None
    assert Period(date(2026, 11, 16), date(2026, 11, 22)).week_name is None


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        (date(2026, 11, 16), "Europe/Moscow", "2026-11-15T21:00:00+00:00"),
        # Midnight is skipped: clocks went from 24:00 to 01:00.
        (date(2017, 10, 15), "America/Sao_Paulo", "2017-10-15T03:00:00+00:00"),
        # The hour before midnight happens twice.
        (date(2018, 2, 18), "America/Sao_Paulo", "2018-02-18T03:00:00+00:00"),
        # Midnight happens twice: the day begins with the first.
        (date(2026, 11, 1), "America/Havana", "2026-11-01T04:00:00+00:00"),
        (date(2026, 3, 30), "Europe/Berlin", "2026-03-29T22:00:00+00:00"),
    ],
)
def test_a_day_starts_at_its_first_instant(day: date, zone: str, instant: str) -> None:
    start = day_start(day, ZoneInfo(zone))
    assert start.isoformat() == instant
    assert local_day(start, ZoneInfo(zone)) == day
    assert local_day(start - timedelta(microseconds=1), ZoneInfo(zone)) == day - timedelta(days=1)


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Europe/Moscow", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kathmandu", "America/New_York"]),
)
def test_every_instant_lies_in_exactly_one_week(instant: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    week = week_containing(local_day(instant, zone))
    assert day_start(week.start, zone) <= instant < day_start(week.end, zone)
    assert week.previous.end == week.start
    assert week.start.weekday() == 0
    assert parse_week(week_name(week.start)) == week
