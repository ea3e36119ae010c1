"""The connection pool and the one kind of transaction the use cases open."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]


class Transaction:
    """An open transaction: everything done through it commits or is undone together."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """All rows of the query."""
        return await self._connection.fetch(query, *arguments)

    async def row(self, query: str, *arguments: object) -> asyncpg.Record | None:
        """The first row of the query, if there is one."""
        return await self._connection.fetchrow(query, *arguments)

    async def value(self, query: str, *arguments: object) -> object:
        """The first column of the first row, None without rows."""
        value: object = await self._connection.fetchval(query, *arguments)
        return value

    async def run(self, query: str, *arguments: object) -> int:
        """Run the statement; the number of rows it touched, 0 where the server does not say."""
        status: str = await self._connection.execute(query, *arguments)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def copy(self, table: str, columns: Sequence[str], records: Sequence[Sequence[object]]) -> None:
        """Add many rows by COPY, the fastest way in; raises asyncpg.UniqueViolationError where one is there already."""
        if records:
            await self._connection.copy_records_to_table(table, columns=columns, records=records)

    async def undo(self) -> None:
        """Leave the transaction so that nothing of it is kept (a dry run)."""
        raise _UndoneError


class _UndoneError(Exception):
    """Carries a wished-for rollback out of the transaction block."""


class Database:
    """A pool of connections to one PostgreSQL, 15 or newer.

    Works behind PgBouncer in transaction mode: no session state is kept. A URL with
    `prepared_statements=off` also works where PgBouncer does not carry prepared statements.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, url: str, *, max_connections: int = 10) -> Database:
        """Open the pool; raises OSError or asyncpg.PostgresError when the server cannot be reached."""
        dsn, statement_cache_size = split_prepared_statements(url)
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=max_connections,
            statement_cache_size=statement_cache_size,
            init=_set_up_connection,
            reset=_keep_connection,
            max_inactive_connection_lifetime=300,
            command_timeout=60,
            server_settings={"application_name": "otklik"},
        )
        return cls(pool)

    async def close(self) -> None:
        """Close all connections once their work is done."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction, None]:
        """A transaction that commits at the end of the block and rolls back on an exception."""
        async with self._pool.acquire() as connection:
            try:
                async with connection.transaction():
                    yield Transaction(connection)
            except _UndoneError:
                return

    @asynccontextmanager
    async def autocommit(self) -> AsyncGenerator[Transaction, None]:
        """A connection on which every single statement is its own transaction.

        For use cases that are one statement: it saves the round trips of BEGIN and COMMIT.
        """
        async with self._pool.acquire() as connection:
            yield Transaction(connection)


async def _keep_connection(connection: object) -> None:
    """Nothing to reset between uses: no session state is ever set, and a round trip is saved."""


async def _set_up_connection(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    await connection.set_type_codec(
        "jsonb", encoder=_encode_jsonb, decoder=_decode_jsonb, schema="pg_catalog", format="binary"
    )


_JSONB_VERSION = b"\x01"


def _encode_jsonb(value: object) -> bytes:
    return _JSONB_VERSION + json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _decode_jsonb(content: bytes) -> object:
    return json.loads(content[1:])


def split_prepared_statements(url: str) -> tuple[str, int]:
    """The URL as asyncpg reads it, and how many prepared statements a connection may keep."""
    parts = urlsplit(url)
    options = parse_qsl(parts.query)
    kept = [(name, value) for name, value in options if name != "prepared_statements"]
    cache_size = 0 if ("prepared_statements", "off") in options else 256
    return urlunsplit(parts._replace(query=urlencode(kept))), cache_size
