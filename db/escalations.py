"""Rows of the schedule by which a case nobody works is told to somebody, and what was told so far."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction
from db.schedule import ScheduleEntry

_TOLD = "(s.state in ('sent', 'unknown') or (s.state = 'dropped' and s.reason like 'folded:%'))"
"""What went out by itself, or within another row's message."""


@dataclass(frozen=True, slots=True)
class EscalationRow:
    """An escalation that may go out together with others to the same recipient; locked."""

    id: int
    subject_id: int
    dedupe_key: str
    detail: str


@dataclass(frozen=True, slots=True)
class ClockRecord:
    """What the clock reads of a case beside the case itself, as far as one recipient is concerned."""

    reopened_at: datetime | None
    reopened_by_customer: bool
    open_since: datetime | None
    repeats: int
    repeated_at: datetime | None
    level: int


async def arm(transaction: Transaction, entries: Sequence[ScheduleEntry], *, now: datetime) -> None:
    """Add the entries; those that are due, or were dropped, are due at the new instant. What was told stays told."""
    if not entries:
        return
    await transaction.run(
        """
        insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, detail, created_at)
        select entry.kind, entry.subject_id, entry.recipient, entry.channel, entry.dedupe_key, entry.due_at,
               entry.detail, $8
        from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
            as entry (kind, subject_id, recipient, channel, dedupe_key, due_at, detail)
        order by entry.dedupe_key
        on conflict (dedupe_key) do update
        set state = 'due', due_at = excluded.due_at, settled_at = null,
            reason = case when schedule.state = 'due' then schedule.reason end
        where schedule.state = 'due'
           or (schedule.state = 'dropped' and coalesce(schedule.reason, '') not like 'folded:%')
        """,
        [entry.kind for entry in entries],
        [entry.subject_id for entry in entries],
        [entry.recipient for entry in entries],
        [entry.channel for entry in entries],
        [entry.dedupe_key for entry in entries],
        [entry.due_at for entry in entries],
        [entry.detail for entry in entries],
        now,
    )


async def folded_into(transaction: Transaction, row_id: int) -> str | None:
    """Why the row goes out no more, when another one of this transaction has taken it in."""
    reason = await transaction.value("select reason from schedule where id = $1 and state = 'dropped'", row_id)
    assert reason is None or isinstance(reason, str)
    return reason


async def lock_companions(
    transaction: Transaction, recipient: str, kind: str, *, now: datetime, limit: int
) -> list[EscalationRow]:
    """What else of this kind (the detail before its number) is due to the recipient; rows others hold are not."""
    rows = await transaction.rows(
        """
        select s.id, s.subject_id, s.dedupe_key, s.detail
          from schedule s
         where s.kind = 'escalation' and s.state = 'due' and s.recipient = $1 and s.due_at <= $2
           and split_part(s.detail, ':', 1) = $3
         order by s.due_at, s.id
         limit $4
           for no key update skip locked
        """,
        recipient,
        now,
        kind,
        limit,
    )
    return [EscalationRow(*row) for row in rows]


async def taken_in(transaction: Transaction, row_id: int) -> list[EscalationRow]:
    """The rows whose cases are listed in this row's message."""
    rows = await transaction.rows(
        """
        select id, subject_id, dedupe_key, detail from schedule
         where state = 'dropped' and reason like 'folded:%' and reason = $1
         order by id
        """,
        f"folded:{row_id}",
    )
    return [EscalationRow(*row) for row in rows]


async def take_in(transaction: Transaction, row_id: int, others: Sequence[int], *, now: datetime) -> None:
    """The cases of these rows are listed in this row's message: they send none of their own."""
    if others:
        await transaction.run(
            """
            update schedule set state = 'dropped', reason = $1, settled_at = $3, retry_at = null
             where id = any($2::bigint[]) and state = 'due'
            """,
            f"folded:{row_id}",
            list(others),
            now,
        )


async def hold_cases(transaction: Transaction, case_ids: Collection[int]) -> set[int]:
    """Those of the cases that exist and do not move until the transaction ends; one being moved now is left out."""
    rows = await transaction.rows(
        "select id from cases where id = any($1::bigint[]) for share skip locked", sorted(case_ids)
    )
    return {row["id"] for row in rows}


async def clock_record(transaction: Transaction, case_id: int, round_number: int, recipient: str) -> ClockRecord:
    """What happened to the case that its clock depends on; repeats as this recipient saw them in this round."""
    row = await transaction.row(
        f"""
        select reopened.moved_at, coalesce(reopened.actor = 'customer', false),
               (select max(m.moved_at) from case_moves m where m.case_id = $1 and m.to_state = 'open'),
               coalesce(repeats.latest, 0), repeats.told_at,
               (select coalesce(max(split_part(s.detail, ':', 2)::int), 0) from schedule s
                 where s.subject_id = $1 and s.kind = 'escalation' and s.detail like 'level:%' and {_TOLD})
          from (select) as always
          left join lateral (
               select m.moved_at, m.actor from case_moves m where m.case_id = $1 and m.move = 'reopen'
                order by m.id desc limit 1) as reopened on true
          left join lateral (
               select max(split_part(s.detail, ':', 2)::int) as latest, max(s.settled_at) as told_at from schedule s
                where s.subject_id = $1 and s.kind = 'escalation' and s.recipient = $3
                  and s.detail like 'unclaimed:%'
                  and s.dedupe_key like 'escalation:' || $1::bigint || ':' || $2::int || ':%'
                  and {_TOLD}) as repeats on true
        """,
        case_id,
        round_number,
        recipient,
    )
    assert row is not None
    return ClockRecord(*row)


async def waiting_since(transaction: Transaction, since: datetime, until: datetime) -> list[int]:
    """Open cases whose cards waited, and are posted between these instants (both included), oldest first."""
    rows = await transaction.rows(
        """
        select id from cases
         where state = 'open' and card_at > opened_at and card_at between $1 and $2
         order by opened_at, id
        """,
        since,
        until,
    )
    return [row["id"] for row in rows]
