"""Events and what became of them, page by page, for an export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from db.database import Transaction
from db.exporting import ExportScope, Place


@dataclass(frozen=True, slots=True)
class ExportedEvent:
    """An event with its first question; `outcome` is None where nothing was decided, as for an imported answer's."""

    id: int
    event_id: str
    touchpoint: str
    occurred_at: datetime
    received_at: datetime
    order_id: str | None
    amount: Decimal | None
    currency: str | None
    customer_id: str | None
    outcome: str | None
    reason: str | None
    asked_instead: str | None
    survey: str | None
    channel: str | None
    ask_at: datetime | None
    ask_by: datetime | None
    eligible_at: datetime | None
    sent_at: datetime | None
    reminded_at: datetime | None
    expires_at: datetime | None
    answered_at: datetime | None
    asked_again_outcome: str | None
    attributes: Mapping[str, object]


async def attribute_names(transaction: Transaction, scope: ExportScope) -> tuple[str, ...]:
    """The names of all attributes the events of the period have."""
    rows = await transaction.rows(
        """
        select distinct name
          from touchpoint_events e cross join lateral jsonb_object_keys(e.attributes) as name
         where ($1::timestamptz is null or e.occurred_at >= $1) and ($2::timestamptz is null or e.occurred_at < $2)
           and ($3::text is null or e.touchpoint = $3)
         order by name
        """,
        scope.start,
        scope.end,
        scope.touchpoint,
    )
    return tuple(row["name"] for row in rows)


async def page(transaction: Transaction, scope: ExportScope, *, after: Place | None, limit: int) -> list[ExportedEvent]:
    """Events by the instant they happened, at most `limit` behind the one named by its instant and id."""
    after_at, after_id = after if after is not None else (None, None)
    rows = await transaction.rows(
        """
        with events as (
            select * from touchpoint_events e
             where ($1::timestamptz is null or e.occurred_at >= $1)
               and ($2::timestamptz is null or e.occurred_at < $2)
               and ($3::timestamptz is null or (e.occurred_at, e.id) > ($3, $4::bigint))
               and ($6::text is null or e.touchpoint = $6)
             order by e.occurred_at, e.id limit $5
        )
        select e.id, e.external_id, e.touchpoint, e.occurred_at, e.received_at, e.order_id, e.amount, e.currency,
               c.external_id, i.state, i.reason, w.external_id, i.survey, a.channel, i.ask_at, i.ask_by, i.eligible_at,
               case when i.state <> 'sending' then i.sent_at end,
               (select min(s.at) from invitation_steps s where s.invitation_id = i.id and s.step = 'reminded'),
               i.expires_at, i.answered_at, again.state, e.attributes
          from events e
          left join invitations i on i.event_id = e.id and i.purpose = 'first'
          left join invitations again on again.event_id = e.id and again.purpose = 'recovery'
          left join invitations wi on wi.id = i.winner_id
          left join touchpoint_events w on w.id = wi.event_id
          left join accounts a on a.id = i.account_id
          left join customers c on c.id = e.customer_id
         order by e.occurred_at, e.id
        """,
        scope.start,
        scope.end,
        after_at,
        after_id,
        limit,
        scope.touchpoint,
    )
    return [ExportedEvent(*row) for row in rows]
