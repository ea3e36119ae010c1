"""Who is who and what each was asked, read in bulk and under lock, for deciding whom to ask."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from db import consents
from db.database import Transaction


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """The shop's record of somebody."""

    id: int
    external_id: str
    person_id: int
    name: str | None
    phone: str | None
    language: str | None
    timezone: str | None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A messenger identity."""

    id: int
    channel: str
    external_id: int
    person_id: int
    state: str
    last_used_at: datetime | None
    name: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class BindingRow:
    """Who opened an order's link."""

    customer_id: int
    order_id: str
    account_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class PersonRow:
    """The one asked."""

    id: int
    language: str | None
    opted_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class ContactRow:
    """An invitation that counts for its person."""

    person_id: int
    invitation_id: int
    event_id: str
    touchpoint: str
    relational: bool
    order_id: str | None
    occurred_at: datetime
    priority: int
    at: datetime
    state: str
    purpose: str


_ACCOUNT_COLUMNS = "a.id, a.channel, a.external_id, a.person_id, a.state, a.last_used_at, a.name, a.language"


async def customers(transaction: Transaction, external_ids: Collection[str]) -> list[CustomerRow]:
    """The customers that are known under these ids."""
    rows = await transaction.rows(
        """
        select id, external_id, person_id, name, phone, language, timezone
        from customers where external_id = any($1::text[])
        """,
        list(external_ids),
    )
    return [CustomerRow(*row) for row in rows]


async def accounts(transaction: Transaction, identities: Collection[tuple[str, int]]) -> list[AccountRow]:
    """The accounts that are known of these (channel, external id)."""
    if not identities:
        return []
    rows = await transaction.rows(
        f"""
        select {_ACCOUNT_COLUMNS}
        from unnest($1::text[], $2::bigint[]) as named (channel, external_id)
        join accounts a on a.channel = named.channel and a.external_id = named.external_id
        """,
        [channel for channel, _ in identities],
        [external_id for _, external_id in identities],
    )
    return [AccountRow(*row) for row in rows]


async def accounts_of_persons(transaction: Transaction, person_ids: Collection[int]) -> list[AccountRow]:
    """All accounts of these persons."""
    if not person_ids:
        return []
    rows = await transaction.rows(
        f"select {_ACCOUNT_COLUMNS} from accounts a where a.person_id = any($1::bigint[]) order by a.id",
        list(person_ids),
    )
    return [AccountRow(*row) for row in rows]


async def bindings(transaction: Transaction, orders: Collection[tuple[int, str]]) -> list[BindingRow]:
    """Who opened the links of these (customer, order)."""
    if not orders:
        return []
    rows = await transaction.rows(
        """
        select b.customer_id, b.order_id, b.account_id, a.person_id
        from unnest($1::bigint[], $2::text[]) as wanted (customer_id, order_id)
        join order_bindings b on b.customer_id = wanted.customer_id and b.order_id = wanted.order_id
        join accounts a on a.id = b.account_id
        """,
        [customer_id for customer_id, _ in orders],
        [order_id for _, order_id in orders],
    )
    return [BindingRow(*row) for row in rows]


async def separated(transaction: Transaction, customer_ids: Collection[int]) -> set[tuple[int, int]]:
    """Which (customer, account) are not one person, as somebody who knows has said."""
    if not customer_ids:
        return set()
    rows = await transaction.rows(
        "select customer_id, account_id from separations where customer_id = any($1::bigint[])", list(customer_ids)
    )
    return {(row["customer_id"], row["account_id"]) for row in rows}


async def lock_persons(transaction: Transaction, person_ids: Collection[int]) -> list[PersonRow]:
    """The persons, locked in one order until the transaction ends: nothing else is decided about them meanwhile."""
    if not person_ids:
        return []
    rows = await transaction.rows(
        """
        select id, language, opted_out_at from persons where id = any($1::bigint[]) order by id for no key update
        """,
        sorted(person_ids),
    )
    return [PersonRow(*row) for row in rows]


async def contacts(
    transaction: Transaction, person_ids: Collection[int], *, since: datetime, order_ids: Sequence[str]
) -> list[ContactRow]:
    """The persons' invitations that count: those sent or planned after `since`, and any about these orders.

    What the customer began themselves counts for nothing.
    """
    if not person_ids:
        return []
    rows = await transaction.rows(
        """
        select a.person_id, i.id, e.external_id, i.touchpoint, i.relational, i.order_id, e.occurred_at, i.priority,
               coalesce(i.sent_at, i.ask_at, i.answered_at, i.changed_at), i.state, i.purpose
        from accounts a
        join invitations i on i.account_id = a.id
        join touchpoint_events e on e.id = i.event_id
        where a.person_id = any($1::bigint[])
          and i.state in ('planned', 'sending', 'sent', 'unknown', 'answered', 'expired')
          and i.entry_token is null
          and (coalesce(i.sent_at, i.ask_at, i.answered_at, i.changed_at) > $2 or i.order_id = any($3::text[]))
        order by i.id
        """,
        list(person_ids),
        since,
        list(order_ids),
    )
    return [ContactRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class NewIds:
    """Ids taken from the sequences, so that rows that name each other go in by COPY."""

    persons: list[int]
    customers: list[int]
    accounts: list[int]


async def take_ids(transaction: Transaction, *, persons: int, customers: int, accounts: int) -> NewIds:
    """Ids for so many new rows."""
    row = await transaction.row(
        """
        select array(select nextval('persons_id_seq') from generate_series(1, $1::int)),
               array(select nextval('customers_id_seq') from generate_series(1, $2::int)),
               array(select nextval('accounts_id_seq') from generate_series(1, $3::int))
        """,
        persons,
        customers,
        accounts,
    )
    assert row is not None
    return NewIds(*row)


async def add_persons(transaction: Transaction, ids: Sequence[int], *, now: datetime) -> None:
    """Add persons under ids taken before."""
    await transaction.copy("persons", ("id", "created_at"), [(person_id, now) for person_id in ids])


async def add_customers(transaction: Transaction, rows: Sequence[CustomerRow], *, now: datetime) -> None:
    """Add customers under ids taken before; raises asyncpg.UniqueViolationError when somebody else just did."""
    await transaction.copy(
        "customers",
        ("id", "external_id", "person_id", "name", "phone", "language", "timezone", "created_at"),
        [
            (row.id, row.external_id, row.person_id, row.name, row.phone, row.language, row.timezone, now)
            for row in sorted(rows, key=lambda row: row.external_id)
        ],
    )


async def add_presumed_accounts(transaction: Transaction, rows: Sequence[AccountRow], *, now: datetime) -> None:
    """Add accounts the shop named; raises asyncpg.UniqueViolationError when one became known meanwhile."""
    await transaction.copy(
        "accounts",
        ("id", "channel", "external_id", "person_id", "state", "state_since", "created_at", "named_by_shop"),
        [
            (row.id, row.channel, row.external_id, row.person_id, "presumed", now, now, True)
            for row in sorted(rows, key=lambda row: (row.channel, row.external_id))
        ],
    )


async def update_customers(transaction: Transaction, rows: Sequence[CustomerRow]) -> None:
    """Store what the shop now says of customers that are known."""
    if not rows:
        return
    await transaction.run(
        """
        update customers c set name = new.name, phone = new.phone, language = new.language, timezone = new.timezone
        from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])
            as new (id, name, phone, language, timezone)
        where c.id = new.id
        """,
        [row.id for row in rows],
        [row.name for row in rows],
        [row.phone for row in rows],
        [row.language for row in rows],
        [row.timezone for row in rows],
    )


async def move_customer(
    transaction: Transaction,
    customer_id: int,
    from_person_id: int,
    to_person_id: int,
    *,
    cause: str,
    by_account_id: int | None = None,
    now: datetime,
) -> None:
    """Point the customer to another person; accounts left without any customer follow, with what their owner wished.

    So does what they said of offers. Both persons must be locked. Every move is logged.
    """
    await transaction.run(
        """
        with moved as (
            update customers set person_id = $3 where id = $1 and person_id = $2 returning id
        )
        insert into person_moves (customer_id, from_person_id, to_person_id, cause, moved_at, by_account_id)
        select id, $2, $3, $4, $5, $6 from moved
        """,
        customer_id,
        from_person_id,
        to_person_id,
        cause,
        now,
        by_account_id,
    )
    await transaction.run(
        """
        with followed as (
            update accounts set person_id = $2
            where person_id = $1 and not exists (select from customers where person_id = $1)
            returning id
        ), wishes as (
            update persons target
            set opted_out_at = coalesce(target.opted_out_at, source.opted_out_at),
                language = coalesce(target.language, source.language)
            from persons source
            where target.id = $2 and source.id = $1 and exists (select from followed)
        ), wishes_in_part as (
            insert into touchpoint_opt_outs (person_id, touchpoint, opted_out_at)
            select $2, touchpoint, opted_out_at from touchpoint_opt_outs
            where person_id = $1 and exists (select from followed)
            on conflict (person_id, touchpoint) do nothing
        )
        insert into person_moves (account_id, from_person_id, to_person_id, cause, moved_at, by_account_id)
        select id, $1, $2, $3, $4, $5 from followed
        """,
        from_person_id,
        to_person_id,
        cause,
        now,
        by_account_id,
    )
    await consents.carry_over(transaction, from_person_id, to_person_id)
