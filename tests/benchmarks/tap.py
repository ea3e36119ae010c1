"""Taps by webhook at concurrency 20 against a bare aiogram handler that makes the same two calls without a database.

    python tests/benchmarks/tap.py [--taps 2000] [--rounds 3] [--url postgresql://…]

From the update's arrival to the answer of the webhook: with ours the score is committed and both calls are out by then;
the floor answers the tap and redraws the message. Each server is a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from installation import NOON, Installation, installation
from stand_in import TOKEN, stand_in

SECRET = "secret-of-the-bench"
CONCURRENCY = 20
AT_LEAST = 1.0
P99_AT_MOST = 1.0
SCORE = 9


@dataclass(frozen=True, slots=True)
class Measurement:
    """Medians: taps a second, and the 99th percentile in milliseconds."""

    floor: float
    ours: float
    floor_p99: float
    ours_p99: float

    @property
    def ratio(self) -> float:
        """How many times the floor."""
        return self.ours / self.floor

    @property
    def p99_ratio(self) -> float:
        """How much of the floor's 99th percentile."""
        return self.ours_p99 / self.floor_p99

    @property
    def is_met(self) -> bool:
        """Whether DESIGN.md's floor is met."""
        return self.ratio >= AT_LEAST and self.p99_ratio <= P99_AT_MOST

    def __str__(self) -> str:
        return (
            f"tap {self.ours:.0f}/s, bare aiogram {self.floor:.0f}/s: ratio {self.ratio:.2f} (at least {AT_LEAST});"
            f" p99 {self.ours_p99:.1f} ms against {self.floor_p99:.1f} ms: {self.p99_ratio:.2f} (at most {P99_AT_MOST})"
        )


async def measure(*, taps: int, rounds: int, url: str | None = None) -> Measurement:
    """Both in turns, in one run."""
    floors: list[tuple[float, float]] = []
    ours: list[tuple[float, float]] = []
    with stand_in() as api_url:
        async with installation(url) as installed:
            invitations = await _asked(installed, api_url, taps * (rounds + 1))
            with _server("ours", api_url, installed.url) as own, _server("floor", api_url, "") as bare:
                for number in range(rounds + 1):
                    bodies = [_update(*one) for one in invitations[number * taps : (number + 1) * taps]]
                    floor, own_result = await _drive(bare, bodies), await _drive(own, bodies)
                    if number:
                        floors.append(floor)
                        ours.append(own_result)
            answered = await _answered(installed)
            assert answered == taps * (rounds + 1), answered
    return Measurement(
        statistics.median(speed for speed, _ in floors),
        statistics.median(speed for speed, _ in ours),
        statistics.median(p99 for _, p99 in floors),
        statistics.median(p99 for _, p99 in ours),
    )


async def _asked(installed: Installation, api_url: str, count: int) -> list[tuple[int, int]]:
    """Person and invitation of questions that were sent."""
    from bot.budget import Budget
    from bot.delivery import Delivery
    from bot.renderers import build_renderers
    from bot.telegram.client import TelegramClient
    from bot.telegram.messenger import TelegramMessenger

    await installed.plan(1, count)
    async with TelegramClient(TOKEN, api_url) as client:
        delivery = Delivery(
            installed.database,
            installed.catalogues,
            TelegramMessenger(client),
            renderers=build_renderers(installed.database, installed.catalogues, installed.clock),
            clock=installed.clock,
            budget=Budget(installed.database, "telegram", 0),
        )
        assert await delivery.run_once(NOON) == count
    async with installed.database.autocommit() as transaction:
        rows = await transaction.rows("select order_id::bigint as person, id from invitations order by id")
        await transaction.run("vacuum analyze")
    return [(row["person"], row["id"]) for row in rows]


async def _answered(installed: Installation) -> int:
    async with installed.database.autocommit() as transaction:
        count = await transaction.value("select count(*) from responses where score = $1", SCORE)
    assert isinstance(count, int)
    return count


def _update(person: int, invitation: int) -> bytes:
    user = {"id": person, "is_bot": False, "first_name": "Анна", "language_code": "ru"}
    message = {
        "message_id": 4711,
        "from": {"id": 424242, "is_bot": True, "first_name": "Bench"},
        "chat": {"id": person, "type": "private", "first_name": "Анна"},
        "date": 1_795_000_000,
        "text": f"Анна, насколько вероятно, что вы порекомендуете нас после доставки заказа {person}?",
    }
    tap = {
        "id": str(4_000_000_000 + invitation),
        "from": user,
        "chat_instance": "1",
        "message": message,
        "data": f"r:{invitation}:{SCORE}",
    }
    body = json.dumps({"update_id": 100_000_000 + invitation, "callback_query": tap}, ensure_ascii=False).encode()
    head = (
        "POST /telegram/webhook HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _drive(port: int, requests: list[bytes]) -> tuple[float, float]:
    """Taps a second and their 99th percentile in milliseconds."""
    waiting = iter(requests)
    took: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*[_connection(port, waiting, took) for _ in range(CONCURRENCY)])
    elapsed = time.perf_counter() - began
    return len(requests) / elapsed, statistics.quantiles(took, n=100)[98] * 1000


async def _connection(port: int, waiting: Iterator[bytes], took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        began = time.perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200"), head
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if length:
            await reader.readexactly(length)
        elif b"transfer-encoding: chunked" in head:
            await reader.readuntil(b"0\r\n\r\n")
        took.append(time.perf_counter() - began)
    writer.close()


@contextmanager
def _server(kind: str, api_url: str, database_url: str) -> Generator[int, None, None]:
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", kind, "--api-url", api_url, "--url", database_url],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def _say(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


async def _serve_floor(api_url: str) -> None:
    from aiogram import Bot, Dispatcher, Router
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
    from aiogram.webhook.aiohttp_server import SimpleRequestHandler
    from aiohttp import web

    router = Router()

    @router.callback_query()
    async def tapped(callback: CallbackQuery) -> None:
        assert isinstance(callback.message, Message)
        invitation, score = (callback.data or "").split(":")[1:]
        await callback.answer()
        reasons = [
            InlineKeyboardButton(text=text, callback_data=f"t:{invitation}:{number}:1")
            for number, text in enumerate(("Быстро", "Вкусно"))
        ]
        skip = InlineKeyboardButton(text="Пропустить", callback_data=f"f:{invitation}")
        change = InlineKeyboardButton(text="Изменить оценку", callback_data=f"g:{invitation}")
        await callback.message.edit_text(
            f"{callback.message.text}\n\nВаша оценка: {score}\n\nЧто вам понравилось?",
            reply_markup=InlineKeyboardMarkup(inline_keyboard=[reasons, [skip], [change]]),
        )

    dispatcher = Dispatcher()
    dispatcher.include_router(router)
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(api_url)))
    application = web.Application()
    handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=SECRET)
    handler.register(application, "/telegram/webhook")
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _say(runner.addresses[0][1])
    await asyncio.Event().wait()


async def _serve_ours(api_url: str, database_url: str) -> None:
    from pydantic import SecretStr

    from bot.app import Application, RunRole
    from bot.clock import MovableClock
    from bot.logs import configure_logging
    from bot.settings import Settings
    from db.database import Database

    configure_logging("WARNING")
    settings = Settings(
        database_url=SecretStr(database_url),
        telegram_token=SecretStr(TOKEN),
        telegram_api_url=api_url,
        telegram_mode="webhook",
        public_url="https://bench.invalid",
        webhook_secret=SecretStr(SECRET),
        pace_telegram=0,
        http_port=0,
    )
    database = await Database.connect(database_url)
    application = Application(settings, database, MovableClock(NOON + timedelta(minutes=1)))
    await application.prepare(None)
    started = asyncio.Event()
    running = asyncio.create_task(application.run(RunRole.WEB, asyncio.Event(), started=started))
    await started.wait()
    _say(application.http_port)
    await running


def main() -> int:
    """Print the ratios; 0 when the floors are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taps", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--url")
    parser.add_argument("--serve", choices=("ours", "floor"), help=argparse.SUPPRESS)
    parser.add_argument("--api-url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve == "floor":
        asyncio.run(_serve_floor(arguments.api_url))
    elif arguments.serve == "ours":
        asyncio.run(_serve_ours(arguments.api_url, arguments.url))
    else:
        measured = asyncio.run(measure(taps=arguments.taps, rounds=arguments.rounds, url=arguments.url))
        print(measured)
        return 0 if measured.is_met else 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
