"""What staff told customers, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class NewOffer:
    """A message that carries a promo code; `undelivered` says why it is not sent at all."""

    case_id: int
    account_id: int | None
    author_id: int
    author_name: str
    text: str | None
    code_id: int
    undelivered: str | None = None


async def add_offer(transaction: Transaction, offer: NewOffer, *, now: datetime) -> int:
    """Store it; its id."""
    message_id = await transaction.value(
        """
        insert into staff_messages (case_id, account_id, origin, author_id, author_name, kind, text, code_id,
                                    written_at, undelivered)
        values ($1, $2, 'code', $3, $4, 'text', $5, $6, $7, $8)
        returning id
        """,
        offer.case_id,
        offer.account_id,
        offer.author_id,
        offer.author_name,
        offer.text,
        offer.code_id,
        now,
        offer.undelivered,
    )
    assert isinstance(message_id, int)
    return message_id


@dataclass(frozen=True, slots=True)
class MessageToSend:
    """A message of staff on its way, and the account it is for."""

    id: int
    case_id: int
    origin: str
    text: str | None
    code_id: int | None
    channel: str
    external_id: int
    account_state: str


async def to_send(transaction: Transaction, message_id: int) -> MessageToSend | None:
    """The message with its account; None when either is gone."""
    row = await transaction.row(
        """
        select m.id, m.case_id, m.origin, m.text, m.code_id, a.channel, a.external_id, a.state
          from staff_messages m
          join accounts a on a.id = m.account_id
         where m.id = $1
        """,
        message_id,
    )
    return None if row is None else MessageToSend(*row)


async def delivered(transaction: Transaction, message_id: int, delivered_message_id: int) -> None:
    """The messenger took it."""
    await transaction.run(
        "update staff_messages set delivered_message_id = $2, undelivered = null where id = $1",
        message_id,
        delivered_message_id,
    )


async def refused(transaction: Transaction, message_id: int, why: str) -> None:
    """It will never arrive."""
    await transaction.run("update staff_messages set undelivered = $2 where id = $1", message_id, why)
