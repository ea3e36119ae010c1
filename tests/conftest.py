"""A migrated PostgreSQL database for every test that asks for one."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import structlog
from hypothesis import settings

from db.database import Database
from db.embedded import open_throwaway_server
from db.migrating import upgrade

settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

ROOM_FOR_A_SERVER = 3 * 2**30
"""Bytes; PostgreSQL's log alone takes one gigabyte before it is written over, and as many servers run as workers."""


@pytest.fixture(autouse=True)
def plain_logs() -> Generator[None, None, None]:
    """Every test begins with the same logs, whatever ran before it in this process.

    Tracebacks come without the values of variables, which take seconds to draw.
    """
    structlog.reset_defaults()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def server_url() -> Generator[str, None, None]:
    """A server on which tests may create databases: OTKLIK_TEST_DATABASE_URL, else one that ends with the tests."""
    given = os.environ.get("OTKLIK_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with open_throwaway_server(memory_folder()) as server:
        yield server.url


def memory_folder() -> Path | None:
    """A folder in memory with room for a server, if any: most tests make a database, which a disk does slowly."""
    folder = Path("/dev/shm")
    is_fit = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= ROOM_FOR_A_SERVER
    return folder if is_fit else None


@pytest.fixture(scope="session")
async def server(server_url: str) -> AsyncGenerator[asyncpg.Connection, None]:
    """The connection on which databases are created and dropped."""
    connection = await asyncpg.connect(server_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def template(server_url: str, server: asyncpg.Connection) -> AsyncGenerator[str, None]:
    """The name of a database migrated once, of which each test gets a copy."""
    name = f"otklik_template_{secrets.token_hex(4)}"
    await server.execute(f"create database {name}")
    await asyncio.to_thread(upgrade, database_named(server_url, name))
    await server.execute(f"alter database {name} allow_connections false")
    yield name
    await server.execute(f"drop database {name} with (force)")


@pytest.fixture
async def database_url(server_url: str, server: asyncpg.Connection, template: str) -> AsyncGenerator[str, None]:
    """The URL of a fresh, migrated database that is the test's alone."""
    name = f"otklik_test_{secrets.token_hex(6)}"
    await server.execute(f"create database {name} template {template} strategy file_copy")
    yield database_named(server_url, name)
    await server.execute(f"drop database {name} with (force)")


@pytest.fixture
async def empty_database_url(server_url: str, server: asyncpg.Connection) -> AsyncGenerator[str, None]:
    """The URL of a database without tables."""
    name = f"otklik_empty_{secrets.token_hex(6)}"
    await server.execute(f"create database {name}")
    yield database_named(server_url, name)
    await server.execute(f"drop database {name} with (force)")


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database, None]:
    """The program's own connection pool on a fresh database."""
    database = await Database.connect(database_url)
    yield database
    await database.close()


def database_named(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
