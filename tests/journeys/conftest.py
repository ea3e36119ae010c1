"""The whole product for every story that asks for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import MovableClock
from db.database import Database
from tests.bot.sandbox.conformance import ServeTelegram, serve_telegram
from tests.bot.sandbox.vk_conformance import serve_vk
from tests.journeys.product import NOON, Product, make_product

__all__ = ["serve_telegram", "serve_vk"]


@pytest.fixture
def clock() -> MovableClock:
    """Business time: a Wednesday noon, standing still until it is moved."""
    return MovableClock(NOON, running=False)


@pytest_asyncio.fixture
async def product(
    database: Database, serve_telegram: ServeTelegram, clock: MovableClock, tmp_path: Path
) -> AsyncGenerator[Product, None]:
    """One installation; start it with `async with product.running():`."""
    async with serve_telegram(clock=clock.now, pace=False) as telegram:
        yield make_product(database, telegram, clock, tmp_path)
