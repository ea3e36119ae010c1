"""Delivery at concurrency 50, pace off, against the bare aiogram send loop without a database.

    python tests/benchmarks/delivery.py [--messages 4000] [--rounds 3] [--url postgresql://…]

Same texts, same keyboards, same local server. Each of ours is claimed, decided again, rendered, sent, and its outcome
durable; the floor only sends.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import time
from dataclasses import dataclass

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from installation import Installation, installation
from stand_in import TOKEN, stand_in

from bot.budget import Budget
from bot.delivery import Delivery
from bot.renderers import build_renderers
from bot.telegram.client import TelegramClient
from bot.telegram.messenger import TelegramMessenger

CONCURRENCY = 50
AT_LEAST = 1.5
SLOWEST = 0.1


@dataclass(frozen=True, slots=True)
class Measurement:
    """Medians of messages a second, and the longest an outcome was not yet durable in seconds."""

    floor: float
    ours: float
    slowest: float

    @property
    def ratio(self) -> float:
        """How many times the floor."""
        return self.ours / self.floor

    @property
    def is_met(self) -> bool:
        """Whether DESIGN.md's floor is met."""
        return self.ratio >= AT_LEAST and self.slowest <= SLOWEST

    def __str__(self) -> str:
        return (
            f"delivery {self.ours:.0f}/s, bare aiogram {self.floor:.0f}/s: ratio {self.ratio:.2f}"
            f" (at least {AT_LEAST}); slowest outcome {self.slowest * 1000:.0f} ms (at most {SLOWEST * 1000:.0f})"
        )


async def measure(*, messages: int, rounds: int, url: str | None = None) -> Measurement:
    """Both in turns, in one run."""
    floors, ours, slowest = [], [], 0.0
    with stand_in() as api_url:
        async with installation(url) as installed:
            for number in range(rounds + 1):
                first = 1 + number * messages
                await installed.plan(first, messages)
                gc.collect()
                gc.freeze()
                floor = await _bare(api_url, messages // 2)
                own, longest = await _ours(api_url, installed, messages)
                gc.unfreeze()
                if number:
                    floors.append(floor)
                    ours.append(own)
                    slowest = max(slowest, longest)
    return Measurement(statistics.median(floors), statistics.median(ours), slowest)


async def _ours(api_url: str, installed: Installation, messages: int) -> tuple[float, float]:
    async with TelegramClient(TOKEN, api_url, connections=CONCURRENCY) as client:
        delivery = Delivery(
            installed.database,
            installed.catalogues,
            TelegramMessenger(client),
            renderers=build_renderers(installed.database, installed.catalogues, installed.clock),
            clock=installed.clock,
            budget=Budget(installed.database, "telegram", 0),
            concurrency=CONCURRENCY,
        )
        began = time.perf_counter()
        sent = await delivery.run_once(installed.clock.now())
        took = time.perf_counter() - began
        assert sent == messages, sent
        return messages / took, delivery.slowest_outcome


async def _bare(api_url: str, messages: int) -> float:
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(api_url), limit=CONCURRENCY))
    people = iter(range(1, messages + 1))

    async def send() -> None:
        for person in people:
            await bot.send_message(
                person,
                f"Анна, насколько вероятно, что вы порекомендуете нас после доставки заказа {person}?\n\n"
                "0: совсем не вероятно, 10: очень вероятно",
                reply_markup=_keyboard(person),
            )

    began = time.perf_counter()
    try:
        await asyncio.gather(*[send() for _ in range(CONCURRENCY)])
    finally:
        await bot.session.close()
    return messages / (time.perf_counter() - began)


def _keyboard(invitation: int) -> InlineKeyboardMarkup:
    scale = [InlineKeyboardButton(text=str(score), callback_data=f"r:{invitation}:{score}") for score in range(11)]
    stop = InlineKeyboardButton(text="Больше не спрашивать", callback_data=f"n:{invitation}")
    return InlineKeyboardMarkup(inline_keyboard=[scale[:6], scale[6:], [stop]])


def main() -> int:
    """Print the ratio; 0 when the floor is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--url")
    arguments = parser.parse_args()
    measured = asyncio.run(measure(messages=arguments.messages, rounds=arguments.rounds, url=arguments.url))
    print(measured)
    return 0 if measured.is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
