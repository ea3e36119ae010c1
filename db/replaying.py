"""A period as it was recorded, for playing it again: its events, whose they were, and what had been asked before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event with what became of its first question; `flags` are its attributes that say `true`.

    `asked_person_id` is the person the question was for, None while nobody was asked.
    """

    id: int
    event_id: str
    touchpoint: str
    occurred_at: datetime
    received_at: datetime
    order_id: str | None
    customer: str
    person_id: int
    timezone: str | None
    bound_person_id: int | None
    bound_at: datetime | None
    flags: Sequence[str]
    state: str
    reason: str | None
    sent_at: datetime | None
    ask_at: datetime | None
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecordedContact:
    """An invitation that is not among the events played again; `at` is when it was sent, or is to be."""

    person_id: int
    invitation_id: int
    event_id: str
    touchpoint: str
    relational: bool
    order_id: str | None
    occurred_at: datetime
    priority: int
    at: datetime
    known_at: datetime
    state: str
    purpose: str


@dataclass(frozen=True, slots=True)
class RecordedAccount:
    """A messenger identity: since when it is known, and what it is now since when."""

    person_id: int
    channel: str
    state: str
    state_since: datetime
    created_at: datetime


async def take_snapshot(transaction: Transaction) -> None:
    """Have all that is read show the same moment, and write nothing."""
    await transaction.run("set transaction isolation level repeatable read read only")


async def count_events(transaction: Transaction, *, start: datetime, end: datetime) -> tuple[int, int]:
    """How many events happened in [start, end), and of how many nobody knows any more whose they were."""
    row = await transaction.row(
        """
        select count(*), count(*) filter (where customer_id is null) from touchpoint_events
         where occurred_at >= $1 and occurred_at < $2
        """,
        start,
        end,
    )
    assert row is not None
    return row[0], row[1]


async def events(
    transaction: Transaction, *, start: datetime, end: datetime, after: tuple[datetime, int] | None, limit: int
) -> list[RecordedEvent]:
    """Events of [start, end) about which something was decided, by instant, behind the one named by instant and id.

    What was forgotten, and what only came with an imported answer, is left out.
    """
    after_at, after_id = after if after is not None else (None, None)
    rows = await transaction.rows(
        """
        with page as (
            select e.id, e.external_id, e.touchpoint, e.occurred_at, e.received_at, e.order_id, e.customer_id,
                   e.attributes
              from touchpoint_events e
             where e.occurred_at >= $1 and e.occurred_at < $2 and e.customer_id is not null
               and ($3::timestamptz is null or (e.occurred_at, e.id) > ($3, $4::bigint))
             order by e.occurred_at, e.id limit $5
        )
        select e.id, e.external_id, e.touchpoint, e.occurred_at, e.received_at, e.order_id, c.external_id, c.person_id,
               c.timezone, bound.person_id, b.bound_at,
               case when e.attributes = '{}' then '{}'::text[]
                    else array(select key from jsonb_each(e.attributes) where value = 'true') end,
               coalesce(i.state, ''), i.reason, case when i.state <> 'sending' then i.sent_at end, i.ask_at,
               case when i.state = 'cancelled' then i.changed_at end
          from page e
          join customers c on c.id = e.customer_id
          left join invitations i on i.event_id = e.id and i.purpose = 'first'
          left join order_bindings b on b.customer_id = e.customer_id and b.order_id = e.order_id
          left join accounts bound on bound.id = b.account_id
         order by e.occurred_at, e.id
        """,
        start,
        end,
        after_at,
        after_id,
        limit,
    )
    return [RecordedEvent(*row) for row in rows]


async def other_contacts(
    transaction: Transaction, *, start: datetime, end: datetime, since: datetime, until: datetime
) -> list[RecordedContact]:
    """Invitations that count beside those of [start, end): of earlier events, and those asked again after a complaint.

    Those sent, or to be, after `since`, and any about an order that has an event in the period.
    """
    rows = await transaction.rows(
        """
        with counting as (
            select i.id from invitations i
             where i.state in ('planned', 'sending', 'sent', 'unknown', 'answered', 'expired')
               and coalesce(i.sent_at, i.ask_at, i.answered_at, i.changed_at) > $3
            union
            select i.id
              from touchpoint_events e
              join touchpoint_events other on other.order_id = e.order_id
              join invitations i on i.event_id = other.id
             where e.occurred_at >= $1 and e.occurred_at < $2
               and i.state in ('planned', 'sending', 'sent', 'unknown', 'answered', 'expired')
        )
        select a.person_id, i.id, e.external_id, i.touchpoint, i.relational, i.order_id, e.occurred_at, i.priority,
               coalesce(i.sent_at, i.ask_at, i.answered_at, i.changed_at),
               coalesce((select min(s.at) from invitation_steps s
                          where s.invitation_id = i.id and s.step in ('planned', 'sent')), e.received_at),
               i.state, i.purpose
          from counting
          join invitations i on i.id = counting.id
          join touchpoint_events e on e.id = i.event_id
          join accounts a on a.id = i.account_id
         where (i.purpose = 'recovery' or e.occurred_at < $1) and e.received_at < $4
         order by i.id
        """,
        start,
        end,
        since,
        until,
    )
    return [RecordedContact(*row) for row in rows]


async def accounts(transaction: Transaction) -> list[RecordedAccount]:
    """All messenger identities."""
    rows = await transaction.rows("select person_id, channel, state, state_since, created_at from accounts order by id")
    return [RecordedAccount(*row) for row in rows]


async def opted_out(transaction: Transaction) -> dict[tuple[int, str | None], datetime]:
    """Who asked not to be asked, of which touchpoint (None: of any), and since when."""
    rows = await transaction.rows(
        """
        select id as person_id, null as touchpoint, opted_out_at from persons where opted_out_at is not null
        union all
        select person_id, touchpoint, opted_out_at from touchpoint_opt_outs
        """
    )
    return {(row["person_id"], row["touchpoint"]): row["opted_out_at"] for row in rows}
