"""The schedule as others may read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """A row of the schedule; `event_id` is the shop's own, where the row is about one."""

    id: int
    kind: str
    channel: str
    state: str
    reason: str | None
    attempts: int
    due_at: datetime
    created_at: datetime
    settled_at: datetime | None
    event_id: str | None


async def page(
    transaction: Transaction, *, state: str | None, since: datetime | None, after_id: int, limit: int
) -> tuple[StoredDelivery, ...]:
    """Rows in the order they were written, after the given id; `since` looks at writing and at settling."""
    rows = await transaction.rows(
        """
        with found as (
            select id, kind, subject_id, channel, state, reason, attempts, due_at, created_at, settled_at
              from schedule
             where id > $3 and ($1::text is null or state = $1)
               and ($2::timestamptz is null or greatest(created_at, settled_at) >= $2)
             order by id limit $4
        )
        select f.id, f.kind, f.channel, f.state, f.reason, f.attempts, f.due_at, f.created_at, f.settled_at,
               e.external_id as event_id
          from found f
          left join invitations i on i.id = f.subject_id and f.kind in ('invitation', 'reminder')
          left join cases c on c.id = f.subject_id and f.kind = 'card'
          left join touchpoint_events e on e.id = coalesce(i.event_id, c.event_id)
         order by f.id
        """,
        state,
        since,
        after_id,
        limit,
    )
    return tuple(StoredDelivery(**dict(row)) for row in rows)
