"""Who bought again is the same kept or counted, is shown for a day, and is prepared while somebody asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from db.buyers import NEGATIVE
from db.database import Database
from db.reports import EVERYTHING, take_snapshot
from surveys.buying_again import (
    HORIZON,
    BoughtAgain,
    CountedBuyers,
    count_buyers,
    keep_buyers,
    prepare_buyers,
)
from surveys.publishing import Catalogues, publish
from surveys.rules.journey import Metric
from surveys.rules.metrics import SCALES
from tests.benchmarks.report_data import CATALOGUE

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def counted(database: Database, catalogues: Catalogues, *, now: datetime = NOW) -> CountedBuyers:
    async with database.transaction() as transaction:
        await take_snapshot(transaction)
        return await count_buyers(
            transaction, starts_at=now, known_at=now, zone=catalogues.zone, narrowing=EVERYTHING, now=now
        )


async def complain(database: Database, customer: int, *, bought: bool) -> None:
    """A customer's case within the time that counts, and a purchase after it or none."""
    at = NOW - HORIZON - 30 * timedelta(days=1)
    async with database.transaction() as transaction:
        await transaction.run(
            "insert into persons (id, created_at) overriding system value values ($1, $2)", customer, at
        )
        await transaction.run(
            "insert into customers (id, external_id, person_id, created_at) overriding system value"
            " values ($1, 'c-' || $1::bigint, $1, $2)",
            customer,
            at,
        )
        await transaction.run(
            "insert into cases (customer_id, touchpoint, team, cause, state, opened_at, changed_at)"
            " values ($1, 'touchpoint-1', 'staff', 'complaint', 'open', $2, $2)",
            customer,
            at,
        )
        if bought:
            await transaction.run(
                "insert into touchpoint_events (external_id, touchpoint, occurred_at, received_at, customer_id, amount,"
                " currency) values ('e-' || $1::bigint, 'touchpoint-1', $2, $2, $1, 10, 'EUR')",
                customer,
                at + HOUR,
            )


async def shop(database: Database) -> Catalogues:
    await publish(database, CATALOGUE, now=NOW)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    return catalogues


def share(found: BoughtAgain) -> tuple[int, int]:
    return found.not_recovered.successes, found.not_recovered.n


async def test_what_is_kept_is_what_was_counted_for_a_day(database: Database) -> None:
    catalogues = await shop(database)
    await complain(database, 1, bought=True)
    await complain(database, 2, bought=False)
    first = await counted(database, catalogues)
    assert share(first.bought_again) == (1, 2)
    await keep_buyers(database, first, now=NOW, worth_keeping=1)
    await complain(database, 3, bought=True)
    later = await counted(database, catalogues, now=NOW + 10 * HOUR)
    assert later.is_kept
    assert later.bought_again == first.bought_again
    anew = await counted(database, catalogues, now=NOW + 24 * HOUR)
    assert not anew.is_kept
    assert share(anew.bought_again) == (2, 3)


async def test_a_small_shop_sees_every_purchase_at_once(database: Database) -> None:
    catalogues = await shop(database)
    await complain(database, 1, bought=True)
    await keep_buyers(database, await counted(database, catalogues), now=NOW)
    await complain(database, 2, bought=True)
    assert share((await counted(database, catalogues)).bought_again) == (2, 2)


async def test_it_is_prepared_while_somebody_asks(database: Database) -> None:
    catalogues = await shop(database)
    await complain(database, 1, bought=True)
    assert await prepare_buyers(database, catalogues, now=NOW) == 0
    await keep_buyers(database, await counted(database, catalogues), now=NOW, worth_keeping=1)
    assert await prepare_buyers(database, catalogues, now=NOW) == 1  # the week's; today's was just counted
    tomorrow = NOW + 24 * HOUR
    assert await prepare_buyers(database, catalogues, now=tomorrow) == 1
    assert (await counted(database, catalogues, now=tomorrow + HOUR)).is_kept
    assert await prepare_buyers(database, catalogues, now=NOW + timedelta(days=9)) == 0


async def test_the_indexes_call_negative_what_the_rules_do(database: Database) -> None:
    async with database.autocommit() as transaction:
        for metric in Metric:
            for score in range(11):
                found = await transaction.value(
                    f"select {NEGATIVE} from (select $1 as metric, $2::int as score) one", metric.value, score
                )
                assert found == (score <= SCALES[metric].negative_to)
