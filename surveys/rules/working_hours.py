"""A team's working time: promised reactions count only while somebody is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from surveys.rules.journey import WorkingHours

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


def _open_intervals(first_day: date, hours: WorkingHours, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    for offset in range(_SEARCHED_DAYS):
        day = first_day + timedelta(days=offset)
        interval = hours.weekdays.get(day.weekday())
        if interval is None or day in hours.holidays:
            continue
        opens, closes = interval
        yield (
            datetime.combine(day, opens, zone).astimezone(UTC),
            datetime.combine(day, closes, zone).astimezone(UTC),
        )
