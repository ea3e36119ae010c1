"""When a customer can be called back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from surveys.rules.hours import at_local_time
from surveys.rules.journey import QuietHours
from surveys.rules.putting_right import WorkingHours

WORKING_DAYS_AHEAD = 2
"""Windows of today and of so many working days after it are offered."""

MOST_WINDOWS = 24
"""So many windows are offered at most: more are no choice but a search."""

_SEARCHED_DAYS = 60
"""A team that does not work for longer than this offers no calls."""


@dataclass(frozen=True, slots=True)
class CallWindow:
    """The interval [start, end) in which somebody calls; both in UTC."""

    start: datetime
    end: datetime


def call_windows(
    now: datetime, length: timedelta, hours: WorkingHours | None, quiet: QuietHours, zone: ZoneInfo
) -> tuple[CallWindow, ...]:
    """The windows of this length that begin later than now, today and on the next two working days.

    They follow one another from the team's opening and end before it closes; a day that is shorter than a window is one
    window. A team without working hours is taken to call outside the quiet hours. Days are the zone's, lengths are
    lengths of time: where clocks change, a window is as long as on any other day.
    """
    today = now.astimezone(zone).date()
    windows: list[CallWindow] = []
    days_ahead = 0
    for offset in range(_SEARCHED_DAYS):
        interval = _open_interval(today + timedelta(days=offset), hours, quiet, zone)
        if interval is None:
            continue
        if offset > 0:
            days_ahead += 1
        windows.extend(window for window in _split(*interval, length) if window.start > now)
        if days_ahead >= WORKING_DAYS_AHEAD:
            break
    return tuple(windows[:MOST_WINDOWS])


def _split(opens_at: datetime, closes_at: datetime, length: timedelta) -> Iterator[CallWindow]:
    if closes_at - opens_at < length:
        yield CallWindow(opens_at, closes_at)
        return
    start = opens_at
    while start + length <= closes_at:
        yield CallWindow(start, start + length)
        start += length


def _open_interval(
    day: date, hours: WorkingHours | None, quiet: QuietHours, zone: ZoneInfo
) -> tuple[datetime, datetime] | None:
    if hours is None or not hours.weekdays:
        opens, closes = quiet.end, quiet.start
    elif day.weekday() in hours.weekdays and day not in hours.holidays:
        opens, closes = hours.weekdays[day.weekday()]
    else:
        return None
    opens_at = at_local_time(day, opens, zone)
    if closes == time.max or closes <= opens:
        closes_at = at_local_time(day + timedelta(days=1), time.min if closes == time.max else closes, zone)
    else:
        closes_at = at_local_time(day, closes, zone)
    return (opens_at, closes_at) if opens_at < closes_at else None
