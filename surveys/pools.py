"""Pools of promo codes: filled from a shop's file, looked at, and taken out of use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import codes
from db.codes import PoolCounts
from db.database import Database
from surveys.publishing import Catalogues
from surveys.rules.languages import Texts
from surveys.rules.offers import is_low
from surveys.rules.weeks import day_start, local_day


class UnknownPoolError(LookupError):
    """The catalogue has no such pool; the text names those it has."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        there = f"the catalogue has {', '.join(known)}" if known else "the catalogue has none; add it to recovery.pools"
        super().__init__(f"there is no pool {name}: {there}")
        self.known = tuple(known)


@dataclass(frozen=True, slots=True)
class PoolStanding:
    """How a pool stands; `per_day` and `title` are the catalogue's, None for a pool it does not have (any more)."""

    name: str
    title: Texts | None
    free: int
    given: int
    given_today: int
    per_day: int | None
    withdrawn: int
    low: bool


def check_pool(catalogues: Catalogues, pool: str) -> None:
    """Raises UnknownPoolError for a pool the catalogue does not have."""
    known = catalogues.in_force.catalogue.recovery.pools
    if pool not in known:
        raise UnknownPoolError(pool, tuple(known))


async def import_codes(
    database: Database, catalogues: Catalogues, pool: str, new_codes: Sequence[str], *, now: datetime
) -> int:
    """Store the codes the pool does not have yet; how many that were. Raises UnknownPoolError."""
    check_pool(catalogues, pool)
    async with database.transaction() as transaction:
        return await codes.add(transaction, pool, new_codes, now=now)


async def list_pools(database: Database, catalogues: Catalogues, *, now: datetime) -> tuple[PoolStanding, ...]:
    """Every pool of the catalogue, and those that still have codes, by name."""
    catalogue = catalogues.in_force.catalogue
    zone = catalogue.business.timezone
    async with database.autocommit() as statement:
        counted = {
            one.pool: one for one in await codes.count_all(statement, today=day_start(local_day(now, zone), zone))
        }
    standings = []
    for name in sorted(catalogue.recovery.pools.keys() | counted.keys()):
        pool = catalogue.recovery.pools.get(name)
        found = counted.get(name, PoolCounts(name, 0, 0, 0, 0))
        standings.append(
            PoolStanding(
                name,
                None if pool is None else pool.title,
                found.free,
                found.given,
                found.given_today,
                None if pool is None else pool.per_day,
                found.withdrawn,
                low=pool is not None and is_low(pool, found.free),
            )
        )
    return tuple(standings)


async def withdraw_pool(database: Database, catalogues: Catalogues, pool: str) -> int:
    """Take the pool's free codes out of use; how many that were. Raises UnknownPoolError.

    A pool that left the catalogue can be withdrawn as long as it has codes.
    """
    async with database.transaction() as transaction:
        withdrawn = await codes.withdraw(transaction, pool)
        if not withdrawn and pool not in await codes.pools(transaction):
            check_pool(catalogues, pool)
        return withdrawn
