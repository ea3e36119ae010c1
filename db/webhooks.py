"""Webhooks: the shop's own systems that are told what happened, and how they fare."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class StoredWebhook:
    """A webhook; its secrets show in no log."""

    id: int
    name: str
    url: str
    secret: str = field(repr=False)
    previous_secret: str | None = field(repr=False)
    previous_until: datetime | None
    events: tuple[str, ...]
    with_comment: bool
    created_at: datetime
    disabled_at: datetime | None
    disabled_reason: str | None
    failures: int
    failing_since: datetime | None
    failure: str | None


_COLUMNS = """
    id, name, url, secret, previous_secret, previous_until, events, with_comment, created_at, disabled_at,
    disabled_reason, failures, failing_since, failure
"""


def _stored(row: asyncpg.Record) -> StoredWebhook:
    return StoredWebhook(**{**row, "events": tuple(row["events"])})


async def insert(
    transaction: Transaction,
    *,
    name: str,
    url: str,
    secret: str,
    events: Sequence[str],
    with_comment: bool,
    now: datetime,
) -> StoredWebhook | None:
    """Store a webhook; None when the name is taken."""
    row = await transaction.row(
        f"""
        insert into webhooks (name, url, secret, events, with_comment, created_at) values ($1, $2, $3, $4, $5, $6)
        on conflict (name) do nothing
        returning {_COLUMNS}
        """,
        name,
        url,
        secret,
        list(events),
        with_comment,
        now,
    )
    return None if row is None else _stored(row)


async def all_webhooks(transaction: Transaction) -> tuple[StoredWebhook, ...]:
    """Every webhook, by name."""
    return tuple(_stored(row) for row in await transaction.rows(f"select {_COLUMNS} from webhooks order by name"))


async def named(transaction: Transaction, name: str) -> StoredWebhook | None:
    """The webhook of this name."""
    row = await transaction.row(f"select {_COLUMNS} from webhooks where name = $1", name)
    return None if row is None else _stored(row)


async def find(transaction: Transaction, webhook_id: int) -> StoredWebhook | None:
    """One webhook."""
    row = await transaction.row(f"select {_COLUMNS} from webhooks where id = $1", webhook_id)
    return None if row is None else _stored(row)


async def remove(transaction: Transaction, name: str, *, now: datetime) -> bool:
    """Delete the webhook with its secret and log, and take back what it was to be told; False when there is none."""
    webhook_id = await transaction.value("delete from webhooks where name = $1 returning id", name)
    if not isinstance(webhook_id, int):
        return False
    await drop_due(transaction, webhook_id, "removed", now=now)
    return True


async def rotate(transaction: Transaction, name: str, secret: str, *, until: datetime) -> bool:
    """Sign with this secret from now on, and until then with the one before too; False when there is no webhook."""
    changed = await transaction.run(
        "update webhooks set previous_secret = secret, previous_until = $3, secret = $2 where name = $1",
        name,
        secret,
        until,
    )
    return changed == 1


async def enable(transaction: Transaction, name: str) -> bool:
    """Tell the webhook again; False when there is none."""
    changed = await transaction.run(
        """
        update webhooks
           set disabled_at = null, disabled_reason = null, failures = 0, failing_since = null, failure = null,
               held_until = null
         where name = $1
        """,
        name,
    )
    return changed == 1


async def disable(transaction: Transaction, webhook_id: int, reason: str, *, now: datetime) -> None:
    """Tell the webhook nothing more, of what is waiting either."""
    await transaction.run(
        "update webhooks set disabled_at = $2, disabled_reason = $3 where id = $1 and disabled_at is null",
        webhook_id,
        now,
        reason,
    )
    await drop_due(transaction, webhook_id, "disabled", now=now)


async def drop_due(transaction: Transaction, webhook_id: int, reason: str, *, now: datetime) -> None:
    """Take back everything that is due for the webhook."""
    await transaction.run(
        """
        update schedule set state = 'dropped', reason = $2, settled_at = $3, retry_at = null
        where recipient = 'webhook:' || $1::bigint and channel = 'webhook' and state = 'due'
        """,
        webhook_id,
        reason,
        now,
    )


async def lock_failures(transaction: Transaction, webhook_ids: Collection[int]) -> dict[int, int]:
    """How often each webhook failed in a row so far, locked in one order."""
    rows = await transaction.rows(
        "select id, failures from webhooks where id = any($1::bigint[]) order by id for no key update",
        sorted(webhook_ids),
    )
    return {row["id"]: row["failures"] for row in rows}


@dataclass(frozen=True, slots=True)
class FailingWebhook:
    """A webhook that has now failed so often in a row, and for how many machine seconds it is left alone."""

    failures: int
    failure: str
    hold_seconds: float


async def note_failing(transaction: Transaction, failing: Mapping[int, FailingWebhook], *, now: datetime) -> None:
    """These failed; nothing is sent there for a while."""
    if failing:
        await transaction.run(
            """
            update webhooks w
               set failures = given.failures, failing_since = coalesce(w.failing_since, $5), failure = given.failure,
                   held_until = clock_timestamp() + make_interval(secs => given.seconds)
              from unnest($1::bigint[], $2::int[], $3::text[], $4::float8[]) as given (id, failures, failure, seconds)
             where w.id = given.id
            """,
            list(failing),
            [one.failures for one in failing.values()],
            [one.failure for one in failing.values()],
            [one.hold_seconds for one in failing.values()],
            now,
        )


async def note_working(transaction: Transaction, webhook_ids: Collection[int]) -> None:
    """These took what they were told."""
    await transaction.run(
        """
        update webhooks set failures = 0, failing_since = null, failure = null, held_until = null
        where id = any($1::bigint[]) and failures > 0
        """,
        list(webhook_ids),
    )


@dataclass(frozen=True, slots=True)
class FailingFigure:
    """A webhook that is told nothing at present, or fails."""

    name: str
    since: datetime
    failure: str | None
    is_disabled: bool


async def failing_figures(transaction: Transaction, *, at_least: int) -> tuple[FailingFigure, ...]:
    """Webhooks that were disabled, or failed at least so often in a row."""
    rows = await transaction.rows(
        """
        select name, coalesce(disabled_at, failing_since) as since, coalesce(disabled_reason, failure) as failure,
               disabled_at is not null as is_disabled
          from webhooks where disabled_at is not null or failures >= $1 order by name
        """,
        at_least,
    )
    return tuple(FailingFigure(**dict(row)) for row in rows)
