"""Counting each day's answers once, so that a year is read as fast as a week.

See docs/decisions/0014-days-are-counted-once.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg

from db import rollups
from db.database import Database, Transaction
from db.reports import Stretches
from db.rollups import Counted, Day
from surveys.publishing import Catalogues
from surveys.rules.weeks import Period, day_start, local_day

_BATCHES: Final[dict[Counted, int]] = {"answers": 60, "funnel": 10}
"""Days counted in one transaction."""


async def roll_up(database: Database, catalogues: Catalogues, *, now: datetime) -> int:
    """Count the days that are over and were never counted, or have changed since; how many there were.

    The newest come first. Any number of processes may do so at once: one of them does the work.
    """
    zone = catalogues.in_force.catalogue.business.timezone
    total = 0
    for counted, batch in _BATCHES.items():
        while days := await _roll_up_some(database, counted, batch, zone, now):
            total += days
    return total


async def _roll_up_some(database: Database, counted: Counted, batch: int, zone: ZoneInfo, now: datetime) -> int:
    try:
        async with database.transaction() as transaction:
            if not await rollups.take_counting_snapshot(transaction):
                return 0
            first = await rollups.first_instant(transaction, counted)
            if first is None:
                return 0
            over = days_between(local_day(first, zone), local_day(now, zone), zone)
            stale = await rollups.stale_days(transaction, counted, over, zone=zone.key)
            chosen = [day for day in reversed(over) if day.day in stale][:batch]
            if chosen:
                await rollups.count_days(transaction, counted, chosen, zone=zone.key)
            return len(chosen)
    except (asyncpg.SerializationError, asyncpg.UniqueViolationError):
        return 0  # another process was faster; the next round looks again


def days_between(first: date, end: date, zone: ZoneInfo) -> list[Day]:
    """The days from `first` to `end`, which is not included."""
    dates = [first + timedelta(days=number) for number in range(max((end - first).days, 0) + 1)]
    starts = [day_start(day, zone) for day in dates]
    return [Day(*bounds) for bounds in zip(dates[:-1], starts[:-1], starts[1:], strict=True)]


async def read_stretches(
    transaction: Transaction, counted: Counted, periods: Sequence[Period], zone: ZoneInfo, *, rolled_up: bool = True
) -> list[Stretches]:
    """How each of the periods is best read: counted days where they can be trusted; with `rolled_up` off, none."""
    days = [days_between(period.start, period.end, zone) for period in periods]
    every = {day.day: day for period in days for day in period}
    stale = (
        await rollups.stale_days(transaction, counted, list(every.values()), zone=zone.key) if rolled_up else set(every)
    )
    return [
        Stretches(
            tuple(day.day for day in period if day.day not in stale),
            _joined(day for day in period if day.day in stale),
        )
        for period in days
    ]


def _joined(days: Iterable[Day]) -> tuple[tuple[datetime, datetime], ...]:
    """The days as stretches of time, neighbours in one."""
    joined: list[tuple[datetime, datetime]] = []
    for day in days:
        if joined and joined[-1][1] == day.start:
            joined[-1] = (joined[-1][0], day.end)
        else:
            joined.append((day.start, day.end))
    return tuple(joined)
