"""What the bot showed staff: a reply to any of it is about that case, or to the one who wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class CasePost:
    """A message of the bot in a chat of staff; `message_ref` is the customer's message that it relays."""

    chat_id: int
    message_id: int
    case_id: int | None
    message_ref: int | None
    kind: str


async def keep(transaction: Transaction, post: CasePost, *, now: datetime) -> None:
    """Remember a message shown to staff; one that is known already now stands for what it shows at last."""
    await transaction.run(
        """
        insert into case_posts (chat_id, message_id, case_id, message_ref, kind, posted_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (chat_id, message_id) do update
        set case_id = excluded.case_id, message_ref = excluded.message_ref, kind = excluded.kind
        """,
        post.chat_id,
        post.message_id,
        post.case_id,
        post.message_ref,
        post.kind,
        now,
    )


async def find(transaction: Transaction, chat_id: int, message_id: int) -> CasePost | None:
    """The message of the bot, if it is one about a case or a customer's message."""
    row = await transaction.row(
        """
        select chat_id, message_id, case_id, message_ref, kind from case_posts
         where chat_id = $1 and message_id = $2
        """,
        chat_id,
        message_id,
    )
    return None if row is None else CasePost(*row)
