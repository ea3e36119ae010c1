"""One server for everybody who uses a folder, whoever started it and however they end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest

from db.embedded import open_server, open_throwaway_server
from db.embedded_errors import DataFolderError, FastServerError, StartError, WrongMajorVersionError
from db.embedded_folder import DataFolder
from tests.db.processes import Client, guards_of, is_alive, processes_of, until

StartClient = Callable[..., Client]


async def _ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _postmaster(url: str, folder: DataFolder) -> int:
    assert await _ask(url, "select 1") == 1
    running = folder.running()
    assert running is not None
    return running.pid


def _guard(folder: DataFolder) -> int:
    (guard,) = guards_of(folder.path)
    return guard


async def test_two_processes_share_one_server(folder: DataFolder, client: StartClient) -> None:
    other = client()
    with open_server(folder.path, durable=False) as server:
        assert other.answer() == server.url
        until(lambda: len(guards_of(folder.path)) == 1)
        other.end()
        assert await _ask(server.url, "select 1") == 1
    until(lambda: folder.running() is None)


async def test_processes_that_start_at_once_get_one_server(folder: DataFolder) -> None:
    with ThreadPoolExecutor(6) as threads:
        servers = list(threads.map(lambda _: open_server(folder.path, durable=False), range(6)))
    assert len({server.url for server in servers}) == 1
    until(lambda: len(guards_of(folder.path)) == 1)
    for server in servers:
        server.close()


def _pid(folder: DataFolder) -> int | None:
    running = folder.running()
    return None if running is None else running.pid


async def test_one_who_comes_while_the_server_stops_gets_a_running_one(folder: DataFolder) -> None:
    for _ in range(8):
        with open_server(folder.path, durable=False) as server:
            assert await _ask(server.url, "select 1") == 1
        until(lambda: not guards_of(folder.path) or _is_stopping(folder))


def _is_stopping(folder: DataFolder) -> bool:
    running = folder.running()
    return running is None or not running.ready


async def test_the_server_ends_soon_after_its_last_client_was_killed(folder: DataFolder, client: StartClient) -> None:
    other = client()
    until(other.answer)
    other.kill()
    until(lambda: not processes_of(folder.path), seconds=5)


async def test_a_killed_guard_is_replaced_and_nobody_notices(folder: DataFolder) -> None:
    with open_server(folder.path, durable=False) as server:
        connection = await asyncpg.connect(server.url)
        before, postmaster = _guard(folder), await _postmaster(server.url, folder)
        os.kill(before, signal.SIGKILL)
        until(lambda: guards_of(folder.path) and guards_of(folder.path) != [before])
        assert await connection.fetchval("select 1") == 1
        assert await _postmaster(server.url, folder) == postmaster
        await connection.close()
    until(lambda: not processes_of(folder.path), seconds=5)


async def test_nothing_remains_when_guard_and_client_are_killed_together(
    folder: DataFolder, client: StartClient
) -> None:
    other = client()
    until(other.answer)
    os.kill(_guard(folder), signal.SIGKILL)
    other.kill()
    until(lambda: not processes_of(folder.path), seconds=5)


@pytest.mark.parametrize("whom", ["server", "server and guard", "everybody"])
async def test_the_next_client_finds_the_data_after_a_kill(folder: DataFolder, client: StartClient, whom: str) -> None:
    other = client(durable=True)
    url = other.answer()
    await _ask(url, "create table kept as select generate_series(1, 1000) as number")
    postmaster = await _postmaster(url, folder)
    if whom != "server":
        os.kill(_guard(folder), signal.SIGKILL)
    os.kill(postmaster, signal.SIGKILL)
    if whom == "everybody":
        other.kill()
    until(lambda: _pid(folder) != postmaster)
    with open_server(folder.path, durable=True) as server:
        assert server.url == url
        assert await _ask(server.url, "select count(*) from kept") == 1000
        assert await _postmaster(server.url, folder) != postmaster


async def test_a_process_id_that_is_in_use_again_does_not_keep_the_server_from_starting(folder: DataFolder) -> None:
    with open_server(folder.path, durable=False):
        pass
    until(lambda: not processes_of(folder.path))
    left_behind = folder.cluster() / "postmaster.pid"
    left_behind.write_text(f"{os.getppid()}\n{folder.cluster()}\n0\n5432\n{folder.path}\n\n\nready\n")
    owner = folder.cluster().stat()
    os.chown(left_behind, owner.st_uid, owner.st_gid)
    with open_server(folder.path, durable=False) as server:
        assert await _ask(server.url, "select 1") == 1


async def test_a_folder_that_was_taken_away_leaves_no_server(folder: DataFolder) -> None:
    server = open_server(folder.path, durable=False)
    first = await _postmaster(server.url, folder)
    folder.path.rename(folder.path.with_name("deleted"))
    with open_server(folder.path, durable=False) as second:
        assert await _postmaster(second.url, folder) != first
        server.close()
        until(lambda: not is_alive(first))
        assert await _ask(second.url, "select 1") == 1


async def test_a_throwaway_server_is_gone_with_its_files() -> None:
    with open_throwaway_server() as server:
        assert await _ask(server.url, "show fsync") == "off"
        folder = Path(await _ask(server.url, "show data_directory")).parent  # type: ignore[arg-type]
    assert not folder.exists()
    until(lambda: not processes_of(folder))


async def test_settings_are_durable_where_asked_for(folder: DataFolder) -> None:
    with open_server(folder.path, durable=True) as server:
        shown = [
            await _ask(server.url, f"show {name}")
            for name in ("fsync", "synchronous_commit", "full_page_writes", "jit", "timezone")
        ]
        assert shown == ["on", "on", "on", "off", "UTC"]
        with open_server(folder.path, durable=False) as other:
            assert other.url == server.url


async def test_a_durable_client_does_not_join_a_fast_server(folder: DataFolder) -> None:
    with open_server(folder.path, durable=False), pytest.raises(FastServerError, match="OTKLIK_DATA_DIR"):
        open_server(folder.path, durable=True)


async def test_text_is_unicode_and_sorted_by_code_point(folder: DataFolder) -> None:
    with open_server(folder.path, durable=False) as server:
        assert await _ask(server.url, "select upper('ёлка')") == "ЁЛКА"
        assert await _ask(server.url, "select 'Z' < 'a'") is True


async def test_nobody_gets_in_without_the_password_and_nothing_listens_on_the_network(folder: DataFolder) -> None:
    with open_server(folder.path, durable=False) as server:
        head, _, tail = server.url.partition("@")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(f"{head}wrong@{tail}")
        assert await _ask(server.url, "show listen_addresses") == ""
        running = folder.running()
        assert running is not None
        assert Path(running.socket_folder).stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_the_programs_secrets_do_not_reach_the_processes_that_outlive_it(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTKLIK_TELEGRAM_TOKEN", "123456:secret")
    with open_server(folder.path, durable=False):
        for pid in processes_of(folder.path):
            assert b"123456:secret" not in Path(f"/proc/{pid}/environ").read_bytes()


async def test_a_row_that_breaks_a_constraint_is_not_in_the_log(folder: DataFolder) -> None:
    with open_server(folder.path, durable=False) as server:
        await _ask(server.url, "create table phones (phone text unique)")
        with pytest.raises(asyncpg.UniqueViolationError):
            await _ask(server.url, "insert into phones values ('+79001234567'), ('+79001234567')")
        assert "ready to accept connections" in folder.log.read_text()
        assert "79001234567" not in folder.log.read_text()


@pytest.mark.parametrize("name", ["a folder, with 'quotes' and \"more\"", "папка", "x" * 120])
async def test_any_name_will_do_for_the_folder(data_dir: Path, name: str) -> None:
    folder = DataFolder(data_dir / name)
    with open_server(folder.path, durable=False) as server:
        assert await _ask(server.url, "select 1") == 1
    until(lambda: not processes_of(folder.path))


async def test_another_major_version_is_refused(folder: DataFolder, client: StartClient) -> None:
    folder.cluster().mkdir(parents=True)
    (folder.cluster() / "PG_VERSION").write_text("16\n")
    with pytest.raises(WrongMajorVersionError, match=r"PostgreSQL 16.*PostgreSQL 18.*OTKLIK_DATABASE_URL"):
        open_server(folder.path, durable=False)
    assert not processes_of(folder.path)


async def test_a_file_is_no_folder(data_dir: Path) -> None:
    data_dir.write_text("")
    with pytest.raises(DataFolderError, match="OTKLIK_DATA_DIR"):
        open_server(data_dir, durable=False)


async def test_what_keeps_the_server_from_starting_is_told(folder: DataFolder) -> None:
    with open_server(folder.path, durable=False):
        pass
    until(lambda: not processes_of(folder.path))
    with (folder.cluster() / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = on\n")
    with pytest.raises(StartError, match="no_such_setting"):
        open_server(folder.path, durable=False)


class TestAsRoot:
    pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can")

    async def test_a_closed_folder_keeps_its_database_where_the_server_reaches_it(
        self, folder: DataFolder, client: StartClient
    ) -> None:
        folder.path.mkdir(mode=0o700)
        with open_server(folder.path, durable=False) as server:
            await _ask(server.url, "create table kept ()")
        until(lambda: not processes_of(folder.path))
        elsewhere = folder.cluster()
        try:
            assert not elsewhere.is_relative_to(folder.path)
            assert folder.path.stat().st_mode & 0o777 == 0o700
            with open_server(folder.path, durable=False) as server:
                assert await _ask(server.url, "select count(*) from kept") == 0
            until(lambda: not processes_of(folder.path))
        finally:
            shutil.rmtree(elsewhere.parent)
        with pytest.raises(DataFolderError, match=r"postgres\.location"):
            open_server(folder.path, durable=False)

    async def test_a_closed_folder_that_is_deleted_at_once_leaves_no_server(
        self, folder: DataFolder, client: StartClient
    ) -> None:
        folder.path.mkdir(mode=0o700)
        other = client()
        until(other.answer)
        elsewhere = folder.cluster()
        try:
            assert not elsewhere.is_relative_to(folder.path)
            other.process.kill()
            shutil.rmtree(folder.path)
            until(lambda: not processes_of(elsewhere))
        finally:
            shutil.rmtree(elsewhere.parent)

    async def test_an_ordinary_user_needs_no_root(self, data_dir: Path) -> None:
        python = next((each for each in ("/usr/bin/python3", "/usr/local/bin/python3") if Path(each).exists()), None)
        if python is None:
            pytest.skip("every Python on this machine is in a closed folder")
        data_dir.mkdir()
        shutil.chown(data_dir, "nobody")
        program = (
            "import sys, pathlib; from db.embedded import open_server\n"
            "with open_server(pathlib.Path(sys.argv[1]), durable=False) as server: print(server.url)\n"
        )
        ran = subprocess.run(
            [python, "-c", program, str(data_dir)],
            user="nobody",
            extra_groups=[],
            env={
                "PYTHONPATH": os.pathsep.join(
                    entry for entry in sys.path if "packages" in entry or entry == os.getcwd()
                )
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.stdout.startswith("postgresql://otklik:"), ran.stderr
        assert (data_dir / "postgres").owner() == "nobody"
        until(lambda: not processes_of(data_dir))
        # Whose the folder is, as that user root runs the server.
        with open_server(data_dir, durable=False) as server:
            assert await _ask(server.url, "select 1") == 1
        assert {each.owner() for each in data_dir.iterdir()} == {"nobody"}

    async def test_an_ordinary_user_is_told_that_the_folder_is_not_theirs(self, folder: DataFolder) -> None:
        with open_server(folder.path, durable=False):
            os.seteuid(65534)
            try:
                with pytest.raises(DataFolderError, match="the user it belongs to"):
                    open_server(folder.path, durable=False)
            finally:
                os.seteuid(0)
