"""Writing down, in groups, what came of sending."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class SendingRow:
    """A claimed row as it is now: `attempts` tells whether it was claimed again meanwhile.

    `tried_for` is machine time since the first try that may have arrived.
    """

    id: int
    state: str
    attempts: int
    reason: str | None
    tried_for: timedelta | None


async def lock_rows(transaction: Transaction, row_ids: Collection[int]) -> dict[int, SendingRow]:
    """The rows of the schedule, locked in one order."""
    rows = await transaction.rows(
        """
        select id, state, attempts, reason, clock_timestamp() - first_tried_at as tried_for
        from schedule where id = any($1::bigint[]) order by id for no key update
        """,
        sorted(row_ids),
    )
    return {row["id"]: SendingRow(*row) for row in rows}


async def cases_of(transaction: Transaction, replies: Collection[int], requests: Collection[int]) -> list[int]:
    """The cases about which staff wrote these messages, or offered these calls."""
    if not replies and not requests:
        return []
    rows = await transaction.rows(
        """
        select case_id from staff_messages where id = any($1::bigint[])
        union
        select case_id from call_requests where id = any($2::bigint[])
        """,
        list(replies),
        list(requests),
    )
    return [row["case_id"] for row in rows]


@dataclass(frozen=True, slots=True)
class SentInvitation:
    """What sending an invitation needs to know of it; locked."""

    id: int
    state: str
    touchpoint: str
    timezone: str | None
    channel: str
    account_id: int | None
    purpose: str
    has_other_account: bool
    trial: str | None
    variant: str | None


async def lock_invitations(
    transaction: Transaction, invitation_ids: Collection[int], channels: Collection[str]
) -> dict[int, SentInvitation]:
    """The invitations, locked in one order; whether their persons have another account to write to in the channels."""
    if not invitation_ids:
        return {}
    rows = await transaction.rows(
        """
        select i.id, i.state, i.touchpoint, c.timezone, coalesce(a.channel, 'telegram'), i.account_id, i.purpose,
               exists (select from accounts o
                       where o.person_id = a.person_id and o.id <> a.id and o.channel = any($2::text[])
                         and o.state in ('connected', 'presumed')),
               i.trial, i.variant
        from invitations i
        left join customers c on c.id = i.customer_id
        left join accounts a on a.id = i.account_id
        where i.id = any($1::bigint[])
        order by i.id
        for no key update of i
        """,
        sorted(invitation_ids),
        list(channels),
    )
    return {row["id"]: SentInvitation(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class AcceptedInvitation:
    """A question the messenger took."""

    id: int
    message_id: int
    expires_at: datetime
    question: str | None
    language: str | None


async def invitations_sent(transaction: Transaction, accepted: Sequence[AcceptedInvitation], *, now: datetime) -> None:
    """The questions arrived. One that was answered faster than this is written stays answered.

    What was shown to somebody who was forgotten meanwhile is not kept: it may name them.
    """
    if accepted:
        await transaction.run(
            """
            with given as (
                select * from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[])
                    as given (id, message_id, expires_at, question, language)
            ), noted as (
                insert into invitation_steps (invitation_id, at, step, until)
                select id, $6, 'sent', expires_at from given
            )
            update invitations i
            set state = case when i.state in ('sending', 'unknown') then 'sent' else i.state end,
                sent_at = case when i.state in ('sending', 'unknown') then $6 else coalesce(i.sent_at, $6) end,
                expires_at = given.expires_at, message_id = given.message_id,
                question = case when i.customer_id is null then i.question
                                else coalesce(given.question, i.question) end,
                language = coalesce(given.language, i.language),
                changed_at = $6
            from given
            where i.id = given.id
            """,
            [one.id for one in accepted],
            [one.message_id for one in accepted],
            [one.expires_at for one in accepted],
            [one.question for one in accepted],
            [one.language for one in accepted],
            now,
        )


async def invitations_unknown(transaction: Transaction, expiries: Mapping[int, datetime], *, now: datetime) -> None:
    """Nobody can tell whether these questions arrived; each is open until its instant, should it be tapped.

    A trial does without them: only those that are answered would ever become known.
    """
    if expiries:
        await transaction.run(
            """
            with given as (
                select * from unnest($1::bigint[], $2::timestamptz[]) as given (id, expires_at)
            ), changed as (
                update invitations i
                set state = 'unknown', sent_at = coalesce(i.sent_at, $3), expires_at = given.expires_at,
                    counts_in_trial = false, changed_at = $3
                from given
                where i.id = given.id and i.state = 'sending'
                returning i.id
            )
            insert into invitation_steps (invitation_id, at, step) select id, $3, 'unknown' from changed
            """,
            list(expiries),
            list(expiries.values()),
            now,
        )


async def invitations_planned_again(transaction: Transaction, invitation_ids: Sequence[int], *, now: datetime) -> int:
    """These were certainly not sent and are planned as before; the number of them."""
    if not invitation_ids:
        return 0
    return await transaction.run(
        """
        update invitations set state = 'planned', sent_at = null, changed_at = $2, counts_in_trial = false
        where id = any($1::bigint[]) and state = 'sending'
        """,
        list(invitation_ids),
        now,
    )


async def invitations_rejected(transaction: Transaction, reasons: Mapping[int, str], *, now: datetime) -> None:
    """The messenger will not take these."""
    if reasons:
        await transaction.run(
            """
            with changed as (
                update invitations i
                set state = 'rejected', reason = given.reason, sent_at = null, changed_at = $3
                from unnest($1::bigint[], $2::text[]) as given (id, reason)
                where i.id = given.id and i.state = 'sending'
                returning i.id, i.reason
            )
            insert into invitation_steps (invitation_id, at, step, reason)
            select id, $3, 'rejected', reason from changed
            """,
            list(reasons),
            list(reasons.values()),
            now,
        )


async def invitations_waiting(transaction: Transaction, reasons: Mapping[int, str], *, now: datetime) -> None:
    """Nobody is there to be asked: these wait for somebody to connect, each for its reason."""
    if reasons:
        await transaction.run(
            """
            with changed as (
                update invitations i
                set state = 'waiting', account_id = null, sent_at = null, changed_at = $3, counts_in_trial = false
                from unnest($1::bigint[], $2::text[]) as given (id, reason)
                where i.id = given.id and i.state = 'sending'
                returning i.id, given.reason, i.ask_by
            )
            insert into invitation_steps (invitation_id, at, step, reason, until)
            select id, $3, 'waiting', reason, ask_by from changed
            """,
            list(reasons),
            list(reasons.values()),
            now,
        )


async def reminded(transaction: Transaction, invitation_ids: Sequence[int], *, now: datetime) -> None:
    """These were reminded of."""
    if invitation_ids:
        await transaction.run(
            """
            insert into invitation_steps (invitation_id, at, step)
            select id, $2, 'reminded' from unnest($1::bigint[]) as id
            """,
            list(invitation_ids),
            now,
        )


async def account_states(transaction: Transaction, states: Mapping[int, str], *, now: datetime) -> None:
    """Accounts the messenger refused to write to."""
    if states:
        ordered = sorted(states)
        await transaction.run(
            """
            update accounts a set state = given.state, state_since = $3
            from (select * from unnest($1::bigint[], $2::text[]) as given (id, state) order by id) as given
            where a.id = given.id and a.state <> given.state
            """,
            ordered,
            [states[one] for one in ordered],
            now,
        )


async def persons_of_accounts(transaction: Transaction, account_ids: Collection[int]) -> list[int]:
    """The persons behind these accounts."""
    rows = await transaction.rows(
        "select distinct person_id from accounts where id = any($1::bigint[]) order by person_id", list(account_ids)
    )
    return [row["person_id"] for row in rows]


async def rows_sent(transaction: Transaction, message_ids: Mapping[int, int], *, now: datetime) -> None:
    """The rows arrived; one that was asked for once more meanwhile is due again."""
    if message_ids:
        await transaction.run(
            """
            update schedule s
            set state = case when s.requested_again then 'due' else 'sent' end,
                due_at = case when s.requested_again then least(s.due_at, $3) else s.due_at end,
                requested_again = false, message_id = given.message_id, settled_at = $3, reason = null,
                claimed_at = null, retry_at = null, first_tried_at = null
            from unnest($1::bigint[], $2::bigint[]) as given (id, message_id)
            where s.id = given.id
            """,
            list(message_ids),
            list(message_ids.values()),
            now,
        )


async def rows_ended(transaction: Transaction, ends: Mapping[int, tuple[str, str | None]], *, now: datetime) -> None:
    """The rows end in a state (unknown, rejected, dropped) for a reason."""
    if ends:
        await transaction.run(
            """
            update schedule s
            set state = given.state, reason = given.reason, settled_at = $4, claimed_at = null, retry_at = null
            from unnest($1::bigint[], $2::text[], $3::text[]) as given (id, state, reason)
            where s.id = given.id
            """,
            list(ends),
            [state for state, _ in ends.values()],
            [reason for _, reason in ends.values()],
            now,
        )


async def count_unknowns(transaction: Transaction, channel: str) -> int:
    """How many outcomes of the channel in a row were unknown so far; locked."""
    count = await transaction.value(
        """
        insert into channels (channel) values ($1)
        on conflict (channel) do update set unknown_in_a_row = channels.unknown_in_a_row
        returning unknown_in_a_row
        """,
        channel,
    )
    assert isinstance(count, int)
    return count


async def reset_unknowns(transaction: Transaction, channel: str) -> None:
    """The channel answered."""
    await transaction.run(
        "update channels set unknown_in_a_row = 0 where channel = $1 and unknown_in_a_row > 0", channel
    )


async def store_unknowns(transaction: Transaction, channel: str, count: int, pause: timedelta | None) -> None:
    """Note the unknown outcomes in a row, and pause the channel for so much machine time."""
    await transaction.run(
        """
        update channels
        set unknown_in_a_row = $2,
            paused_until = case when $3::interval is null then paused_until
                                else greatest(paused_until, clock_timestamp() + $3::interval) end
        where channel = $1
        """,
        channel,
        count,
        pause,
    )


async def follow_chat(transaction: Transaction, from_chat_id: int, to_chat_id: int) -> None:
    """A group became another chat: what is addressed to it goes there, and its weekly reports count as posted."""
    await transaction.run(
        "update team_chats set chat_id = $2, thread_id = null where chat_id = $1", from_chat_id, to_chat_id
    )
    await transaction.run(
        """
        update schedule
        set recipient = 'chat:' || $2::bigint,
            dedupe_key = case when kind = 'weekly_report'
                then replace(dedupe_key, 'weekly_report:' || $1::bigint || ':', 'weekly_report:' || $2::bigint || ':')
                else dedupe_key end
        where recipient = 'chat:' || $1::bigint
        """,
        from_chat_id,
        to_chat_id,
    )
