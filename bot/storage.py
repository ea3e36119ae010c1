"""Opens the database as it is configured; apart from `bot.app`, so that a command need not load the messengers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.settings import Settings
from db.database import Database


class StartError(Exception):
    """The product cannot start as it is set up; the message says what to change."""


@asynccontextmanager
async def open_database(settings: Settings, *, durable: bool = True) -> AsyncGenerator[Database, None]:
    """The configured database, else the embedded one, started when nobody else has, and migrated.

    Raises StartError when a configured database is not migrated to this version.
    """
    from db.embedded import open_server
    from db.migrating import is_current, upgrade

    if settings.database_url is None:
        server = await asyncio.to_thread(open_server, settings.data_dir, durable=durable)
        try:
            await asyncio.to_thread(upgrade, server.url)
            async with _connected(server.url) as database:
                yield database
        finally:
            await asyncio.to_thread(server.close)
        return
    url = settings.database_url.get_secret_value()
    if not await asyncio.to_thread(is_current, url):
        raise StartError("the database is not at this version's schema: run `otklik migrate` first")
    async with _connected(url) as database:
        yield database


@asynccontextmanager
async def _connected(url: str) -> AsyncGenerator[Database, None]:
    database = await Database.connect(url)
    try:
        yield database
    finally:
        await database.close()
