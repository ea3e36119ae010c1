"""Whether touchpoints live: what was last heard of them, and whom their questions reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class Activity:
    """The events, or the answers, of a touchpoint in a time, and the last of them."""

    touchpoint: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ReachCount:
    """How many events stand the same: the state of their invitation, why, and whether the messenger took it."""

    touchpoint: str
    state: str | None
    reason: str | None
    has_message: bool
    count: int


async def events_heard(transaction: Transaction, *, start: datetime, end: datetime) -> list[Activity]:
    """The touchpoints that had events in [start, end)."""
    rows = await transaction.rows(
        """
        select touchpoint, count(*), max(occurred_at)
          from touchpoint_events
         where occurred_at >= $1 and occurred_at < $2
         group by 1
        """,
        start,
        end,
    )
    return [Activity(*row) for row in rows]


async def answers_heard(transaction: Transaction, *, start: datetime, end: datetime) -> list[Activity]:
    """The touchpoints that were answered in [start, end)."""
    rows = await transaction.rows(
        """
        select touchpoint, count(*), max(answered_at)
          from responses
         where answered_at >= $1 and answered_at < $2 and purpose = 'first'
         group by 1
        """,
        start,
        end,
    )
    return [Activity(*row) for row in rows]


async def reach_counts(transaction: Transaction, *, start: datetime, end: datetime) -> list[ReachCount]:
    """What became of asking about the events of [start, end)."""
    rows = await transaction.rows(
        """
        select e.touchpoint, i.state, i.reason, i.message_id is not null, count(*)
          from touchpoint_events e
          left join invitations i on i.event_id = e.id and i.purpose = 'first'
         where e.occurred_at >= $1 and e.occurred_at < $2
         group by 1, 2, 3, 4
        """,
        start,
        end,
    )
    return [ReachCount(*row) for row in rows]
