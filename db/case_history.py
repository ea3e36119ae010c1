"""A case's moves one by one, and how much was written about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class StoredMove:
    """Who did what to a case, and when."""

    move: str
    from_state: str | None
    to_state: str
    actor: str
    actor_name: str | None
    moved_at: datetime
    note: str | None
    close_reason: str | None
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageCounts:
    """How many messages the customer wrote about the case, and staff to the customer."""

    customer: int
    staff: int


async def moves(transaction: Transaction, case_id: int) -> list[StoredMove]:
    """The moves of a case, the first first."""
    rows = await transaction.rows(
        """
        select move, from_state, to_state, actor, actor_name, moved_at, note, close_reason, given
          from case_moves where case_id = $1 order by id
        """,
        case_id,
    )
    return [StoredMove(**{**row, "given": tuple(row["given"])}) for row in rows]


async def message_counts(transaction: Transaction, case_id: int) -> MessageCounts:
    """How much was written about a case."""
    row = await transaction.row(
        """
        select (select count(*) from messages m
                 where m.case_id = $1 or m.response_id = (select response_id from cases where id = $1)),
               (select count(*) from staff_messages where case_id = $1)
        """,
        case_id,
    )
    assert row is not None
    return MessageCounts(*row)


async def of_shop_id(transaction: Transaction, external_id: str) -> int | None:
    """The case the shop opened under this id of its own."""
    case_id = await transaction.value("select id from cases where external_id = $1", external_id)
    assert case_id is None or isinstance(case_id, int)
    return case_id


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """The latest event of an order at a touchpoint."""

    id: int
    location: str | None
    employee: str | None


async def event_of_order(
    transaction: Transaction, customer_id: int, order_id: str, touchpoint: str
) -> OrderEvent | None:
    """What happened to this customer's order at the touchpoint, the latest time."""
    row = await transaction.row(
        """
        select id, attributes ->> 'location', attributes ->> 'employee' from touchpoint_events
         where order_id = $2 and touchpoint = $3 and customer_id = $1
         order by occurred_at desc, id desc limit 1
        """,
        customer_id,
        order_id,
        touchpoint,
    )
    return None if row is None else OrderEvent(*row)
