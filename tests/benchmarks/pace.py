"""The pace at 30 messages a second, with one process and with three, against the sandbox's bucket (rate 30, burst 30).

    python tests/benchmarks/pace.py [--messages 450] [--url postgresql://…]

Each worker is a process of its own. What the limit allows is counted from the first second on, so that the burst of a
rested channel is not taken for speed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from installation import NOON, Installation, installation

RATE = 30.0
AT_LEAST = 0.98
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Measurement:
    """Share of the limit that was used, and how often the messenger said 429, by the number of processes."""

    used: dict[int, float]
    too_many: dict[int, int]

    @property
    def is_met(self) -> bool:
        """Whether DESIGN.md's floor is met."""
        return min(self.used.values()) >= AT_LEAST and not any(self.too_many.values())

    def __str__(self) -> str:
        return "\n".join(
            f"pace {RATE:.0f}/s, {processes} process{'es' if processes > 1 else ''}: ratio {share:.3f}"
            f" (at least {AT_LEAST}), {self.too_many[processes]} times 429 (none)"
            for processes, share in self.used.items()
        )


async def measure(*, messages: int, url: str | None = None) -> Measurement:
    """One process, then three."""
    used: dict[int, float] = {}
    too_many: dict[int, int] = {}
    async with installation(url) as installed:
        for turn, processes in enumerate((1, 3)):
            first = 1 + turn * messages
            await installed.plan(first, messages)
            used[processes], too_many[processes] = await _turn(installed, first, messages, processes)
    return Measurement(used, too_many)


async def _turn(installed: Installation, first: int, messages: int, processes: int) -> tuple[float, int]:
    async with installed.database.autocommit() as transaction:
        await transaction.run("truncate budgets")
    with ExitStack() as running:
        api_url, token = running.enter_context(_process("-m", "bot.sandbox", "--people", str(first + messages)))
        for _ in range(processes):
            running.enter_context(
                _process(__file__, "--worker", "--api-url", api_url, "--token", token, "--url", installed.url)
            )
        deadline = time.monotonic() + 3 * messages / RATE + 30
        while await _left(installed):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{await _left(installed)} messages were not sent in time")
            await asyncio.sleep(0.2)
        calls = await asyncio.to_thread(_calls, api_url)
    sent = sorted(call["at"] for call in calls if call["status"] == 200)
    assert len(sent) == messages, len(sent)
    counted = [at for at in sent if at >= sent[0] + 1]
    return (len(counted) - 1) / (counted[-1] - counted[0]) / RATE, sum(call["status"] == 429 for call in calls)


async def _left(installed: Installation) -> int:
    async with installed.database.autocommit() as transaction:
        count = await transaction.value(
            "select count(*) from schedule where kind = 'invitation' and state in ('due', 'sending')"
        )
    assert isinstance(count, int)
    return count


def _calls(api_url: str) -> list[dict[str, object]]:
    with urlopen(f"{api_url}/sandbox/calls?method=sendMessage") as answer:
        calls = json.load(answer)
    assert isinstance(calls, list)
    return calls


@contextmanager
def _process(*arguments: str) -> Generator[tuple[str, str], None, None]:
    """A process of our own that prints two words when it is ready."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    try:
        one, other = process.stdout.readline().split()
        yield one, other
    finally:
        process.terminate()
        process.wait()


async def _work(api_url: str, token: str, url: str) -> None:
    from bot.budget import Budget
    from bot.clock import MovableClock
    from bot.delivery import Delivery
    from bot.logs import configure_logging
    from bot.renderers import build_renderers
    from bot.scheduler import DELIVERY_EVERY, Ticks
    from bot.telegram.client import TelegramClient
    from bot.telegram.messenger import TelegramMessenger
    from db.database import Database
    from surveys.publishing import Catalogues

    configure_logging("WARNING")
    stop, ticks, catalogues = asyncio.Event(), Ticks(), Catalogues()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = await Database.connect(url)
    await catalogues.refresh(database)
    clock = MovableClock(NOON)
    async with TelegramClient(token, api_url) as client:
        delivery = Delivery(
            database,
            catalogues,
            TelegramMessenger(client),
            renderers=build_renderers(database, catalogues, clock),
            clock=clock,
            budget=Budget(database, "telegram", RATE),
        )
        ticks.call("delivery", DELIVERY_EVERY, delivery.wake)
        ticks.start()
        sys.stdout.write("ready now\n")
        sys.stdout.flush()
        await delivery.run(stop)
    await ticks.stop()
    await database.close()


def main() -> int:
    """Print the ratios; 0 when the floors are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=450)
    parser.add_argument("--url")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--api-url", help=argparse.SUPPRESS)
    parser.add_argument("--token", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        asyncio.run(_work(arguments.api_url, arguments.token, arguments.url))
        return 0
    measured = asyncio.run(measure(messages=arguments.messages, url=arguments.url))
    print(measured)
    return 0 if measured.is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
