"""Trouble for journeys: processes that can be killed, a database that goes away, and waiting for what comes of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from bot.app import RunRole
from bot.sandbox import Person
from bot.sandbox.journal import Call
from tests.journeys.product import Customer, CustomerMessage, Product

ROOT = Path(__file__).parents[2]

PROCESS = """
import asyncio, logging, sys
from datetime import datetime
import structlog
from bot.app import Application, RunRole
from bot.clock import MovableClock
from bot.settings import Settings
from db.database import Database

async def main(at):
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    settings = Settings(_env_file=None)
    database = await Database.connect(settings.database_url.get_secret_value())
    clock = MovableClock(at, running=False)
    application = Application(settings, database, clock)
    await application.prepare(None)
    started = asyncio.Event()
    running = asyncio.create_task(application.run(RunRole(sys.argv[1]), asyncio.Event(), started=started))
    await started.wait()
    print("started", flush=True)
    await running

asyncio.run(main(datetime.fromisoformat(sys.stdin.readline().strip())))
"""
"""A process of the product; it begins once it is told the moment at which its business time stands."""

COMMAND = "from bot.cli import main; main()"


@dataclass(frozen=True)
class Victim:
    """Another process of the product."""

    process: asyncio.subprocess.Process

    async def begin(self, at: datetime) -> None:
        """Let it work at this moment of business time, and wait until it does."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{at.isoformat()}\n".encode())
        async with asyncio.timeout(60):
            while line := await self.process.stdout.readline():
                if b"started" in line:
                    return
        raise AssertionError("the process ended before it started")

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        await self.process.wait()

    async def terminate(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            return await self.process.wait()


@asynccontextmanager
async def process(product: Product, database_url: str, role: RunRole) -> AsyncGenerator[Victim, None]:
    """A process of this installation that waits for `begin`; killed at the end if it still runs."""
    async with _spawned(PROCESS, role.value, environment=_environment(product, database_url)) as victim:
        yield victim


@asynccontextmanager
async def command(
    product: Product, database_url: str, *arguments: str, **settings: str
) -> AsyncGenerator[Victim, None]:
    """`otklik` with these arguments for this installation, by the machine's own clock; killed at the end."""
    environment = _environment(product, database_url) | settings
    async with _spawned(COMMAND, *arguments, environment=environment) as victim:
        yield victim


@asynccontextmanager
async def _spawned(source: str, *arguments: str, environment: dict[str, str]) -> AsyncGenerator[Victim, None]:
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        source,
        *arguments,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stdin=asyncio.subprocess.PIPE,
    )
    try:
        yield Victim(running)
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


def _environment(product: Product, database_url: str) -> dict[str, str]:
    settings = product.settings
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTKLIK_")}
    in_vk = {}
    if product.vk is not None:
        in_vk = {
            "OTKLIK_VK_TOKEN": product.vk.token,
            "OTKLIK_VK_GROUP_ID": str(product.vk.group_id),
            "OTKLIK_VK_API_URL": product.vk.api_url,
            "OTKLIK_PACE_VK": str(settings.pace_vk),
        }
    return inherited | {
        **in_vk,
        "OTKLIK_DATABASE_URL": database_url,
        "OTKLIK_DATA_DIR": str(settings.data_dir),
        "OTKLIK_TELEGRAM_TOKEN": product.telegram.token,
        "OTKLIK_TELEGRAM_API_URL": product.telegram.api_url,
        "OTKLIK_OWNERS": ",".join(map(str, settings.owners)),
        "OTKLIK_STAFF_CHAT": str(settings.staff_chat),
        "OTKLIK_HTTP_PORT": "0",
        "OTKLIK_PACE_TELEGRAM": str(settings.pace_telegram),
    }


@dataclass(frozen=True)
class Gate:
    """The way into a test's database, which the server can close."""

    server: asyncpg.Connection
    name: str

    @classmethod
    def of(cls, server: asyncpg.Connection, database_url: str) -> Gate:
        """The gate of the database of this URL."""
        return cls(server, urlsplit(database_url).path.removeprefix("/"))

    @asynccontextmanager
    async def closed(self) -> AsyncGenerator[None, None]:
        """Every connection breaks and no new one is let in until the end of the block."""
        await self.server.execute(f"alter database {self.name} allow_connections false")
        try:
            await self.break_connections()
            yield
        finally:
            await self.server.execute(f"alter database {self.name} allow_connections true")

    async def break_connections(self) -> None:
        """Every connection breaks; new ones are let in."""
        await self.server.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", self.name
        )

    async def waits_for_lock(self) -> None:
        """Wait until a statement in the database waits for a lock somebody else holds."""
        await eventually(
            lambda: self.server.fetchval(
                "select count(*) from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'", self.name
            )
        )


async def eventually(met: Callable[[], Awaitable[object]], *, deadline: float = 10) -> None:
    """Wait for what happens in another process or in the database; raises TimeoutError."""
    async with asyncio.timeout(deadline):
        while not await met():
            await asyncio.sleep(0.01)


async def told(product: Product, event: str) -> dict[str, object]:
    """What became of an event."""
    return await product.get(f"/api/v1/events/{event}")


async def became(product: Product, event: str, outcome: str) -> None:
    """Wait until an event has this outcome."""

    async def met() -> bool:
        return (await told(product, event))["outcome"] == outcome

    await eventually(met)


def questions(person: Customer) -> list[CustomerMessage]:
    """Every question somebody was sent, as long as it shows its scale."""
    return [message for message in person.see() if message.from_bot and "5" in message.labels]


def sent_to(product: Product, chat_id: int, *, after: int = 0) -> list[Call]:
    """The messages sent to a chat, also those whose answer got lost."""
    calls = product.telegram.journal.calls("sendMessage", after=after)
    return [call for call in calls if str(call.parameters["chat_id"]) == str(chat_id)]


def crowd(product: Product, number: int) -> list[Person]:
    """People who have started the bot in Telegram and are not known to the shop."""
    return [product.telegram.add_person(3000 + one, f"П{one}", started=True) for one in range(number)]


async def plan(product: Product, people: list[Person]) -> None:
    """Report an order of each of these people, whose Telegram ids the shop knows."""
    events = [
        {
            "id": f"{person.id}:delivery",
            "touchpoint": "delivery",
            "occurred_at": product.clock.now().isoformat(),
            "order_id": str(person.id),
            "customer": {"id": f"c-{person.id}", "telegram_id": person.id},
        }
        for person in people
    ]
    results = (await product.post("/api/v1/events", events))["results"]
    assert isinstance(results, list)
    assert {result["outcome"] for result in results} == {"planned"}


async def end_leases(product: Product) -> None:
    """Let so much machine time pass that everything a dead process held is free."""
    async with product.database.transaction() as transaction:
        await transaction.run(
            "update schedule set claimed_at = claimed_at - interval '5 minutes' where state = 'sending'"
        )
        await transaction.run("update leases set expires_at = clock_timestamp() - interval '1 second'")


async def count(product: Product, query: str, *arguments: object) -> object:
    """A number the API does not tell."""
    async with product.database.autocommit() as transaction:
        return await transaction.value(query, *arguments)
