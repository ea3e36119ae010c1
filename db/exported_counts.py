"""How often each score was given and each reason chosen, week by week, and how many rows an export will have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction
from db.exporting import ExportScope


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How many there are of each."""

    answers: int
    events: int
    cases: int
    moves: int

    @property
    def total(self) -> int:
        """All rows."""
        return self.answers + self.events + self.cases + self.moves


async def row_counts(transaction: Transaction, scope: ExportScope) -> RowCounts:
    """How many rows of each kind the scope has."""
    row = await transaction.row(
        """
        select (select count(*) from responses
                 where ($1::timestamptz is null or answered_at >= $1) and ($2::timestamptz is null or answered_at < $2)
                   and ($3::text is null or touchpoint = $3)),
               (select count(*) from touchpoint_events
                 where ($1::timestamptz is null or occurred_at >= $1) and ($2::timestamptz is null or occurred_at < $2)
                   and ($3::text is null or touchpoint = $3)),
               (select count(*) from cases
                 where ($1::timestamptz is null or opened_at >= $1) and ($2::timestamptz is null or opened_at < $2)
                   and ($3::text is null or touchpoint = $3)),
               (select count(*) from case_moves m join cases c on c.id = m.case_id
                 where ($1::timestamptz is null or m.moved_at >= $1) and ($2::timestamptz is null or m.moved_at < $2)
                   and ($3::text is null or c.touchpoint = $3))
        """,
        scope.start,
        scope.end,
        scope.touchpoint,
    )
    assert row is not None
    return RowCounts(*row)


async def answered_between(transaction: Transaction, scope: ExportScope) -> tuple[datetime, datetime] | None:
    """The first and the last instant of an answer that scores count; None without one."""
    row = await transaction.row(
        """
        select min(answered_at), max(answered_at) from responses
         where purpose = 'first'
           and ($1::timestamptz is null or answered_at >= $1) and ($2::timestamptz is null or answered_at < $2)
           and ($3::text is null or touchpoint = $3)
        """,
        scope.start,
        scope.end,
        scope.touchpoint,
    )
    return None if row is None or row[0] is None else (row[0], row[1])


async def known_since(transaction: Transaction) -> datetime | None:
    """The first instant of an answer or an event; None without any."""
    row = await transaction.row(
        "select least((select min(answered_at) from responses), (select min(occurred_at) from touchpoint_events))"
    )
    assert row is not None
    first: datetime | None = row[0]
    return first


@dataclass(frozen=True, slots=True)
class ScoreOfWeekCount:
    """How often a score was given in a week, counted from 0."""

    week: int
    touchpoint: str
    metric: str
    score: int
    count: int


async def score_counts(
    transaction: Transaction, scope: ExportScope, weeks: Sequence[datetime]
) -> list[ScoreOfWeekCount]:
    """How often each score was first given, by the week (those of `weeks` are the instants they begin at)."""
    rows = await transaction.rows(
        """
        select width_bucket(answered_at, $4::timestamptz[]) - 1, touchpoint, metric, score::int, count(*)
          from responses
         where purpose = 'first'
           and ($1::timestamptz is null or answered_at >= $1) and ($2::timestamptz is null or answered_at < $2)
           and ($3::text is null or touchpoint = $3)
         group by 1, 2, 3, 4
        """,
        scope.start,
        scope.end,
        scope.touchpoint,
        list(weeks),
    )
    return [ScoreOfWeekCount(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ReasonOfWeekCount:
    """How many answers of a week, counted from 0, chose a reason."""

    week: int
    touchpoint: str
    survey: str
    metric: str
    reason: str
    count: int


async def reason_counts(
    transaction: Transaction, scope: ExportScope, weeks: Sequence[datetime]
) -> list[ReasonOfWeekCount]:
    """How often each reason was chosen, by the week, as `score_counts`."""
    rows = await transaction.rows(
        """
        select width_bucket(answered_at, $4::timestamptz[]) - 1, touchpoint, survey, metric, reason, count(*)
          from responses cross join lateral unnest(reasons) as reason
         where purpose = 'first'
           and ($1::timestamptz is null or answered_at >= $1) and ($2::timestamptz is null or answered_at < $2)
           and ($3::text is null or touchpoint = $3)
         group by 1, 2, 3, 4, 5
         order by 1, 2, 3, 4, count(*) desc, 5
        """,
        scope.start,
        scope.end,
        scope.touchpoint,
        list(weeks),
    )
    return [ReasonOfWeekCount(*row) for row in rows]
