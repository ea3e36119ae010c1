"""The log of telling webhooks: every attempt and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """One attempt at telling a webhook; `status` is None when it did not answer."""

    webhook_id: int
    message_id: int
    attempt: int
    status: int | None
    error: str | None
    seconds: float | None


async def log_attempts(transaction: Transaction, attempts: Sequence[NewAttempt], *, now: datetime) -> None:
    """Add to the delivery log; of webhooks and messages that were removed meanwhile nothing is kept."""
    if attempts:
        await transaction.run(
            """
            insert into webhook_attempts (webhook_id, message_id, at, attempt, status, error, seconds)
            select given.webhook_id, given.message_id, $7, given.attempt, given.status, given.error, given.seconds
              from unnest($1::bigint[], $2::bigint[], $3::int[], $4::int[], $5::text[], $6::float8[])
                   as given (webhook_id, message_id, attempt, status, error, seconds)
              join webhooks w on w.id = given.webhook_id
              join webhook_messages m on m.id = given.message_id
            """,
            [one.webhook_id for one in attempts],
            [one.message_id for one in attempts],
            [one.attempt for one in attempts],
            [one.status for one in attempts],
            [one.error for one in attempts],
            [one.seconds for one in attempts],
            now,
        )


@dataclass(frozen=True, slots=True)
class LoggedAttempt:
    """A line of the delivery log."""

    id: int
    message: str
    type: str
    happened_at: datetime
    at: datetime
    attempt: int
    status: int | None
    error: str | None
    seconds: float | None


async def attempts(
    transaction: Transaction, webhook_id: int, *, before_id: int | None, limit: int
) -> tuple[LoggedAttempt, ...]:
    """The delivery log of a webhook, newest first, older than the given line."""
    rows = await transaction.rows(
        """
        select a.id, 'msg_' || replace(m.key::text, '-', '') as message, m.type, m.happened_at, a.at, a.attempt,
               a.status, a.error, a.seconds
          from webhook_attempts a join webhook_messages m on m.id = a.message_id
         where a.webhook_id = $1 and ($2::bigint is null or a.id < $2)
         order by a.id desc limit $3
        """,
        webhook_id,
        before_id,
        limit,
    )
    return tuple(LoggedAttempt(**dict(row)) for row in rows)


async def waiting(transaction: Transaction, webhook_id: int) -> int:
    """How many messages are still to be told to the webhook."""
    count = await transaction.value(
        """
        select count(*) from schedule
        where channel = 'webhook' and state = 'due' and recipient = 'webhook:' || $1::bigint
        """,
        webhook_id,
    )
    assert isinstance(count, int)
    return count
