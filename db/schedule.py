"""The one schedule: intents that become due, in the transaction that decided them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """Something that is to happen at `due_at`, once for each `dedupe_key`.

    `recipient` is `account:ID`, `team:NAME` (the catalogue's name of a chat), `chat:ID` or `webhook:ID`. `detail` tells
    several about the same subject apart, such as an escalation's level.
    """

    kind: str
    subject_id: int
    recipient: str
    channel: str
    dedupe_key: str
    due_at: datetime
    detail: str | None = None

    @classmethod
    def to_account(
        cls,
        kind: str,
        subject_id: int,
        account_id: int,
        channel: str,
        due_at: datetime,
        *,
        occasion: str | None = None,
        detail: str | None = None,
    ) -> ScheduleEntry:
        """A message to a customer's account, once for its subject, or for the `occasion` given instead."""
        return cls(
            kind=kind,
            subject_id=subject_id,
            recipient=f"account:{account_id}",
            channel=channel,
            dedupe_key=f"{kind}:{subject_id if occasion is None else occasion}",
            due_at=due_at,
            detail=detail,
        )


def _columns(entries: Sequence[ScheduleEntry]) -> tuple[list[object], ...]:
    return (
        [entry.kind for entry in entries],
        [entry.subject_id for entry in entries],
        [entry.recipient for entry in entries],
        [entry.channel for entry in entries],
        [entry.dedupe_key for entry in entries],
        [entry.due_at for entry in entries],
        [entry.detail for entry in entries],
    )


_UNNESTED = """
    select entry.kind, entry.subject_id, entry.recipient, entry.channel, entry.dedupe_key, entry.due_at, entry.detail,
           $8
    from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
        as entry (kind, subject_id, recipient, channel, dedupe_key, due_at, detail)
    order by entry.dedupe_key
"""


async def add(transaction: Transaction, entries: Sequence[ScheduleEntry], *, now: datetime) -> int:
    """Add the entries whose dedupe key is not there yet; the number of those added."""
    if not entries:
        return 0
    return await transaction.run(
        f"""
        insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, detail, created_at)
        {_UNNESTED}
        on conflict (dedupe_key) do nothing
        """,
        *_columns(entries),
        now,
    )


async def add_new(transaction: Transaction, entries: Sequence[ScheduleEntry], *, now: datetime) -> None:
    """Add entries about subjects that are new in this transaction, by COPY."""
    await transaction.copy(
        "schedule",
        ("kind", "subject_id", "recipient", "channel", "dedupe_key", "due_at", "created_at"),
        [
            (entry.kind, entry.subject_id, entry.recipient, entry.channel, entry.dedupe_key, entry.due_at, now)
            for entry in entries
        ],
    )


async def plan(transaction: Transaction, entries: Sequence[ScheduleEntry], *, now: datetime) -> None:
    """Add the entries, or make those that are there due at the new instant for the new recipient.

    A row that is being sent at this moment is left alone.
    """
    if not entries:
        return
    await transaction.run(
        f"""
        insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, detail, created_at)
        {_UNNESTED}
        on conflict (dedupe_key) do update
        set state = 'due', due_at = excluded.due_at, recipient = excluded.recipient, channel = excluded.channel,
            reason = null, retry_at = null, settled_at = null, first_tried_at = null
        where schedule.state <> 'sending'
        """,
        *_columns(entries),
        now,
    )


async def drop(transaction: Transaction, dedupe_keys: Sequence[str], reason: str, *, now: datetime) -> int:
    """Take back entries that are still due; the number of those dropped."""
    if not dedupe_keys:
        return 0
    return await transaction.run(
        """
        update schedule set state = 'dropped', reason = $2, settled_at = $3, retry_at = null
        where dedupe_key = any($1::text[]) and state = 'due'
        """,
        list(dedupe_keys),
        reason,
        now,
    )


async def ask_again_for(transaction: Transaction, kind: str, subject_id: int, *, now: datetime) -> None:
    """Have what was scheduled for the subject sent once more, now or as soon as the sending under way has ended."""
    await transaction.run(
        """
        update schedule
        set requested_again = requested_again or state = 'sending',
            due_at = case state when 'sending' then due_at when 'due' then least(due_at, $3) else $3 end,
            reason = case when state in ('due', 'sending') then reason end,
            settled_at = null,
            state = case state when 'sending' then 'sending' else 'due' end
        where subject_id = $2 and kind = $1
        """,
        kind,
        subject_id,
        now,
    )


async def may_have_arrived(transaction: Transaction, row_id: int) -> bool:
    """Whether some try at the row has arrived, or nobody can tell; what the try under way comes to is not counted."""
    found = await transaction.value(
        """
        select state in ('sent', 'unknown') or coalesce(reason in ('unknown', 'unconfirmed'), false)
          from schedule where id = $1
        """,
        row_id,
    )
    return found is True


async def recipient_of(transaction: Transaction, row_id: int) -> str | None:
    """Whom the row is for now; the row stays so until the transaction ends."""
    recipient = await transaction.value("select recipient from schedule where id = $1 for update", row_id)
    assert recipient is None or isinstance(recipient, str)
    return recipient


async def request_again(transaction: Transaction, row_id: int) -> None:
    """Have the row sent once more as soon as the sending under way has ended."""
    await transaction.run("update schedule set requested_again = true where id = $1 and state = 'sending'", row_id)


async def release(transaction: Transaction, recipient: str) -> int:
    """Have everything that waits for another try at this recipient tried at once; how much that was."""
    return await transaction.run(
        "update schedule set retry_at = null where recipient = $1 and state = 'due' and retry_at is not null", recipient
    )
