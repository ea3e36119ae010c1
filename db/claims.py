"""Claiming what is due, and writing down what was decided again. Claiming never waits for anybody's lock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """A due row of the schedule, locked; `tried_for` is machine time since the first try that may have arrived."""

    id: int
    kind: str
    subject_id: int
    recipient: str
    channel: str
    dedupe_key: str
    due_at: datetime
    attempts: int
    reason: str | None
    detail: str | None
    message_id: int | None
    created_at: datetime
    tried_for: timedelta | None

    @property
    def delivery_key(self) -> str:
        """The same for every attempt at what is to be sent now, another once it was sent and is asked for again."""
        return f"{self.id}:{self.created_at.timestamp():.6f}:{self.message_id or 0}"


_CLAIMED = """
        s.id, s.kind, s.subject_id, s.recipient, s.channel, s.dedupe_key, s.due_at, s.attempts, s.reason, s.detail,
        s.message_id, s.created_at, clock_timestamp() - s.first_tried_at as tried_for
"""


@dataclass(frozen=True, slots=True)
class InvitationFacts:
    """What deciding about an invitation again, and asking it, needs; locked together with its person."""

    id: int
    event_id: str
    touchpoint: str
    occurred_at: datetime
    order_id: str | None
    attributes: Mapping[str, object]
    purpose: str
    state: str
    ask_at: datetime | None
    ask_by: datetime | None
    expires_at: datetime | None
    message_id: int | None
    survey: str | None
    catalogue_version_id: int
    question: str | None
    asked_language: str | None
    customer_name: str | None
    customer_language: str | None
    timezone: str | None
    customer_person_id: int | None
    account_id: int
    account_channel: str
    account_external_id: int
    account_state: str
    person_id: int
    account_name: str | None
    account_language: str | None
    person_language: str | None
    opted_out_at: datetime | None
    trial: str | None
    variant: str | None


_ASKING = "('invitation', 'reminder')"


async def lock_due(
    transaction: Transaction, channel: str, *, asking: bool, now: datetime, limit: int
) -> list[ClaimedRow]:
    """Due rows of the channel, the longest due first, locked; rows somebody else holds are passed over.

    `asking` rows (invitations and their reminders) rest while invitations are paused; all rest while the channel does.
    What is not asking comes in the order it was scheduled in, so that a conversation keeps its order.
    """
    if asking:
        kinds = f"s.kind in {_ASKING} and not exists (select from switches where name = 'invitations_paused')"
        order = "s.due_at"
    else:
        kinds = f"s.kind not in {_ASKING}"
        order = "s.due_at, s.id"
    rows = await transaction.rows(
        f"""
        select {_CLAIMED}
        from schedule s
        where s.channel = $1 and s.state = 'due' and s.due_at <= $2 and {kinds}
          and (s.retry_at is null or s.retry_at <= clock_timestamp())
          and not exists (select from channels c where c.channel = $1 and c.paused_until > clock_timestamp())
        order by {order}
        limit $3
        for no key update of s skip locked
        """,
        channel,
        now,
        limit,
    )
    return [ClaimedRow(*row) for row in rows]


async def lock_invitations(transaction: Transaction, invitation_ids: Collection[int]) -> list[InvitationFacts]:
    """The invitations with their accounts and persons, locked; those somebody else holds are passed over."""
    if not invitation_ids:
        return []
    rows = await transaction.rows(
        """
        select i.id, e.external_id as event_external_id, i.touchpoint, e.occurred_at, i.order_id, e.attributes,
               i.purpose, i.state, i.ask_at, i.ask_by, i.expires_at, i.message_id, i.survey, i.catalogue_version_id,
               i.question, i.language as asked_language,
               c.name as customer_name, c.language as customer_language, c.timezone, c.person_id as customer_person_id,
               a.id as account_id, a.channel, a.external_id, a.state as account_state, a.person_id,
               a.name as account_name, a.language as account_language, p.language as person_language, p.opted_out_at,
               i.trial, i.variant
        from invitations i
        join touchpoint_events e on e.id = i.event_id
        join accounts a on a.id = i.account_id
        join persons p on p.id = a.person_id
        left join customers c on c.id = i.customer_id
        where i.id = any($1::bigint[])
        for no key update of i, a, p skip locked
        """,
        list(invitation_ids),
    )
    return [InvitationFacts(*row) for row in rows]


async def lock_day(transaction: Transaction, day: date) -> int:
    """How many invitations were claimed on the day, locked so that nobody else counts meanwhile."""
    asked = await transaction.value(
        """
        insert into daily_asks (day, asked) values ($1, 0)
        on conflict (day) do update set asked = daily_asks.asked
        returning asked
        """,
        day,
    )
    assert isinstance(asked, int)
    return asked


async def count_asked(transaction: Transaction, day: date, count: int) -> None:
    """Count so many more (or, below zero, fewer) invitations on the day."""
    if count:
        await transaction.run("update daily_asks set asked = greatest(0, asked + $2) where day = $1", day, count)


async def mark_sending(transaction: Transaction, row_ids: Sequence[int]) -> None:
    """The rows are being sent from now on, by machine time."""
    if row_ids:
        await transaction.run(
            """
            update schedule
            set state = 'sending', claimed_at = clock_timestamp(), attempts = attempts + 1, retry_at = null,
                requested_again = false, first_tried_at = coalesce(first_tried_at, clock_timestamp())
            where id = any($1::bigint[])
            """,
            list(row_ids),
        )


async def mark_invitations_sending(
    transaction: Transaction, surveys: Mapping[int, str], *, catalogue_version_id: int, now: datetime
) -> None:
    """The invitations are being sent, each with the survey the catalogue of this version has for it."""
    if surveys:
        await transaction.run(
            """
            update invitations i
            set state = 'sending', sent_at = $3, survey = asking.survey, catalogue_version_id = $4, changed_at = $3
            from unnest($1::bigint[], $2::text[]) as asking (id, survey)
            where i.id = asking.id
            """,
            list(surveys),
            list(surveys.values()),
            now,
            catalogue_version_id,
        )


async def never_to_be_asked(transaction: Transaction, invitation_ids: Collection[int]) -> set[int]:
    """Those of the invitations that belong to nobody (any more)."""
    rows = await transaction.rows(
        """
        select wanted.id from unnest($1::bigint[]) as wanted (id)
        where not exists (select from invitations i where i.id = wanted.id and i.account_id is not null)
        """,
        list(invitation_ids),
    )
    return {row["id"] for row in rows}


async def drop_rows(transaction: Transaction, reasons: Mapping[int, str], *, now: datetime) -> None:
    """The rows are not sent, each for its reason."""
    if reasons:
        await transaction.run(
            """
            update schedule s
            set state = 'dropped', reason = dropped.reason, settled_at = $3, claimed_at = null, retry_at = null
            from unnest($1::bigint[], $2::text[]) as dropped (id, reason)
            where s.id = dropped.id
            """,
            list(reasons),
            list(reasons.values()),
            now,
        )


async def move_rows(transaction: Transaction, instants: Mapping[int, datetime]) -> None:
    """The rows are due later, by business time."""
    if instants:
        await transaction.run(
            """
            update schedule s set due_at = moved.due_at
            from unnest($1::bigint[], $2::timestamptz[]) as moved (id, due_at)
            where s.id = moved.id
            """,
            list(instants),
            list(instants.values()),
        )


async def postpone_rows(transaction: Transaction, delays: Mapping[int, tuple[float, str | None]]) -> None:
    """The rows are due again after so many machine seconds; a reason replaces the one noted before.

    Only a row that may have arrived keeps the instant of its first try.
    """
    if delays:
        await transaction.run(
            """
            update schedule s
            set state = 'due', claimed_at = null, settled_at = null,
                retry_at = clock_timestamp() + make_interval(secs => later.seconds),
                reason = coalesce(later.reason, s.reason),
                first_tried_at = case when coalesce(later.reason, s.reason) in ('unknown', 'unconfirmed')
                                      then s.first_tried_at end
            from unnest($1::bigint[], $2::float8[], $3::text[]) as later (id, seconds, reason)
            where s.id = later.id
            """,
            list(delays),
            [seconds for seconds, _ in delays.values()],
            [reason for _, reason in delays.values()],
        )


async def redirect_rows(transaction: Transaction, accounts: Mapping[int, tuple[int, str]]) -> None:
    """The rows go to other accounts (id, channel) of the same persons."""
    if accounts:
        await transaction.run(
            """
            update schedule s set recipient = 'account:' || other.account_id, channel = other.channel
            from unnest($1::bigint[], $2::bigint[], $3::text[]) as other (id, account_id, channel)
            where s.id = other.id
            """,
            list(accounts),
            [account_id for account_id, _ in accounts.values()],
            [channel for _, channel in accounts.values()],
        )


async def ask_elsewhere(transaction: Transaction, accounts: Mapping[int, int]) -> None:
    """The invitations are asked of another account of their persons as well; either may answer."""
    if accounts:
        await transaction.run(
            """
            update invitations i set other_account_id = other.account_id
            from unnest($1::bigint[], $2::bigint[]) as other (id, account_id)
            where i.id = other.id
            """,
            list(accounts),
            list(accounts.values()),
        )


@dataclass(frozen=True, slots=True)
class MovedInvitation:
    """A planned invitation that is asked later, of this account."""

    id: int
    ask_at: datetime
    account_id: int


async def move_invitations(transaction: Transaction, moved: Sequence[MovedInvitation], *, now: datetime) -> None:
    """Planned invitations are asked later, or of another account."""
    if moved:
        await transaction.run(
            """
            update invitations i set ask_at = later.ask_at, account_id = later.account_id, changed_at = $4
            from unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) as later (id, ask_at, account_id)
            where i.id = later.id
            """,
            [one.id for one in moved],
            [one.ask_at for one in moved],
            [one.account_id for one in moved],
            now,
        )


@dataclass(frozen=True, slots=True)
class SkippedInvitation:
    """A planned invitation that is not asked after all."""

    id: int
    reason: str
    eligible_at: datetime | None
    winner_id: int | None


async def skip_invitations(transaction: Transaction, skipped: Sequence[SkippedInvitation], *, now: datetime) -> None:
    """Invitations that were planned or waiting are not asked after all."""
    if skipped:
        await transaction.run(
            """
            update invitations i
            set state = 'skipped', reason = given.reason, eligible_at = given.eligible_at,
                winner_id = given.winner_id, changed_at = $5
            from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::bigint[])
                as given (id, reason, eligible_at, winner_id)
            where i.id = given.id
            """,
            [one.id for one in skipped],
            [one.reason for one in skipped],
            [one.eligible_at for one in skipped],
            [one.winner_id for one in skipped],
            now,
        )


async def put_back_to_waiting(transaction: Transaction, invitation_ids: Sequence[int], *, now: datetime) -> None:
    """Nobody can be reached: the invitations wait for somebody to connect."""
    if invitation_ids:
        await transaction.run(
            """
            update invitations
            set state = 'waiting', account_id = null, sent_at = null, changed_at = $2
            where id = any($1::bigint[])
            """,
            list(invitation_ids),
            now,
        )


async def rows_left_behind(transaction: Transaction, lease: timedelta, limit: int) -> list[ClaimedRow]:
    """Rows that have been `sending` for longer than the lease, by machine time; not locked, settling locks them."""
    rows = await transaction.rows(
        f"""
        select {_CLAIMED}
        from schedule s
        where s.state = 'sending' and s.claimed_at < clock_timestamp() - $1::interval
        order by s.claimed_at
        limit $2
        """,
        lease,
        limit,
    )
    return [ClaimedRow(*row) for row in rows]
