"""Promo codes: each is given once, however many ask at the same moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction

_POOLS = 7_021_602
"""First key of the advisory locks under which a pool's budget is counted; the second is the pool's name, hashed."""


@dataclass(frozen=True, slots=True)
class GivenCode:
    """A code that was given."""

    id: int
    code: str


@dataclass(frozen=True, slots=True)
class PoolCounts:
    """How many codes of a pool there are in each state."""

    pool: str
    free: int
    given: int
    given_today: int
    withdrawn: int


async def hold_pool(transaction: Transaction, pool: str) -> None:
    """Nobody else gives codes of this pool until the transaction ends: its budget is counted in one order."""
    await transaction.run("select pg_advisory_xact_lock($1::int, hashtext($2))", _POOLS, pool)


async def add(transaction: Transaction, pool: str, codes: Sequence[str], *, now: datetime) -> int:
    """Store the codes the pool does not have yet; how many that were."""
    return await transaction.run(
        """
        insert into promo_codes (pool, code, imported_at)
        select $1, code, $3 from unnest($2::text[]) as code
        on conflict (pool, code) do nothing
        """,
        pool,
        list(codes),
        now,
    )


async def give(
    transaction: Transaction, pool: str, *, case_id: int, person_id: int | None, given_by: int | None, now: datetime
) -> GivenCode | None:
    """Give the oldest free code of the pool; None when there is none that nobody else is giving right now."""
    row = await transaction.row(
        """
        update promo_codes
           set state = 'given', case_id = $2, person_id = $3, given_by = $4, given_at = $5
         where id = (select id from promo_codes where pool = $1 and state = 'free'
                      order by id limit 1 for update skip locked)
        returning id, code
        """,
        pool,
        case_id,
        person_id,
        given_by,
        now,
    )
    return None if row is None else GivenCode(*row)


async def take_back(transaction: Transaction, code_id: int) -> str | None:
    """The code never reached anybody: it is free again; its pool, None when it was not given."""
    pool = await transaction.value(
        """
        update promo_codes
           set state = 'free', case_id = null, person_id = null, given_by = null, given_at = null
         where id = $1 and state = 'given'
        returning pool
        """,
        code_id,
    )
    assert pool is None or isinstance(pool, str)
    return pool


async def withdraw(transaction: Transaction, pool: str) -> int:
    """Take the free codes of the pool out of use; how many that were."""
    return await transaction.run("update promo_codes set state = 'withdrawn' where pool = $1 and state = 'free'", pool)


async def count_free(transaction: Transaction, pool: str) -> int:
    """How many codes of the pool can still be given."""
    count = await transaction.value("select count(*) from promo_codes where pool = $1 and state = 'free'", pool)
    assert isinstance(count, int)
    return count


async def count_given(transaction: Transaction, pool: str, *, since: datetime) -> int:
    """How many codes of the pool were given since then."""
    count = await transaction.value(
        "select count(*) from promo_codes where pool = $1 and state = 'given' and given_at >= $2", pool, since
    )
    assert isinstance(count, int)
    return count


async def count_given_to(transaction: Transaction, pool: str, person_id: int, *, since: datetime) -> int:
    """How many codes of the pool the person got after that instant, those given to whom they turned out to be too."""
    count = await transaction.value(
        """
        select count(*)
          from promo_codes p
          left join cases c on c.id = p.case_id
          left join accounts a on a.id = c.account_id
          left join customers u on u.id = c.customer_id
         where p.pool = $1 and p.state = 'given' and p.given_at > $3
           and (p.person_id = $2 or coalesce(a.person_id, u.person_id) = $2)
        """,
        pool,
        person_id,
        since,
    )
    assert isinstance(count, int)
    return count


async def count_all(transaction: Transaction, *, today: datetime) -> list[PoolCounts]:
    """Every pool that has codes, by name; `today` is when the business's day began."""
    rows = await transaction.rows(
        """
        select pool, count(*) filter (where state = 'free'), count(*) filter (where state = 'given'),
               count(*) filter (where state = 'given' and given_at >= $1), count(*) filter (where state = 'withdrawn')
          from promo_codes group by pool order by pool
        """,
        today,
    )
    return [PoolCounts(*row) for row in rows]


async def pools(transaction: Transaction) -> list[str]:
    """The names of all pools that ever had codes."""
    rows = await transaction.rows("select distinct pool from promo_codes order by pool")
    return [row["pool"] for row in rows]
