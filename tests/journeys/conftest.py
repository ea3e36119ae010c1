"""The whole product for every story that asks for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import MovableClock
from db.database import Database
from tests.bot.sandbox.conformance import ServeTelegram, serve_telegram
from tests.bot.sandbox.vk_conformance import ServeVK, serve_vk
from tests.journeys.product import NOON, Product, make_product

__all__ = ["serve_telegram", "serve_vk"]

CHANNELS = ("telegram", "vk")


def pytest_configure(config: pytest.Config) -> None:
    """Journeys say here that they are one messenger's alone."""
    config.addinivalue_line("markers", "customers_in(*channels, why): the journey's customers are there alone")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tell every journey of the product twice: with its customers in Telegram, and in VK."""
    if "product" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("customers_in")
    channels = CHANNELS if marker is None else _only(*marker.args, **marker.kwargs)
    metafunc.parametrize("product", channels, indirect=True)


def _only(*channels: str, why: str) -> tuple[str, ...]:
    assert why
    assert set(channels) <= set(CHANNELS)
    return channels


@pytest.fixture
def clock() -> MovableClock:
    """Business time: a Wednesday noon, standing still until it is moved."""
    return MovableClock(NOON, running=False)


@pytest_asyncio.fixture
async def product(
    request: pytest.FixtureRequest,
    database: Database,
    serve_telegram: ServeTelegram,
    serve_vk: ServeVK,
    clock: MovableClock,
    tmp_path: Path,
) -> AsyncGenerator[Product, None]:
    """One installation, its staff in Telegram; start it with `async with product.running():`."""
    async with serve_telegram(clock=clock.now, pace=False) as telegram, AsyncExitStack() as stack:
        vk = None
        if request.param == "vk":
            vk = await stack.enter_async_context(serve_vk(clock=clock.now, pace=False, delay_unit=0.05))
        yield make_product(database, telegram, clock, tmp_path, vk)
