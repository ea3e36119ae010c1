"""Persons, their accounts in messengers and their records at the shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import consents
from db.database import Transaction


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """A messenger identity and the person behind it."""

    id: int
    channel: str
    external_id: int
    person_id: int
    state: str
    name: str | None
    language: str | None
    person_language: str | None
    customer_language: str | None
    opted_out_at: datetime | None


_ACCOUNT = """
select a.id, a.channel, a.external_id, a.person_id, a.state, a.name, a.language, p.language,
       (select c.language from customers c
         where c.person_id = a.person_id and c.language is not null order by c.id limit 1),
       p.opted_out_at
  from accounts a
  join persons p on p.id = a.person_id
 where a.channel = $1 and a.external_id = $2
"""


async def account(transaction: Transaction, channel: str, external_id: int) -> StoredAccount | None:
    """The account, if it is known."""
    row = await transaction.row(_ACCOUNT, channel, external_id)
    return None if row is None else StoredAccount(*row)


async def lock_account(transaction: Transaction, channel: str, external_id: int) -> StoredAccount | None:
    """The account with its person locked, person first, as every decision about a person does."""
    while True:
        person_id = await transaction.value(
            """
            select p.id from persons p join accounts a on a.person_id = p.id
             where a.channel = $1 and a.external_id = $2
               for no key update of p
            """,
            channel,
            external_id,
        )
        found = await account(transaction, channel, external_id)
        # The account may have been moved to another person, or added, while the lock was waited for.
        if (None if found is None else found.person_id) == person_id:
            return found


async def add_account(
    transaction: Transaction, channel: str, external_id: int, *, name: str | None, language: str | None, now: datetime
) -> None:
    """Add a connected account with a person of its own, unless it is known."""
    await transaction.run(
        """
        with person as (
            insert into persons (created_at)
            select $5 where not exists (select from accounts where channel = $1 and external_id = $2)
            returning id
        )
        insert into accounts (channel, external_id, person_id, name, language, state, state_since, last_used_at,
                              created_at)
        select $1, $2, id, $3, $4, 'connected', $5, $5, $5 from person
        on conflict (channel, external_id) do nothing
        """,
        channel,
        external_id,
        name,
        language,
        now,
    )


async def used(
    transaction: Transaction, account_id: int, *, name: str | None, language: str | None, now: datetime
) -> None:
    """The account wrote to us: it is connected, under the name and language it has now."""
    await transaction.run(
        """
        update accounts
           set state_since = case when state = 'connected' then state_since else $4 end,
               state = 'connected', last_used_at = $4, name = coalesce($2, name), language = coalesce($3, language)
         where id = $1
        """,
        account_id,
        name,
        language,
        now,
    )


async def set_state(transaction: Transaction, account_id: int, state: str, *, now: datetime) -> None:
    """Move the account into a state."""
    await transaction.run(
        "update accounts set state = $2, state_since = $3 where id = $1 and state <> $2", account_id, state, now
    )


async def set_buttons(transaction: Transaction, channel: str, external_id: int, buttons: str | None) -> None:
    """Remember what the account's program lacked when it last wrote."""
    await transaction.run(
        """
        update accounts set buttons = $3
         where channel = $1 and external_id = $2 and buttons is distinct from $3
        """,
        channel,
        external_id,
        buttons,
    )


async def buttons(transaction: Transaction, channel: str, external_id: int) -> str | None:
    """What the account's program lacked when it last wrote."""
    found = await transaction.value(
        "select buttons from accounts where channel = $1 and external_id = $2", channel, external_id
    )
    assert found is None or isinstance(found, str)
    return found


async def set_opted_out(transaction: Transaction, person_id: int, opted_out_at: datetime | None) -> None:
    """Ask the person no more (keeping the first instant), or again."""
    await transaction.run(
        """
        update persons
           set opted_out_at = case when $2::timestamptz is null then null else coalesce(opted_out_at, $2) end
         where id = $1
        """,
        person_id,
        opted_out_at,
    )


async def set_language(transaction: Transaction, person_id: int, language: str) -> None:
    """Speak to the person in the language they chose."""
    await transaction.run("update persons set language = $2 where id = $1", person_id, language)


async def lock_persons(transaction: Transaction, person_ids: Sequence[int]) -> None:
    """Lock persons in one order, so that two who lock the same ones never wait for each other."""
    await transaction.rows(
        "select id from persons where id = any($1::bigint[]) order by id for no key update", sorted(set(person_ids))
    )


async def move_everything(
    transaction: Transaction,
    from_person_id: int,
    to_person_id: int,
    *,
    cause: str,
    by_account_id: int | None = None,
    now: datetime,
) -> None:
    """Point all accounts and customers of one person to another, each move logged; a wish to be left alone goes along.

    So does what they said of offers. The language the moved one chose wins: it is they who act. Both must be locked.
    """
    await take_opt_outs_along(transaction, from_person_id, to_person_id)
    await transaction.run(
        """
        with accounts_moved as (
            update accounts set person_id = $2 where person_id = $1 returning id
        ), customers_moved as (
            update customers set person_id = $2 where person_id = $1 returning id
        ), logged as (
            insert into person_moves (customer_id, account_id, from_person_id, to_person_id, cause, moved_at,
                                      by_account_id)
            select null::bigint, id, $1, $2, $3, $4::timestamptz, $5::bigint from accounts_moved
            union all
            select id, null, $1, $2, $3, $4, $5 from customers_moved
        )
        update persons t
           set opted_out_at = coalesce(t.opted_out_at, f.opted_out_at), language = coalesce(f.language, t.language)
          from persons f
         where t.id = $2 and f.id = $1
        """,
        from_person_id,
        to_person_id,
        cause,
        now,
        by_account_id,
    )
    await consents.carry_over(transaction, from_person_id, to_person_id)


async def take_opt_outs_along(transaction: Transaction, from_person_id: int, to_person_id: int) -> None:
    """What one person does not want to be asked about, the other is not asked about either."""
    await transaction.run(
        """
        insert into touchpoint_opt_outs (person_id, touchpoint, opted_out_at)
        select $2, touchpoint, opted_out_at from touchpoint_opt_outs where person_id = $1
        on conflict (person_id, touchpoint) do nothing
        """,
        from_person_id,
        to_person_id,
    )


async def timezone_of(transaction: Transaction, person_id: int) -> str | None:
    """The zone the person's records at the shop name, if any does."""
    timezone = await transaction.value(
        "select timezone from customers where person_id = $1 and timezone is not null order by id limit 1", person_id
    )
    assert timezone is None or isinstance(timezone, str)
    return timezone


async def sole_customer(transaction: Transaction, person_id: int) -> int | None:
    """The person's record at the shop, when there is exactly one."""
    customer_id = await transaction.value(
        "select min(id) from customers where person_id = $1 having count(*) = 1", person_id
    )
    assert customer_id is None or isinstance(customer_id, int)
    return customer_id


async def sole_customer_of_account(transaction: Transaction, account_id: int) -> int | None:
    """The record at the shop of the account's person, when there is exactly one."""
    person_id = await transaction.value("select person_id from accounts where id = $1", account_id)
    return None if person_id is None else await sole_customer(transaction, int(str(person_id)))


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A shop's record of somebody."""

    external_id: str
    name: str | None
    phone: str | None
    orders: int
    id: int


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """An answer somebody gave."""

    touchpoint: str
    survey: str
    catalogue_version_id: int | None
    metric: str
    score: int
    comment: str | None
    answered_at: datetime


async def customers_of(transaction: Transaction, person_id: int) -> list[KnownCustomer]:
    """The shop's records that are this person's."""
    rows = await transaction.rows(
        """
        select c.external_id, c.name, c.phone,
               (select count(distinct e.order_id) from touchpoint_events e where e.customer_id = c.id),
               c.id
          from customers c where c.person_id = $1 order by c.id
        """,
        person_id,
    )
    return [KnownCustomer(*row) for row in rows]


async def answers_of(transaction: Transaction, person_id: int, *, limit: int) -> list[KnownAnswer]:
    """What the person answered in messengers, newest first."""
    rows = await transaction.rows(
        """
        select r.touchpoint, r.survey, r.catalogue_version_id, r.metric, r.score, r.comment, r.answered_at
          from responses r join accounts a on a.id = r.account_id
         where a.person_id = $1 order by r.answered_at desc, r.id desc limit $2
        """,
        person_id,
        limit,
    )
    return [KnownAnswer(*row) for row in rows]


async def count_messages(transaction: Transaction, person_id: int) -> int:
    """How many messages of the person are kept."""
    count = await transaction.value(
        "select count(*) from messages m join accounts a on a.id = m.account_id where a.person_id = $1", person_id
    )
    assert isinstance(count, int)
    return count
