"""The windows a customer may choose to be called in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.calling import MOST_WINDOWS, CallWindow, call_windows
from surveys.rules.journey import QuietHours
from surveys.rules.putting_right import WorkingHours

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
QUIET = QuietHours(time(21), time(10))
WEEK = timedelta(days=7)
TWO_HOURS = timedelta(hours=2)
OFFICE = WorkingHours(dict.fromkeys(range(5), (time(9), time(18))), frozenset({date(2026, 11, 20)}))
WEDNESDAY = datetime(2026, 11, 18, 12, tzinfo=MOSCOW)


def shown(windows: tuple[CallWindow, ...], zone: ZoneInfo = MOSCOW) -> list[str]:
    return [f"{one.start.astimezone(zone):%d %H:%M}-{one.end.astimezone(zone):%H:%M}" for one in windows]


def test_today_and_the_next_two_working_days() -> None:
    # Friday is a holiday, so Monday is the second working day
    assert shown(call_windows(WEDNESDAY, TWO_HOURS, OFFICE, QUIET, MOSCOW)) == [
        "18 13:00-15:00", "18 15:00-17:00",
        "19 09:00-11:00", "19 11:00-13:00", "19 13:00-15:00", "19 15:00-17:00",
        "23 09:00-11:00", "23 11:00-13:00", "23 13:00-15:00", "23 15:00-17:00",
    ]  # fmt: skip


def test_a_window_that_begins_now_has_begun() -> None:
    at = WEDNESDAY.replace(hour=13)
    assert shown(call_windows(at, TWO_HOURS, OFFICE, QUIET, MOSCOW))[0] == "18 15:00-17:00"
    assert shown(call_windows(at - timedelta(seconds=1), TWO_HOURS, OFFICE, QUIET, MOSCOW))[0] == "18 13:00-15:00"


def test_a_team_without_hours_calls_outside_the_quiet_hours() -> None:
    windows = call_windows(WEDNESDAY, timedelta(hours=4), None, QUIET, MOSCOW)
    assert shown(windows)[:3] == ["18 14:00-18:00", "19 10:00-14:00", "19 14:00-18:00"]


def test_a_day_shorter_than_a_window_is_one_and_midnight_is_the_end_of_the_day() -> None:
    hours = WorkingHours({2: (time(13), time(14)), 3: (time(20), time.max)})
    windows = call_windows(WEDNESDAY, TWO_HOURS, hours, QUIET, MOSCOW)
    assert shown(windows) == ["18 13:00-14:00", "19 20:00-22:00", "19 22:00-00:00", "25 13:00-14:00"]


def test_a_team_that_never_works_offers_nothing() -> None:
    hours = WorkingHours(
        {2: (time(9), time(18))}, frozenset(date(2026, 11, 18) + timedelta(days=7 * n) for n in range(9))
    )
    assert call_windows(WEDNESDAY, TWO_HOURS, hours, QUIET, MOSCOW) == ()


def test_the_night_the_clocks_change() -> None:
    hours = WorkingHours(dict.fromkeys(range(7), (time.min, time(6))))
    spring = call_windows(datetime(2027, 3, 27, 12, tzinfo=BERLIN), TWO_HOURS, hours, QUIET, BERLIN)
    assert shown(spring, BERLIN)[:2] == ["28 00:00-03:00", "28 03:00-05:00"]
    autumn = call_windows(datetime(2026, 10, 24, 12, tzinfo=BERLIN), TWO_HOURS, hours, QUIET, BERLIN)
    assert shown(autumn, BERLIN)[:3] == ["25 00:00-02:00", "25 02:00-03:00", "25 03:00-05:00"]


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    length=st.timedeltas(timedelta(minutes=15), timedelta(hours=12)),
    opens=st.times(time(0), time(12)),
    closes=st.times(time(12, 1), time(23, 59)),
    days=st.sets(st.integers(0, 6), min_size=1),
    zone=st.sampled_from((MOSCOW, BERLIN, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Asia/Kathmandu"))),
)
def test_windows_are_in_order_within_the_hours_and_ahead(
    now: datetime, length: timedelta, opens: time, closes: time, days: set[int], zone: ZoneInfo
) -> None:
    hours = WorkingHours(dict.fromkeys(days, (opens, closes)))
    windows = call_windows(now, length, hours, QUIET, zone)
    assert 0 < len(windows) <= MOST_WINDOWS
    for before, after in pairwise(windows):
        assert before.end <= after.start
    assert len({one.start.astimezone(zone).date() for one in windows}) <= 3
    for one in windows:
        assert now < one.start < one.end
        assert one.end - one.start <= length
        start, end = one.start.astimezone(zone), one.end.astimezone(zone)
        assert start.weekday() in days
        assert (opens.hour, opens.minute) <= (start.hour, start.minute)
        assert end.replace(tzinfo=None) <= datetime.combine(start.date(), closes)
