"""A line to the database that can be cut."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest_asyncio

from db.database import Database


class DatabaseLine:
    """A database reached over a line of its own, which can be cut and mended."""

    def __init__(self, database_url: str, folder: Path) -> None:
        parts = urlsplit(database_url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._server_host = query.pop("host", None) or parts.hostname or "127.0.0.1"
        self._server_port = parts.port or 5432
        self._folder = folder
        self._serving: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._forwarding: set[asyncio.Task[None]] = set()
        netloc = f"{parts.username}:{parts.password}@" if parts.password else f"{parts.username}@"
        self.url = urlunsplit(parts._replace(netloc=netloc, query=urlencode({**query, "host": str(folder)})))

    async def mend(self) -> None:
        """The database can be reached."""
        self._serving = await asyncio.start_unix_server(self._forward, self._folder / ".s.PGSQL.5432")

    async def cut(self) -> None:
        """All connections break and no new one is made."""
        if self._serving is not None:
            self._serving.close()
            self._serving = None
        (self._folder / ".s.PGSQL.5432").unlink(missing_ok=True)
        for writer in self._open:
            writer.transport.abort()
        for task in self._forwarding:
            task.cancel()
        await asyncio.gather(*self._forwarding, return_exceptions=True)
        self._open.clear()
        self._forwarding.clear()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server_host.startswith("/"):
            path = f"{self._server_host}/.s.PGSQL.{self._server_port}"
            there, back = await asyncio.open_unix_connection(path)
        else:
            there, back = await asyncio.open_connection(self._server_host, self._server_port)
        self._open |= {writer, back}
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._copy(source, target))
            self._forwarding.add(task)

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while content := await source.read(65536):
                target.write(content)
                await target.drain()
        except ConnectionError:
            pass
        finally:
            target.close()


@pytest_asyncio.fixture
async def line(database_url: str) -> AsyncGenerator[DatabaseLine, None]:
    """A line to the test's database, mended."""
    with tempfile.TemporaryDirectory() as folder:
        line = DatabaseLine(database_url, Path(folder))
        await line.mend()
        yield line
        await line.cut()


@pytest_asyncio.fixture
async def line_database(line: DatabaseLine) -> AsyncGenerator[Database, None]:
    """The program's own pool over that line."""
    database = await Database.connect(line.url)
    yield database
    await database.close()
