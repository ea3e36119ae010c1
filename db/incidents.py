"""Incidents reported by the shop, and the apologies for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


async def unsettled_of_order(transaction: Transaction, customer_id: int, order_id: str) -> int | None:
    """The case about this order that an event of the shop opened and staff still work on."""
    case_id = await transaction.value(
        """
        select c.id
          from touchpoint_events e
          join cases c on c.event_id = e.id
         where e.order_id = $2 and e.customer_id = $1 and c.cause = 'incident'
           and c.state in ('open', 'claimed', 'waiting')
         order by c.id
         limit 1
        """,
        customer_id,
        order_id,
    )
    assert case_id is None or isinstance(case_id, int)
    return case_id


@dataclass(frozen=True, slots=True)
class OwedApology:
    """An incident that is being worked on and that nobody was told of; `account_id` opened the order's link."""

    case_id: int
    event_id: int
    customer_id: int
    order_id: str | None
    touchpoint: str
    occurred_at: datetime
    attributes: Mapping[str, object]
    account_id: int | None


async def owed_apologies(transaction: Transaction, person_id: int) -> list[OwedApology]:
    """The incidents this person would be told of, had they been reachable: their own, and of links they opened."""
    rows = await transaction.rows(
        """
        with theirs as (
            select c.id
              from customers u
              join cases c on c.customer_id = u.id
             where u.person_id = $1
            union
            select c.id
              from accounts a
              join order_bindings b on b.account_id = a.id
              join cases c on c.customer_id = b.customer_id
             where a.person_id = $1
        )
        select c.id, e.id, e.customer_id, e.order_id, e.touchpoint, e.occurred_at, e.attributes, b.account_id
          from theirs
          join cases c on c.id = theirs.id
          join touchpoint_events e on e.id = c.event_id
          join customers u on u.id = e.customer_id
          left join order_bindings b on b.customer_id = e.customer_id and b.order_id = e.order_id
          left join accounts a on a.id = b.account_id
         where c.cause = 'incident' and c.state in ('open', 'claimed', 'waiting')
           and coalesce(a.person_id, u.person_id) = $1
           and not exists (select from staff_messages m where m.case_id = c.id and m.origin = 'apology')
         order by c.id
        """,
        person_id,
    )
    return [OwedApology(*row) for row in rows]


async def write_apology(transaction: Transaction, case_id: int, account_id: int, *, now: datetime) -> int:
    """An apology that is to be sent to the account; its text is kept once it is shown. Its id."""
    message_id = await transaction.value(
        """
        insert into staff_messages (case_id, account_id, origin, kind, written_at)
        values ($1, $2, 'apology', 'text', $3)
        returning id
        """,
        case_id,
        account_id,
        now,
    )
    assert isinstance(message_id, int)
    return message_id


async def withdraw_apology(transaction: Transaction, message_id: int) -> None:
    """The apology is not to be sent after all."""
    await transaction.run("delete from staff_messages where id = $1", message_id)


@dataclass(frozen=True, slots=True)
class ApologyFacts:
    """What deciding about an apology, and wording it, needs."""

    case_id: int
    state: str
    touchpoint: str | None
    order_id: str | None
    attributes: Mapping[str, object]
    account_external_id: int
    account_channel: str
    account_state: str
    account_name: str | None
    account_language: str | None
    person_id: int
    person_language: str | None
    opted_out_at: datetime | None
    customer_person_id: int | None
    customer_name: str | None
    customer_language: str | None
    timezone: str | None

    @property
    def shown_name(self) -> str | None:
        """How the one who is written to is addressed: never by the name of somebody else, who ordered the parcel."""
        return self.customer_name if self.person_id == self.customer_person_id else self.account_name


async def apology(transaction: Transaction, message_id: int) -> ApologyFacts | None:
    """The apology with its case and whom it is for; None when there is nobody (any more)."""
    row = await transaction.row(
        """
        select c.id, c.state, c.touchpoint, e.order_id, coalesce(e.attributes, '{}'::jsonb),
               a.external_id, a.channel, a.state, a.name, a.language, a.person_id, p.language, p.opted_out_at,
               u.person_id, u.name, u.language, u.timezone
          from staff_messages s
          join cases c on c.id = s.case_id
          join accounts a on a.id = s.account_id
          join persons p on p.id = a.person_id
          left join touchpoint_events e on e.id = c.event_id
          left join customers u on u.id = c.customer_id
         where s.id = $1
        """,
        message_id,
    )
    return None if row is None else ApologyFacts(*row)


async def apology_sent(transaction: Transaction, message_id: int, delivered_message_id: int, text: str | None) -> None:
    """The apology arrived, with this text; None when the process that worded it is gone."""
    await transaction.run(
        "update staff_messages set delivered_message_id = $2, text = coalesce($3, text) where id = $1",
        message_id,
        delivered_message_id,
        text,
    )


async def apology_lost(transaction: Transaction, message_id: int, reason: str) -> None:
    """The apology will never arrive."""
    await transaction.run("update staff_messages set undelivered = $2 where id = $1", message_id, reason)


@dataclass(frozen=True, slots=True)
class ApologyStanding:
    """What became of a case's apology: sent, waiting (until `due_at`), or not to arrive for a reason."""

    state: str
    due_at: datetime
    settled_at: datetime | None
    undelivered: str | None


async def standing(transaction: Transaction, case_id: int) -> ApologyStanding | None:
    """What became of the apology of the case, if there is one."""
    row = await transaction.row(
        """
        select s.state, s.due_at, s.settled_at, m.undelivered
          from staff_messages m
          join schedule s on s.kind = 'apology' and s.subject_id = m.id
         where m.case_id = $1 and m.origin = 'apology'
         order by m.id desc
         limit 1
        """,
        case_id,
    )
    return None if row is None else ApologyStanding(*row)
