"""A team's working time: promised reactions count only while somebody is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from surveys.rules.putting_right import WorkingHours

_SEARCHED_DAYS = 400
"""A team that has not opened for this long never will: its promise then counts round the clock."""


def after_working_time(start: datetime, duration: timedelta, hours: WorkingHours | None, zone: ZoneInfo) -> datetime:
    """The instant at which this much working time has passed since `start`.

    Without working hours every moment counts. Daylight-saving changes are right because the
    intervals of each local day are measured as instants.
    """
    if hours is None or not hours.weekdays:
        return start + duration
    left = duration
    for opens_at, closes_at in _open_intervals(start.astimezone(zone).date(), hours, zone):
        begins_at = max(opens_at, start)
        if begins_at >= closes_at:
            continue
        open_for = closes_at - begins_at
        if left <= open_for:
            return begins_at + left
        left -= open_for
    return start + duration


def before_working_time(end: datetime, duration: timedelta, hours: WorkingHours | None, zone: ZoneInfo) -> datetime:
    """The instant from which this much working time passes until `end`; the inverse of `after_working_time`."""
    if hours is None or not hours.weekdays:
        return end - duration
    left = duration
    last_day = end.astimezone(zone).date()
    for offset in range(_SEARCHED_DAYS):
        interval = _open_interval(last_day - timedelta(days=offset), hours, zone)
        if interval is None or interval[0] >= end:
            continue
        opens_at, closes_at = interval[0], min(interval[1], end)
        if left <= closes_at - opens_at:
            return closes_at - left
        left -= closes_at - opens_at
    return end - duration


def working_time_between(start: datetime, end: datetime, hours: WorkingHours | None, zone: ZoneInfo) -> timedelta:
    """How much of the time from `start` to `end` was working time; zero when `end` is not later."""
    if end <= start:
        return timedelta(0)
    if hours is None or not hours.weekdays:
        return end - start
    total = timedelta(0)
    day, last_day = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last_day:
        interval = _open_interval(day, hours, zone)
        if interval is not None:
            total += max(min(interval[1], end) - max(interval[0], start), timedelta(0))
        day += timedelta(days=1)
    return total


def next_working_moment(at: datetime, hours: WorkingHours | None, zone: ZoneInfo) -> datetime:
    """`at` itself while the team works, else when it works again; `at` for a team that never does."""
    if hours is None or not hours.weekdays:
        return at
    for opens_at, closes_at in _open_intervals(at.astimezone(zone).date(), hours, zone):
        if at < closes_at:
            return max(opens_at, at)
    return at


def _open_intervals(first_day: date, hours: WorkingHours, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    for offset in range(_SEARCHED_DAYS):
        interval = _open_interval(first_day + timedelta(days=offset), hours, zone)
        if interval is not None:
            yield interval


def _open_interval(day: date, hours: WorkingHours, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    interval = hours.weekdays.get(day.weekday())
    if interval is None or day in hours.holidays:
        return None
    opens, closes = interval
    return datetime.combine(day, opens, zone).astimezone(UTC), datetime.combine(day, closes, zone).astimezone(UTC)
