"""`otklik run` as a process of its own: what it says at its start, and that it keeps secrets to itself."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from tests.bot.sandbox.conformance import ServeTelegram, serve_telegram
from tests.bot.sandbox.vk_conformance import ServeVK, serve_vk

__all__ = ["serve_telegram", "serve_vk"]

API_KEY = "the_shops_own_key"
WEBHOOK_SECRET = "a-secret-of-the-webhook"
SENTRY_KEY = "0123456789abcdef0123456789abcdef"
AWAY = {"TELEGRAM_TOKEN": "1:token-of-a-bot", "TELEGRAM_API_URL": "http://127.0.0.1:9"}
Run = Callable[..., AbstractAsyncContextManager["Running"]]


class Running:
    """A process; everything it says is kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""

    async def says(self, part: str) -> None:
        """Wait until it said this."""
        assert self.process.stdout is not None
        async with asyncio.timeout(50):
            while part not in self.said:
                line = await self.process.stdout.readline()
                assert line, f"it ended without {part}:\n{self.said}"
                self.said += line.decode()

    async def end(self) -> int:
        """Its exit status, once it ended; asked to when it has not."""
        if self.process.returncode is None:
            self.process.terminate()
        return await self.wait()

    async def wait(self) -> int:
        """Its exit status, once it ended by itself."""
        assert self.process.stdout is not None
        async with asyncio.timeout(50):
            self.said += (await self.process.stdout.read()).decode()
            return await self.process.wait()


@pytest.fixture
def run(folder: Path, database_url: str) -> Run:
    """Starts `otklik run` in the folder, with these settings beside the usual ones; killed at the end."""

    @asynccontextmanager
    async def start(**settings: str) -> AsyncGenerator[Running, None]:
        inherited: Mapping[str, str] = {
            name: value for name, value in os.environ.items() if not name.startswith("OTKLIK_")
        }
        given = {"DATABASE_URL": database_url, "HTTP_PORT": "0", "API_KEY": API_KEY, "LOG_LEVEL": "DEBUG"} | settings
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("otklik")),
            "run",
            cwd=folder,
            env={**inherited, **{f"OTKLIK_{name}": value for name, value in given.items()}},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL,
        )
        try:
            yield Running(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    return start


@asynccontextmanager
async def sentry() -> AsyncGenerator[tuple[str, list[str]], None]:
    """Where reports go: the DSN, and what came."""
    reports: list[str] = []

    async def take(request: web.Request) -> web.Response:
        content = await request.read()
        reports.append((gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content).decode())
        return web.json_response({})

    application = web.Application()
    application.router.add_post("/api/42/envelope/", take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://{SENTRY_KEY}@127.0.0.1:{runner.addresses[0][1]}/42", reports
    finally:
        await runner.cleanup()


async def test_secrets_are_in_neither_its_output_nor_its_error_reports(
    run: Run, folder: Path, serve_telegram: ServeTelegram, serve_vk: ServeVK, database_url: str
) -> None:
    async with serve_telegram(pace=False) as telegram, serve_vk() as vk, sentry() as (dsn, reports):
        secrets = {"TELEGRAM_TOKEN": telegram.token, "WEBHOOK_SECRET": WEBHOOK_SECRET, "SENTRY_DSN": dsn}
        in_vk = {"VK_TOKEN": vk.token, "VK_GROUP_ID": str(vk.group_id), "VK_API_URL": vk.api_url}
        async with run(**secrets, TELEGRAM_API_URL=telegram.api_url, **in_vk) as running:
            await running.says("started")
            # a fault is told with the key it is about: here our secrets are the keys
            faulty = f"{WEBHOOK_SECRET}: 1\n{API_KEY}: 1\n'{telegram.token}': 1\n"
            with (folder / "catalog.yaml").open("a", encoding="utf-8") as file:
                file.write(faulty)
            await running.says("catalogue_fault ")
            assert await running.end() == 0
    assert "catalogue_file_faulty" in running.said
    password = urlsplit(database_url).password
    assert reports
    for said in (running.said, *reports):
        for secret in (telegram.token, API_KEY, WEBHOOK_SECRET, SENTRY_KEY, vk.token, password):
            assert secret is None or secret not in said.replace(f'"public_key":"{SENTRY_KEY}"', "")
    assert any("catalogue_file_faulty" in report for report in reports)


@pytest.mark.parametrize(
    ("settings", "fix"),
    [
        ({}, "OTKLIK_TELEGRAM_TOKEN"),
        (AWAY | {"CATALOG": "nothing.yaml"}, "OTKLIK_CATALOG"),
        (AWAY | {"DATABASE_URL": "postgresql://shop:wrong@127.0.0.1:9/shop"}, "is OTKLIK_DATABASE_URL right?"),
        (AWAY | {"TELEGRAM_MODE": "webhook"}, "OTKLIK_PUBLIC_URL"),
        (AWAY | {"HTTP_PORT": "taken"}, "OTKLIK_HTTP_PORT"),
        ({"VK_TOKEN": "vk1.a.token"}, "OTKLIK_VK_GROUP_ID"),
        ({"VK_TOKEN": "vk1.a.token", "VK_GROUP_ID": "7", "VK_MODE": "callback"}, "OTKLIK_VK_CONFIRMATION"),
    ],
)
async def test_it_says_what_keeps_it_from_starting(run: Run, settings: dict[str, str], fix: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        async with run(**{name: port if value == "taken" else value for name, value in settings.items()}) as running:
            assert await running.wait() == 2, running.said
    told = [line for line in running.said.splitlines() if line.startswith("otklik run: ")]
    assert len(told) == 1, running.said
    assert fix in told[0]
    assert "Traceback" not in running.said


async def test_a_wrong_password_is_told(run: Run, database_url: str) -> None:
    password = urlsplit(database_url).password
    async with run(**AWAY, DATABASE_URL=database_url.replace(f":{password}@", ":wrong@")) as running:
        assert await running.wait() == 2
    assert "refuses the user or the password" in running.said


async def test_a_refused_token_is_told(run: Run, serve_telegram: ServeTelegram) -> None:
    async with (
        serve_telegram(pace=False) as telegram,
        run(TELEGRAM_TOKEN="1:refused", TELEGRAM_API_URL=telegram.api_url) as running,
    ):
        assert await running.wait() == 2
    assert "otklik run: Telegram refused OTKLIK_TELEGRAM_TOKEN" in running.said
    assert "Traceback" not in running.said


async def test_vk_alone_is_enough_and_its_refused_token_is_told(run: Run, serve_vk: ServeVK) -> None:
    async with serve_vk() as vk:
        where = {"VK_GROUP_ID": str(vk.group_id), "VK_API_URL": vk.api_url}
        async with run(VK_TOKEN=vk.token, **where) as running:
            await running.says("polling_started")
            assert await running.end() == 0
        async with run(VK_TOKEN="vk1.a.refused", **where) as refused:
            assert await refused.wait() == 2
    assert "no_telegram" in running.said
    assert "otklik run: VK refused OTKLIK_VK_TOKEN" in refused.said
    assert "Traceback" not in refused.said
