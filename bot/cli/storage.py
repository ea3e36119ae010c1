"""Opens the database as it is configured."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import asyncpg

from bot.cli.faults import explain_database
from bot.settings import Settings, StartError
from db.database import Database

if TYPE_CHECKING:
    from db.embedded import EmbeddedServer


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[Database, None]:
    """The configured database, else the embedded one, started when nobody else has, and migrated.

    Raises StartError when a configured database cannot be reached, or is not migrated to this version, and
    EmbeddedServerError.
    """
    from db.embedded import open_server
    from db.migrating import is_current

    if settings.database_url is None:
        server = await asyncio.to_thread(open_server, settings.data_dir, durable=True)
        async with _embedded(server) as database:
            yield database
        return
    url = settings.database_url.get_secret_value()
    with reaching():
        is_ready = await asyncio.to_thread(is_current, url)
    if not is_ready:
        raise StartError("the database is not at this version's schema", "run `otklik migrate` first")
    async with _connected(url) as database:
        yield database


@contextmanager
def reaching() -> Generator[None, None, None]:
    """Around what connects to a configured database: raises StartError for whatever keeps it from that."""
    try:
        yield
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StartError(*explain_database(error)) from error


@asynccontextmanager
async def open_throwaway_database() -> AsyncGenerator[Database, None]:
    """A fresh database of its own that is deleted afterwards."""
    from db.embedded import open_throwaway_server

    async with _embedded(await asyncio.to_thread(open_throwaway_server)) as database:
        yield database


@asynccontextmanager
async def _embedded(server: EmbeddedServer) -> AsyncGenerator[Database, None]:
    from db.migrating import upgrade

    try:
        await asyncio.to_thread(upgrade, server.url)
        async with _connected(server.url) as database:
            yield database
    finally:
        await asyncio.to_thread(server.close)


@asynccontextmanager
async def _connected(url: str) -> AsyncGenerator[Database, None]:
    with reaching():
        database = await Database.connect(url)
    try:
        yield database
    finally:
        await database.close()
