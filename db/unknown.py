"""Touchpoints that arrive and no catalogue knows: counted by day, without anything about anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from db.database import Transaction

MOST_NAMES = 100
"""Names kept of a day: a shop that sends its order numbers as touchpoints must not fill the table."""

KEPT_DAYS = 400


@dataclass(frozen=True, slots=True)
class UnknownCount:
    """How many reports named a touchpoint nobody knows, from the first day on which they did to the last."""

    touchpoint: str
    rejected: int
    first_on: date
    last_on: date


async def add(transaction: Transaction, counts: Mapping[str, int], *, day: date) -> None:
    """Add to the day's counts; a name too many for the day is dropped, and so is what is long past."""
    names = sorted(counts)
    await transaction.run(
        """
        insert into unknown_touchpoints as kept (day, touchpoint, rejected)
        select $1, new.touchpoint, new.rejected
          from unnest($2::text[], $3::int[]) with ordinality as new (touchpoint, rejected, place)
         where exists (select from unknown_touchpoints u where u.day = $1 and u.touchpoint = new.touchpoint)
            or (select count(*) from unknown_touchpoints u where u.day = $1) + new.place <= $4
         order by new.touchpoint
        on conflict (day, touchpoint) do update set rejected = kept.rejected + excluded.rejected
        """,
        day,
        names,
        [counts[name] for name in names],
        MOST_NAMES,
    )
    await transaction.run("delete from unknown_touchpoints where day < $1::date - $2::int", day, KEPT_DAYS)


async def counted(transaction: Transaction, *, start: date, end: date) -> list[UnknownCount]:
    """What was rejected on the days of [start, end), the most frequent first."""
    rows = await transaction.rows(
        """
        select touchpoint, sum(rejected)::int, min(day), max(day)
          from unknown_touchpoints
         where day >= $1 and day < $2
         group by 1
         order by 2 desc, 1
        """,
        start,
        end,
    )
    return [UnknownCount(*row) for row in rows]
