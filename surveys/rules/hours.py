"""Quiet hours: when people are not disturbed, on the wall clock of their own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from surveys.rules.journey import QuietHours

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of this IANA name (`Asia/Omsk`); None when there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return None


def in_quiet_hours(instant: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    """Whether the wall clock of the zone shows [start, end) at this instant; equal times mean never."""
    return _is_quiet(instant.astimezone(zone).time(), quiet)


def next_allowed_moment(instant: datetime, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """The first instant, not before the given one, at which people may be disturbed; in UTC.

    Clock changes count as the wall clock shows them: an opening time that is skipped in spring opens right
    after the gap, one that comes twice in autumn closes again when the hour repeats.
    """
    moment = instant.astimezone(UTC)
    while _is_quiet((local := moment.astimezone(zone)).time(), quiet):
        opening = moment + _until(local.time(), quiet.end)
        change = _first_change(moment, opening, zone)
        moment = opening if change is None else change
    return moment


def at_local_time(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first instant at which the zone's clock shows this time; where it is skipped, the end of the gap. In UTC."""
    local = datetime.combine(day, at, tzinfo=zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    change = _first_change(moment - _DAY / 2, moment, zone)
    return moment if change is None else change


def _is_quiet(local: time, quiet: QuietHours) -> bool:
    if quiet.start <= quiet.end:
        return quiet.start <= local < quiet.end
    return local >= quiet.start or local < quiet.end


def _until(local: time, end: time) -> timedelta:
    reach = _since_midnight(end) - _since_midnight(local)
    return reach if reach > timedelta(0) else reach + _DAY


def _since_midnight(local: time) -> timedelta:
    return timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def _first_change(after: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant at which the zone's offset changed between the two, found by halving; transitions lie on seconds."""
    offset = after.astimezone(zone).utcoffset()
    if until.astimezone(zone).utcoffset() == offset:
        return None
    low, high = after.replace(microsecond=0), until.replace(microsecond=0)
    if high < until:
        high += _SECOND
    while high - low > _SECOND:
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high
