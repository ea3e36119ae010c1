"""The catalogue's file changes while processes run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.app import Application, RunRole
from bot.catalogue_file import CatalogueFile
from surveys.catalog.reading import CatalogueFileError
from surveys.publishing import FaultyCatalogueError, publish
from tests.journeys.product import CATALOGUE, Product

pytestmark = pytest.mark.customers_in("telegram", why="nobody is spoken to")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.yaml"
    path.write_text(CATALOGUE, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.app.CATALOGUE_EVERY", 0.02)


def renamed(name: str) -> str:
    return CATALOGUE.replace("name: Пекарня", f"name: {name}")


def business(application: Application) -> str:
    return application.catalogues.in_force.catalogue.business.name


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0)


async def test_a_changed_file_is_published_and_another_process_follows(product: Product, file: Path) -> None:
    async with (
        product.running(RunRole.WEB) as other,
        product.running(catalogue_file=CatalogueFile(file)) as watching,
    ):
        first = watching.catalogues.in_force.version_id
        file.write_text(renamed("Булочная"), encoding="utf-8")
        await until(lambda: business(other) == business(watching) == "Булочная")
        assert watching.catalogues.in_force.version_id == other.catalogues.in_force.version_id > first


async def test_a_faulty_file_is_logged_once_and_the_version_in_force_stays(product: Product, file: Path) -> None:
    with capture_logs() as logs:

        def logged(event: str) -> list[object]:
            return [entry for entry in logs if entry["event"] == event]

        async with product.running(catalogue_file=CatalogueFile(file)) as application:
            file.write_text(CATALOGUE.replace("PT2H", "2H").replace("P7D", "7D"), encoding="utf-8")
            await until(lambda: bool(logged("catalogue_fault")))
            for _ in range(3):
                await application.follow_catalogue()
            assert business(application) == "Пекарня"
            file.unlink()
            await until(lambda: bool(logged("catalogue_file_unreadable")))
            for _ in range(3):
                await application.follow_catalogue()
            file.write_text(renamed("Булочная"), encoding="utf-8")
            await until(lambda: business(application) == "Булочная")
    (faulty,) = logged("catalogue_file_faulty")
    faults = logged("catalogue_fault")
    assert faulty["faults"] == len(faults) >= 2
    assert any("ask_after" in fault["key"] and str(file) in fault["place"] and fault["fix"] for fault in faults)
    assert len(logged("catalogue_file_unreadable")) == 1
    assert not logged("tick_failed")


async def test_processes_with_different_files_do_not_take_turns(product: Product, file: Path) -> None:
    async with product.running(catalogue_file=CatalogueFile(file)) as application:
        await publish(product.database, renamed("Другая"), now=product.clock.now())
        await until(lambda: business(application) == "Другая")
        for _ in range(3):
            await application.follow_catalogue()
        file.touch()  # another time, the same text
        await application.follow_catalogue()
        assert business(application) == "Другая"


async def test_a_change_during_an_outage_is_published_after_it(product: Product, file: Path, database_url: str) -> None:
    from db.database import Database

    watched = CatalogueFile(file)
    watched.read()
    file.write_text(renamed("Булочная"), encoding="utf-8")
    away = await Database.connect(database_url)
    await away.close()
    with pytest.raises(Exception, match="closed"):
        await watched.publish_when_changed(away, now=product.clock.now())
    await watched.publish_when_changed(product.database, now=product.clock.now())
    async with product.running(RunRole.WEB) as other:
        assert other.catalogues.in_force.version_id == 2


def test_a_file_to_start_with_must_be_there_and_sound(file: Path) -> None:
    file.write_text(CATALOGUE.replace("PT2H", "2H"), encoding="utf-8")
    with pytest.raises(FaultyCatalogueError):
        CatalogueFile(file).read()
    file.unlink()
    with pytest.raises(CatalogueFileError):
        CatalogueFile(file).read()
