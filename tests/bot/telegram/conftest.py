"""The sandbox without its pace: these tests are not about how fast."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest_asyncio

from bot.sandbox import TelegramSandbox
from tests.bot.sandbox.conformance import ServeTelegram


@pytest_asyncio.fixture
async def telegram(serve_telegram: ServeTelegram) -> AsyncGenerator[TelegramSandbox, None]:
    """A sandbox that listens; its calls are held against the Bot API's description."""
    async with serve_telegram(pace=False, delay_unit=0.02) as sandbox:
        yield sandbox
