"""What became of events, read together for telling."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it was reported; `customer` is None once forgotten."""

    id: int
    external_id: str
    touchpoint: str
    occurred_at: datetime
    received_at: datetime
    customer: str | None
    order_id: str | None
    amount: Decimal | None
    currency: str | None
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation of an event; `winner` is the event asked about instead."""

    id: int
    event_id: int
    purpose: str
    state: str
    reason: str | None
    winner: str | None
    channel: str | None
    eligible_at: datetime | None
    ask_at: datetime | None
    ask_by: datetime | None
    sent_at: datetime | None
    expires_at: datetime | None
    answered_at: datetime | None
    trial: str | None
    variant: str | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """A move of an invitation."""

    invitation_id: int
    at: datetime
    step: str
    reason: str | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """An answer about an event."""

    id: int
    event_id: int
    metric: str
    score: int
    reasons: Sequence[str]
    comment: str | None
    answered_at: datetime
    purpose: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A complaint about an event."""

    id: int
    event_id: int
    cause: str
    state: str
    opened_at: datetime
    claimed_by_name: str | None
    resolved_at: datetime | None


async def events(transaction: Transaction, key: str, limit: int) -> list[EventRow]:
    """The event of this id, or the events of the order of this id; the earliest first."""
    rows = await transaction.rows(
        """
        with found as (
            select id from touchpoint_events where external_id = $1
            union
            (select id from touchpoint_events where order_id = $1 order by id limit $2)
        )
        select e.id, e.external_id, e.touchpoint, e.occurred_at, e.received_at, c.external_id, e.order_id, e.amount,
               e.currency, e.attributes
        from found f
        join touchpoint_events e on e.id = f.id
        left join customers c on c.id = e.customer_id
        order by e.occurred_at, e.id
        """,
        key,
        limit,
    )
    return [EventRow(*row) for row in rows]


async def invitations(transaction: Transaction, event_ids: Collection[int]) -> list[InvitationRow]:
    """The invitations of these events."""
    rows = await transaction.rows(
        """
        select i.id, i.event_id, i.purpose, i.state, i.reason, w.external_id as winner, a.channel, i.eligible_at,
               i.ask_at, i.ask_by, i.sent_at, i.expires_at, i.answered_at, i.trial, i.variant
        from invitations i
        left join invitations wi on wi.id = i.winner_id
        left join touchpoint_events w on w.id = wi.event_id
        left join accounts a on a.id = i.account_id
        where i.event_id = any($1::bigint[])
        order by i.id
        """,
        list(event_ids),
    )
    return [InvitationRow(*row) for row in rows]


async def steps(transaction: Transaction, invitation_ids: Collection[int]) -> list[StepRow]:
    """The moves of these invitations, in order."""
    rows = await transaction.rows(
        """
        select invitation_id, at, step, reason, until from invitation_steps
        where invitation_id = any($1::bigint[]) order by id
        """,
        list(invitation_ids),
    )
    return [StepRow(*row) for row in rows]


async def responses(transaction: Transaction, event_ids: Collection[int]) -> list[ResponseRow]:
    """The answers about these events."""
    rows = await transaction.rows(
        """
        select id, event_id, metric, score, reasons, comment, answered_at, purpose from responses
        where event_id = any($1::bigint[]) order by id
        """,
        list(event_ids),
    )
    return [ResponseRow(*row) for row in rows]


async def cases(transaction: Transaction, event_ids: Collection[int]) -> list[CaseRow]:
    """The complaints about these events."""
    rows = await transaction.rows(
        """
        select id, event_id, cause, state, opened_at, claimed_by_name, resolved_at from cases
        where event_id = any($1::bigint[]) order by id
        """,
        list(event_ids),
    )
    return [CaseRow(*row) for row in rows]


async def near(transaction: Transaction, key: str, limit: int) -> list[str]:
    """Ids of orders and events that begin like this, for whoever mistyped; a few of each, by their indexes."""
    rows = await transaction.rows(
        """
        select id from (
            (select distinct order_id as id, 1 as place from (
                select order_id from touchpoint_events
                 where order_id is not null and order_id >= $1 order by order_id limit 200) as orders
              where starts_with(order_id, $1) limit $2)
            union all
            (select external_id, 2 from (
                select external_id from touchpoint_events
                 where external_id >= $1 order by external_id limit 50) as events
              where starts_with(external_id, $1) limit $2)
        ) as found
        order by place, length(id), id
        limit $2
        """,
        key,
        limit,
    )
    return [row["id"] for row in rows]
