"""Touchpoint events as they were reported."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event that was reported before, and what became of it so far; `customer` is None once forgotten."""

    external_id: str
    touchpoint: str
    occurred_at: datetime
    customer: str | None
    order_id: str | None
    amount: Decimal | None
    currency: str | None
    attributes: Mapping[str, object]
    state: str | None
    reason: str | None
    ask_at: datetime | None
    eligible_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event about to be stored under an id taken before."""

    id: int
    external_id: str
    touchpoint: str
    occurred_at: datetime
    customer_id: int | None
    order_id: str | None
    amount: Decimal | None
    currency: str | None
    attributes: Mapping[str, object]


async def known(transaction: Transaction, external_ids: Collection[str]) -> list[KnownEvent]:
    """Those of these events that were reported before."""
    rows = await transaction.rows(
        """
        select e.external_id, e.touchpoint, e.occurred_at, c.external_id, e.order_id, e.amount, e.currency,
               e.attributes, i.state, i.reason, i.ask_at, i.eligible_at
        from touchpoint_events e
        left join customers c on c.id = e.customer_id
        left join invitations i on i.event_id = e.id and i.purpose = 'first'
        where e.external_id = any($1::text[])
        """,
        list(external_ids),
    )
    return [KnownEvent(*row) for row in rows]


async def add(transaction: Transaction, events: Sequence[NewEvent], *, now: datetime) -> None:
    """Store the events; raises asyncpg.UniqueViolationError when somebody else just reported one of them."""
    await transaction.copy(
        "touchpoint_events",
        (
            "id",
            "external_id",
            "touchpoint",
            "occurred_at",
            "received_at",
            "customer_id",
            "order_id",
            "amount",
            "currency",
            "attributes",
        ),
        [
            (
                event.id,
                event.external_id,
                event.touchpoint,
                event.occurred_at,
                now,
                event.customer_id,
                event.order_id,
                event.amount,
                event.currency,
                event.attributes,
            )
            for event in sorted(events, key=lambda event: event.external_id)
        ],
    )
