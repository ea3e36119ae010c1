"""Bringing a database's schema to the revision this program was written for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from db.database import split_prepared_statements

if TYPE_CHECKING:
    from alembic.config import Config

_VERSIONS = Path(__file__).resolve().parents[1] / "migrations" / "versions"


class UnknownRevisionError(Exception):
    """The database was migrated by a newer version of the program."""

    def __init__(self, found: str, head: str) -> None:
        super().__init__(
            f"The database is at revision {found}, this program knows revisions up to {head}. "
            "Update Otklik, or restore the database from before its last update."
        )
        self.found = found


def head() -> str:
    """The revision this program was written for.

    Read from the file names, which start with the revision: starting the program does not load alembic for it.
    """
    return max(_revisions())


def revision_of(url: str) -> str | None:
    """The revision the database is at, None when it was never migrated.

    Raises OSError or asyncpg.PostgresError when the server cannot be reached.
    """
    return asyncio.run(_revision_of(url))


def is_current(url: str) -> bool:
    """Whether the database is at the revision this program was written for."""
    return revision_of(url) == head()


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate forward; several processes may do so at once, one of them does the work.

    Synchronous: from a running event loop call it in a thread. Raises UnknownRevisionError for a database that a
    newer program has migrated.
    """
    found = revision_of(url)
    if found is not None and found not in _revisions():
        raise UnknownRevisionError(found, head())
    if found == head():
        return
    from alembic import command

    command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Migrate back to the revision; `base` leaves an empty schema."""
    from alembic import command

    command.downgrade(configuration(url), revision)


def configuration(url: str) -> Config:
    """Alembic's configuration for this database."""
    from alembic.config import Config

    # The program may be installed as a wheel: `pyproject.toml`, which the `alembic` command reads, is not there then.
    configuration = Config()
    configuration.set_main_option("script_location", str(_VERSIONS.parent).replace("%", "%%"))
    configuration.attributes["url"] = url
    return configuration


def _revisions() -> set[str]:
    return {path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py")}


async def _revision_of(url: str) -> str | None:
    dsn, _ = split_prepared_statements(url)
    connection = await asyncpg.connect(dsn, statement_cache_size=0)
    try:
        if await connection.fetchval("select to_regclass('alembic_version')") is None:
            return None
        revision: str | None = await connection.fetchval("select version_num from alembic_version")
        return revision
    finally:
        await connection.close()
