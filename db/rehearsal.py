"""Doing something for real and undoing it all: the exact answer to what would happen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from db.database import Database, Transaction

if TYPE_CHECKING:
    from db.database import Connection


class _Rehearsal(Database):
    """A database whose transactions are savepoints of one that never commits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def close(self) -> None:
        """Nothing to close: the connection is lent."""

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction, None]:
        """A savepoint."""
        async with self._connection.transaction():
            yield Transaction(self._connection)

    @asynccontextmanager
    async def autocommit(self) -> AsyncGenerator[Transaction, None]:
        """The outer transaction itself."""
        yield Transaction(self._connection)


@asynccontextmanager
async def rehearse(database: Database) -> AsyncGenerator[Database, None]:
    """A database to try use cases on, one after the other; whatever they write is undone at the end.

    The rows they lock stay locked until then, so keep it to what could really be done.
    """
    async with database._pool.acquire() as connection:
        outer = connection.transaction()
        await outer.start()
        try:
            yield _Rehearsal(connection)
        finally:
            await outer.rollback()
