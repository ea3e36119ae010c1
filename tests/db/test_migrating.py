"""Migrations: forward, back and forward again, by several processes at once, equal to db/tables.py."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from db.embedded_binaries import find_binaries
from db.migrating import UnknownRevisionError, configuration, downgrade, head, is_current, revision_of, upgrade
from db.tables import metadata

REVISIONS = [script.revision for script in ScriptDirectory.from_config(configuration("")).walk_revisions()][::-1]


def _schema(url: str) -> str:
    pg_dump = find_binaries(None) / "pg_dump"
    options = ["--schema-only", "--no-owner", "--exclude-table=alembic_version", "--restrict-key=same"]
    return subprocess.run([pg_dump, *options, url], capture_output=True, text=True, check=True).stdout


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def test_every_migration_goes_forward_back_and_forward(empty_database_url: str) -> None:
    empty = _schema(empty_database_url)
    before = "base"
    for revision in REVISIONS:
        upgrade(empty_database_url, revision)
        there = _schema(empty_database_url)
        downgrade(empty_database_url, before)
        upgrade(empty_database_url, revision)
        assert _schema(empty_database_url) == there
        before = revision
    assert is_current(empty_database_url)
    downgrade(empty_database_url, "base")
    assert _schema(empty_database_url) == empty
    assert revision_of(empty_database_url) is None


def test_alembic_finds_nothing_to_add_to_the_migrations(database_url: str) -> None:
    command.check(configuration(database_url))


async def test_migrations_make_the_very_tables_the_code_describes(database_url: str, empty_database_url: str) -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(empty_database_url, statement_cache_size=0)
    )
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    await _run(database_url, "drop schema bi cascade")  # for others to read: tests/db/test_bi_views.py
    migrated = await asyncio.to_thread(_schema, database_url)
    described = await asyncio.to_thread(_schema, empty_database_url)
    assert migrated == described


def test_the_head_is_known_without_alembic() -> None:
    assert head() == ScriptDirectory.from_config(configuration("")).get_current_head()


def test_a_database_is_current_once_migrated(empty_database_url: str) -> None:
    assert not is_current(empty_database_url)
    separator = "&" if "?" in empty_database_url else "?"
    upgrade(f"{empty_database_url}{separator}prepared_statements=off")
    assert is_current(empty_database_url)
    upgrade(empty_database_url)


async def test_a_database_of_a_newer_program_is_refused(database_url: str) -> None:
    await _run(database_url, "update alembic_version set version_num = '9999'")
    with pytest.raises(UnknownRevisionError, match=r"revision 9999.*Update Otklik"):
        await asyncio.to_thread(upgrade, database_url)
    assert await asyncio.to_thread(is_current, database_url) is False


def _migrate(**settings: str) -> subprocess.Popen[str]:
    program = "from bot.cli import main; main()"
    environment = {"PATH": os.environ["PATH"], **settings}
    return subprocess.Popen(
        [sys.executable, "-c", program, "migrate"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_processes_that_migrate_at_once_wait_for_each_other(empty_database_url: str) -> None:
    processes = [_migrate(OTKLIK_DATABASE_URL=empty_database_url) for _ in range(3)]
    for process in processes:
        said, complained = process.communicate()
        assert (process.returncode, complained) == (0, "")
        assert head() in said
    assert is_current(empty_database_url)


def test_migrate_without_a_database_url_makes_the_embedded_one(data_dir: Path) -> None:
    process = _migrate(OTKLIK_DATA_DIR=str(data_dir))
    said, complained = process.communicate()
    assert (process.returncode, complained) == (0, "")
    assert head() in said


def test_migrate_says_what_to_check_when_there_is_no_server() -> None:
    process = _migrate(OTKLIK_DATABASE_URL="postgresql://nobody:secret@127.0.0.1:1/none")
    said, complained = process.communicate()
    assert process.returncode == 2
    assert "OTKLIK_DATABASE_URL" in complained
    assert "secret" not in said + complained
