"""Who belongs to one person, the log of how they came together, and how they are taken apart again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from db import consents
from db.database import Transaction


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """A messenger account of a person."""

    id: int
    channel: str
    external_id: int
    name: str | None
    state: str


@dataclass(frozen=True, slots=True)
class LinkedCustomer:
    """A shop's record of a person."""

    id: int
    external_id: str
    name: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class LoggedMove:
    """A line of the log."""

    id: int
    customer_id: int | None
    account_id: int | None
    from_person_id: int
    to_person_id: int
    cause: str
    moved_at: datetime
    by_account_id: int | None


async def accounts_of(transaction: Transaction, person_id: int) -> list[LinkedAccount]:
    """The person's accounts, oldest first."""
    rows = await transaction.rows(
        "select id, channel, external_id, name, state from accounts where person_id = $1 order by id", person_id
    )
    return [LinkedAccount(*row) for row in rows]


async def customers_of(transaction: Transaction, person_id: int) -> list[LinkedCustomer]:
    """The person's records at the shop, oldest first."""
    rows = await transaction.rows(
        "select id, external_id, name, phone from customers where person_id = $1 order by id", person_id
    )
    return [LinkedCustomer(*row) for row in rows]


async def customers_with_phone_end(transaction: Transaction, digits: str) -> list[tuple[LinkedCustomer, int]]:
    """The customers whose number ends in these ten digits, with their persons."""
    rows = await transaction.rows(
        """
        select id, external_id, name, phone, person_id from customers
         where phone is not null and right(regexp_replace(phone, '[^0-9]', '', 'g'), 10) = $1
         order by id limit 100
        """,
        digits,
    )
    return [(LinkedCustomer(*list(row)[:4]), row["person_id"]) for row in rows]


async def persons_connected_by(transaction: Transaction, person_ids: Collection[int], channel: str) -> set[int]:
    """Those of the persons who themselves wrote to us in this messenger."""
    rows = await transaction.rows(
        """
        select distinct person_id from accounts
         where person_id = any($1::bigint[]) and channel = $2 and last_used_at is not null
        """,
        list(person_ids),
        channel,
    )
    return {row["person_id"] for row in rows}


async def moves_of(transaction: Transaction, accounts: Sequence[int], customers: Sequence[int]) -> list[LoggedMove]:
    """The log of these accounts and customers, oldest first."""
    rows = await transaction.rows(
        """
        select id, customer_id, account_id, from_person_id, to_person_id, cause, moved_at, by_account_id
          from person_moves where account_id = any($1::bigint[])
        union all
        select id, customer_id, account_id, from_person_id, to_person_id, cause, moved_at, by_account_id
          from person_moves where customer_id = any($2::bigint[])
        order by id
        """,
        list(accounts),
        list(customers),
    )
    return [LoggedMove(*row) for row in rows]


async def add_person(transaction: Transaction, *, now: datetime) -> int:
    """A new person nobody points to yet."""
    person_id = await transaction.value("insert into persons (created_at) values ($1) returning id", now)
    assert isinstance(person_id, int)
    return person_id


async def move_apart(
    transaction: Transaction,
    accounts: Sequence[int],
    customers: Sequence[int],
    from_person_id: int,
    to_person_id: int,
    *,
    by_account_id: int | None,
    now: datetime,
) -> None:
    """Point these to another person, logged as a split; both persons must be locked.

    Whoever asked not to be asked while they were together is asked by neither, and who refused offers is sent none: it
    errs on the side of asking less.
    """
    await transaction.run(
        """
        with accounts_moved as (
            update accounts set person_id = $4 where id = any($1::bigint[]) and person_id = $3 returning id
        ), customers_moved as (
            update customers set person_id = $4 where id = any($2::bigint[]) and person_id = $3 returning id
        ), logged as (
            insert into person_moves (customer_id, account_id, from_person_id, to_person_id, cause, moved_at,
                                      by_account_id)
            select null::bigint, id, $3, $4, 'split', $5::timestamptz, $6::bigint from accounts_moved
            union all
            select id, null, $3, $4, 'split', $5, $6 from customers_moved
        ), wishes as (
            insert into touchpoint_opt_outs (person_id, touchpoint, opted_out_at)
            select $4, touchpoint, opted_out_at from touchpoint_opt_outs where person_id = $3
            on conflict (person_id, touchpoint) do nothing
        )
        update persons t
           set opted_out_at = coalesce(t.opted_out_at, f.opted_out_at), language = coalesce(t.language, f.language)
          from persons f
         where t.id = $4 and f.id = $3
        """,
        list(accounts),
        list(customers),
        from_person_id,
        to_person_id,
        now,
        by_account_id,
    )
    await consents.keep_refusal(transaction, from_person_id, to_person_id)


async def keep_apart(
    transaction: Transaction, accounts: Sequence[int], customers: Sequence[int], *, now: datetime
) -> None:
    """No event of the shop joins any of these accounts with any of these customers again."""
    await transaction.run(
        """
        insert into separations (account_id, customer_id, separated_at)
        select account_id, customer_id, $3
          from unnest($1::bigint[]) as account_id cross join unnest($2::bigint[]) as customer_id
        on conflict (account_id, customer_id) do nothing
        """,
        list(accounts),
        list(customers),
        now,
    )


async def put_back_strays(transaction: Transaction, person_ids: Sequence[int], *, now: datetime) -> set[int]:
    """Questions planned for an account that is not the customer's any more wait again; the customers' persons.

    A question about an order whose link the account opened stays with it.
    """
    rows = await transaction.rows(
        """
        with stray as (
            select i.id, c.person_id
              from accounts a
              join invitations i on i.account_id = a.id and i.state = 'planned' and i.purpose = 'first'
              join customers c on c.id = i.customer_id and c.person_id <> a.person_id
             where a.person_id = any($1::bigint[]) and i.ask_by is not null
               and not exists (select from order_bindings b join accounts o on o.id = b.account_id
                                where b.customer_id = i.customer_id and b.order_id = i.order_id
                                  and o.person_id = a.person_id)
               for no key update of i
        ), put_back as (
            update invitations i set state = 'waiting', account_id = null, ask_at = null, changed_at = $2
              from stray where i.id = stray.id returning i.id, i.ask_by
        ), noted as (
            insert into invitation_steps (invitation_id, at, step, reason, until)
            select id, $2, 'waiting', 'split', ask_by from put_back
        ), dropped as (
            update schedule s set state = 'dropped', reason = 'split', settled_at = $2, retry_at = null
              from put_back where s.kind = 'invitation' and s.subject_id = put_back.id and s.state = 'due'
        )
        select distinct person_id from stray
        """,
        list(person_ids),
        now,
    )
    return {row["person_id"] for row in rows}


async def person_of_customer(transaction: Transaction, external_id: str) -> tuple[int, int] | None:
    """The customer's own id and person."""
    row = await transaction.row("select id, person_id from customers where external_id = $1", external_id)
    return None if row is None else (row["id"], row["person_id"])


async def customers_of_order(transaction: Transaction, order_id: str) -> list[str]:
    """The shop's ids of those whose order it is."""
    rows = await transaction.rows(
        """
        select distinct c.external_id from touchpoint_events e join customers c on c.id = e.customer_id
         where e.order_id = $1 order by 1 limit 20
        """,
        order_id,
    )
    return [row["external_id"] for row in rows]


async def person_of(transaction: Transaction, kind: str, subject_id: int) -> int | None:
    """The person an account or a customer belongs to."""
    table = {"account": "accounts", "customer": "customers"}[kind]
    person_id = await transaction.value(f"select person_id from {table} where id = $1", subject_id)
    assert person_id is None or isinstance(person_id, int)
    return person_id
