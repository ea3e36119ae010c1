"""What a report counts, straight from the tables.

Each query reads one period through its index, so its cost follows the period and not the history. With
`attribute` the counts are also split by the value of that attribute, as JSON text; None where it is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class ScoreCount:
    """How often a score was given, in the period (`current`) or in the one just before."""

    current: bool
    touchpoint: str
    metric: str
    score: int
    segment: str | None
    count: int


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many answers of the period chose exactly these reasons."""

    touchpoint: str
    metric: str
    reasons: Sequence[str]
    segment: str | None
    count: int


@dataclass(frozen=True, slots=True)
class FunnelCount:
    """How many of the period's events stand the same, by the survey and catalogue version they were decided under.

    `state` is the invitation's, `has_message` whether the messenger gave it an id, `may_be_answered` whether its
    time has not run out.
    """

    touchpoint: str
    survey: str | None
    catalogue_version_id: int | None
    segment: str | None
    state: str | None
    has_message: bool
    may_be_answered: bool
    commented: bool
    count: int


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """The moves of cases in the period; `still_open` counts the unsettled ones there are now."""

    opened: int
    claimed: int
    resolved: int
    confirmed: int
    reopened: int
    overdue: int
    still_open: int
    median_first_response: timedelta | None
    median_resolve: timedelta | None


async def take_snapshot(transaction: Transaction) -> None:
    """Let all that follows see one instant of the database; must be the transaction's first statement.

    What a report reads lies together and mostly in memory. With the planner's default price of a random page it
    would rather read whole tables, and the report of a week would slow down with the history.
    """
    await transaction.run(
        "set transaction isolation level repeatable read, read only;"
        " set local random_page_cost = 1.1; set local jit = off"
    )


async def score_counts(
    transaction: Transaction,
    *,
    previous_start: datetime,
    start: datetime,
    end: datetime,
    touchpoint: str | None,
    attribute: str | None,
) -> list[ScoreCount]:
    """How often each score was first given in [start, end) and in [previous_start, start)."""
    arguments: list[object] = [previous_start, start, end]
    narrowed = _narrow(arguments, "touchpoint", touchpoint)
    segment = _segment(arguments, "attributes", attribute)
    rows = await transaction.rows(
        f"""
        select answered_at >= $2 as current, touchpoint, metric, score::int, {segment} as segment, count(*)
          from responses
         where answered_at >= $1 and answered_at < $3 and purpose = 'first'{narrowed}
         group by 1, 2, 3, 4, 5
        """,
        *arguments,
    )
    return [ScoreCount(*row) for row in rows]


async def reason_counts(
    transaction: Transaction, *, start: datetime, end: datetime, touchpoint: str | None, attribute: str | None
) -> list[ReasonCount]:
    """How often each set of reasons was chosen by the answers of [start, end)."""
    arguments: list[object] = [start, end]
    narrowed = _narrow(arguments, "touchpoint", touchpoint)
    segment = _segment(arguments, "attributes", attribute)
    rows = await transaction.rows(
        f"""
        select touchpoint, metric, reasons, {segment} as segment, count(*)
          from responses
         where answered_at >= $1 and answered_at < $2 and purpose = 'first' and reasons <> '{{}}'{narrowed}
         group by 1, 2, 3, 4
        """,
        *arguments,
    )
    return [ReasonCount(*row) for row in rows]


async def funnel_counts(
    transaction: Transaction,
    *,
    start: datetime,
    end: datetime,
    touchpoint: str | None,
    attribute: str | None,
    now: datetime,
) -> list[FunnelCount]:
    """What became so far of the events that occurred in [start, end)."""
    arguments: list[object] = [start, end, now]
    narrowed = _narrow(arguments, "e.touchpoint", touchpoint)
    segment = _segment(arguments, "e.attributes", attribute)
    rows = await transaction.rows(
        f"""
        select e.touchpoint, i.survey, i.catalogue_version_id, {segment} as segment, i.state,
               i.message_id is not null as has_message,
               coalesce(i.expires_at > $3, false) as may_be_answered,
               r.comment is not null
                   or (r.id is not null and exists (
                          select from messages m
                           where m.response_id = r.id and m.kind in ('voice', 'photo', 'document'))) as commented,
               count(*)
          from touchpoint_events e
          left join invitations i on i.event_id = e.id and i.purpose = 'first'
          left join responses r on r.invitation_id = case when i.state = 'answered' then i.id end
         where e.occurred_at >= $1 and e.occurred_at < $2{narrowed}
         group by 1, 2, 3, 4, 5, 6, 7, 8
        """,
        *arguments,
    )
    return [FunnelCount(*row) for row in rows]


async def case_counts(
    transaction: Transaction, *, start: datetime, end: datetime, touchpoint: str | None, now: datetime
) -> CaseCounts:
    """The moves of [start, end), each by its own instant, and the promises that ran out in it unkept.

    Medians are of working time, of the first reactions and the solutions in the period.
    """
    arguments: list[object] = [start, end]
    narrowed = _narrow(arguments, "c.touchpoint", touchpoint)
    moves = await transaction.row(
        f"""
        select count(*) filter (where m.move = 'open') as opened,
               count(*) filter (where m.move = 'claim') as claimed,
               count(*) filter (where m.move = 'resolve') as resolved,
               count(*) filter (where m.move = 'confirm') as confirmed,
               count(*) filter (where m.move = 'reopen' and m.from_state <> 'dismissed') as reopened
          from case_moves m
          join cases c on c.id = m.case_id
         where m.moved_at >= $1 and m.moved_at < $2{narrowed}
        """,
        *arguments,
    )
    medians = await transaction.row(
        f"""
        select (select percentile_cont(0.5) within group (order by c.first_response_took)
                  from cases c
                 where c.first_response_at >= $1 and c.first_response_at < $2{narrowed}) as median_first_response,
               (select percentile_cont(0.5) within group (order by c.resolve_took)
                  from cases c
                 where c.resolved_at >= $1 and c.resolved_at < $2{narrowed}) as median_resolve
        """,
        *arguments,
    )
    arguments = [start, min(end, now)]
    narrowed = _narrow(arguments, "c.touchpoint", touchpoint)
    overdue = await transaction.value(
        f"""
        select count(*) from (
            select c.id from cases c
             where c.first_response_due >= $1 and c.first_response_due < $2
               and (c.first_response_at is null or c.first_response_at > c.first_response_due){narrowed}
            union
            select c.id from cases c
             where c.resolve_due >= $1 and c.resolve_due < $2
               and (c.resolved_at is null or c.resolved_at > c.resolve_due)
               and not (c.state = 'dismissed' and c.changed_at <= c.resolve_due){narrowed}
        ) late
        """,
        *arguments,
    )
    arguments = []
    narrowed = _narrow(arguments, "c.touchpoint", touchpoint)
    still_open = await transaction.value(
        f"select count(*) from cases c where c.state in ('open', 'claimed', 'waiting'){narrowed}", *arguments
    )
    assert moves is not None
    assert medians is not None
    assert isinstance(overdue, int)
    assert isinstance(still_open, int)
    return CaseCounts(**moves, **medians, overdue=overdue, still_open=still_open)


def _narrow(arguments: list[object], column: str, touchpoint: str | None) -> str:
    if touchpoint is None:
        return ""
    arguments.append(touchpoint)
    return f" and {column} = ${len(arguments)}"


def _segment(arguments: list[object], column: str, attribute: str | None) -> str:
    """A JSON null counts as missing."""
    if attribute is None:
        return "null::text"
    arguments.append(attribute)
    return f"nullif({column} -> ${len(arguments)}, 'null'::jsonb)::text"
