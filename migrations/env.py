"""What alembic runs: one transaction, under a lock that lets one process migrate at a time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from alembic import context
from alembic.operations import MigrationScript
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from db.database import split_prepared_statements
from db.embedded import open_server
from db.tables import metadata

_LOCK = 0x07_4B_11_4B
"""Any number that nothing else locks; the same in every version of the program."""


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_server_default=True,
        process_revision_directives=_number,
    )
    with context.begin_transaction():
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        connection.execute(text("set local lock_timeout = '10s'"))
        context.run_migrations()


def _number(_: object, __: object, revisions: list[MigrationScript]) -> None:
    """Name a new revision by the number after the last one."""
    last = ScriptDirectory.from_config(context.config).get_current_head()
    for revision in revisions:
        revision.rev_id = f"{int(last or 0) + 1:04}"


async def _connect_and_migrate(url: str) -> None:
    dsn, _ = split_prepared_statements(url)
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(dsn, statement_cache_size=0),
        poolclass=NullPool,
    )
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


@contextmanager
def _url() -> Generator[str, None, None]:
    """The database to migrate: as the caller says, else as the environment says, else the embedded one."""
    given = context.config.attributes.get("url") or os.environ.get("OTKLIK_DATABASE_URL")
    if given:
        yield given
        return
    with open_server(Path(os.environ.get("OTKLIK_DATA_DIR") or "data"), durable=True) as server:
        yield server.url


with _url() as url:
    asyncio.run(_connect_and_migrate(url))
