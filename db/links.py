"""Personal links: keys that bind a messenger account to a customer or to an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A link, whose it is and who opened it first."""

    customer_id: int
    order_id: str | None
    account_id: int | None
    opened_at: datetime | None
    person_id: int
    customer_name: str | None


async def ensure_customers(transaction: Transaction, external_ids: Sequence[str], *, now: datetime) -> None:
    """Add the customers that are not known yet, each with a person of their own."""
    await transaction.run(
        """
        with missing as (
            select wanted.external_id, row_number() over (order by wanted.external_id) as place
              from (select distinct external_id from unnest($1::text[]) as external_id) as wanted
             where not exists (select from customers c where c.external_id = wanted.external_id)
        ), person as (
            insert into persons (created_at) select $2 from missing returning id
        ), numbered as (
            select id, row_number() over (order by id) as place from person
        )
        insert into customers (external_id, person_id, created_at)
        select missing.external_id, numbered.id, $2 from missing join numbered using (place) order by place
        on conflict (external_id) do nothing
        """,
        list(external_ids),
        now,
    )


async def add(
    transaction: Transaction,
    external_ids: Sequence[str],
    order_ids: Sequence[str | None],
    keys: Sequence[str],
    *,
    now: datetime,
) -> list[str]:
    """The key of each (customer, order) in order: the one there is, otherwise the new one given for it."""
    await transaction.run(
        """
        insert into links (key, customer_id, order_id, created_at)
        select wanted.key, c.id, wanted.order_id, $4
          from unnest($1::text[], $2::text[], $3::text[]) as wanted (external_id, order_id, key)
          join customers c on c.external_id = wanted.external_id
         order by c.id, wanted.order_id
        on conflict (customer_id, order_id) do nothing
        """,
        list(external_ids),
        list(order_ids),
        list(keys),
        now,
    )
    rows = await transaction.rows(
        """
        select l.key
          from unnest($1::text[], $2::text[]) with ordinality as wanted (external_id, order_id, place)
          join customers c on c.external_id = wanted.external_id
          join links l on l.customer_id = c.id and l.order_id is not distinct from wanted.order_id
         order by wanted.place
        """,
        list(external_ids),
        list(order_ids),
    )
    return [row["key"] for row in rows]


_LINK = """
select l.customer_id, l.order_id, l.account_id, l.opened_at, c.person_id, c.name
  from links l join customers c on c.id = l.customer_id
 where l.key = $1
"""


async def find(transaction: Transaction, key: str) -> StoredLink | None:
    """The link of this key."""
    row = await transaction.row(_LINK, key)
    return None if row is None else StoredLink(*row)


async def lock(transaction: Transaction, key: str) -> StoredLink | None:
    """The link of this key, locked against being opened by another."""
    row = await transaction.row(_LINK + " for update of l", key)
    return None if row is None else StoredLink(*row)


async def opened(transaction: Transaction, key: str, account_id: int, *, now: datetime) -> None:
    """The account is the first who opened the link."""
    await transaction.run(
        "update links set account_id = $2, opened_at = $3 where key = $1 and opened_at is null", key, account_id, now
    )


async def bind_order(
    transaction: Transaction, customer_id: int, order_id: str, account_id: int, *, now: datetime
) -> None:
    """The account is asked about the order from now on."""
    await transaction.run(
        """
        insert into order_bindings (customer_id, order_id, account_id, bound_at) values ($1, $2, $3, $4)
        on conflict (customer_id, order_id) do nothing
        """,
        customer_id,
        order_id,
        account_id,
        now,
    )
