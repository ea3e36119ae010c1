"""What a report on recovery counts of answers: how the same event is rated when asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction
from db.reports import EVERYTHING, Narrowing, narrow


@dataclass(frozen=True, slots=True)
class PairCount:
    """How often the same event was rated `first` and, asked again in the period, `again`."""

    metric: str
    first: int
    again: int
    count: int


async def pair_counts(
    transaction: Transaction, *, start: datetime, end: datetime, narrowing: Narrowing = EVERYTHING
) -> list[PairCount]:
    """The first score of an event with the one given when asked again in [start, end), by the same metric."""
    arguments: list[object] = [start, end]
    rows = await transaction.rows(
        f"""
        select again.metric, first.score::int, again.score::int, count(*)
          from responses again
          join responses first on first.event_id = again.event_id and first.metric = again.metric
                              and first.purpose = 'first'
         where again.answered_at >= $1 and again.answered_at < $2 and again.purpose = 'recovery'
               {narrow(arguments, narrowing, "again.attributes", prefix="again.")}
         group by 1, 2, 3
        """,
        *arguments,
    )
    return [PairCount(*row) for row in rows]
