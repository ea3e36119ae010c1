"""Customers' messages as staff are shown them, each under the case it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


async def attach_message(transaction: Transaction, message_id: int, case_id: int) -> None:
    """Put a customer's message under a case."""
    await transaction.run("update messages set case_id = $2 where id = $1", message_id, case_id)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """What a customer sent, and the case it belongs to."""

    id: int
    channel: str
    kind: str
    text: str | None
    file_id: str | None
    customer_name: str | None
    case_id: int | None
    team: str | None
    card_chat_id: int | None
    card_message_id: int | None
    case_state: str | None
    card_at: datetime | None
    edited_at: datetime | None
    folded: bool


async def message(transaction: Transaction, message_id: int) -> StoredMessage | None:
    """A customer's message with the newest case of its response, if there is one."""
    row = await transaction.row(
        """
        select m.id, m.channel, m.kind, m.text, m.file_id, a.name as customer_name,
               c.id as case_id, c.team, c.card_chat_id, c.card_message_id, c.state, c.card_at, m.edited_at,
               coalesce(c.folded, false)
          from messages m
          left join accounts a on a.id = m.account_id
          left join lateral (
               select * from cases c where c.id = m.case_id or c.response_id = m.response_id
               order by c.id desc limit 1) c on true
         where m.id = $1
        """,
        message_id,
    )
    return None if row is None else StoredMessage(*row)
