"""The catalogue in force: one version for one text, followed by every process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from db import catalogue as stored_catalogues
from db.database import Database
from surveys.catalog.sample import sample_source
from surveys.publishing import (
    Catalogues,
    FaultyCatalogueError,
    NoCatalogueError,
    UnreadableVersionError,
    publish,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAMPLE = sample_source()
CHANGED = SAMPLE.replace("max_per_day: 500", "max_per_day: 100")


async def versions(database: Database) -> int:
    async with database.transaction() as transaction:
        count = await transaction.value("select count(*) from catalogue_versions")
    assert isinstance(count, int)
    return count


async def store_unreadable(database: Database) -> int:
    """As a newer program would: a key this one does not know."""
    async with database.transaction() as transaction:
        return await stored_catalogues.add(
            transaction, digest="newer", source=SAMPLE + "\nrewards: {points: 5}\n", published_at=NOW
        )


async def test_a_text_is_published_once(database: Database) -> None:
    first = await publish(database, SAMPLE, now=NOW)
    again = await publish(database, SAMPLE, now=NOW)
    assert again == first
    assert await versions(database) == 1


async def test_a_changed_text_is_a_new_version_and_an_old_one_may_come_back(database: Database) -> None:
    first = await publish(database, SAMPLE, now=NOW)
    second = await publish(database, CHANGED, now=NOW)
    third = await publish(database, SAMPLE, now=NOW)
    assert first.version_id < second.version_id < third.version_id
    assert second.catalogue.contact_rules.max_per_day == 100
    assert third.catalogue == first.catalogue


async def test_many_publish_at_once_and_one_version_comes_of_it(database: Database, database_url: str) -> None:
    other = await Database.connect(database_url)
    try:
        published = await asyncio.gather(
            *(publish(each, SAMPLE, now=NOW) for each in (database, other) for _ in range(4))
        )
    finally:
        await other.close()
    assert len({each.version_id for each in published}) == 1
    assert await versions(database) == 1


async def test_a_faulty_text_is_not_published(database: Database) -> None:
    await publish(database, SAMPLE, now=NOW)
    with pytest.raises(FaultyCatalogueError, match=r"recovery\.resolve.*months") as caught:
        await publish(database, SAMPLE.replace("resolve: P1D", "resolve: P1M"), now=NOW)
    assert [fault.key for fault in caught.value.faults] == ["recovery.resolve"]
    assert await versions(database) == 1


async def test_nothing_is_in_force_before_it_was_loaded(database: Database) -> None:
    catalogues = Catalogues()
    with pytest.raises(NoCatalogueError):
        _ = catalogues.in_force
    assert await catalogues.refresh(database) is False
    published = await publish(database, SAMPLE, now=NOW)
    assert await catalogues.refresh(database) is True
    assert catalogues.in_force == published


async def test_every_process_follows(database: Database) -> None:
    await publish(database, SAMPLE, now=NOW)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    assert await catalogues.refresh(database) is False
    changed = await publish(database, CHANGED, now=NOW)
    assert await catalogues.refresh(database) is True
    assert catalogues.in_force == changed


async def test_an_earlier_version_can_be_asked_for(database: Database) -> None:
    first = await publish(database, SAMPLE, now=NOW)
    second = await publish(database, CHANGED, now=NOW)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    async with database.transaction() as transaction:
        assert await catalogues.version(transaction, first.version_id) == first.catalogue
        assert await catalogues.version(transaction, first.version_id) is await catalogues.version(
            transaction, first.version_id
        )
        assert await catalogues.version(transaction, second.version_id) is catalogues.in_force.catalogue
        with pytest.raises(NoCatalogueError, match="no version 999"):
            await catalogues.version(transaction, 999)


async def test_a_version_this_program_cannot_read_changes_nothing(database: Database) -> None:
    published = await publish(database, SAMPLE, now=NOW)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    broken = await store_unreadable(database)
    for _ in range(2):
        with pytest.raises(UnreadableVersionError, match=f"version {broken} .*rewards"):
            await catalogues.refresh(database)
        assert catalogues.in_force == published
    async with database.transaction() as transaction:
        with pytest.raises(UnreadableVersionError):
            await catalogues.version(transaction, broken)
    mended = await publish(database, CHANGED, now=NOW)
    assert await catalogues.refresh(database) is True
    assert catalogues.in_force == mended
