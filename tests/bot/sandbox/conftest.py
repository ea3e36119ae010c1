"""A bot that calls the sandbox directly, right or wrong, and a machine clock that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from bot.sandbox import SandboxOptions, TelegramSandbox


class Caller:
    """Makes calls and returns status and decoded body."""

    def __init__(self, sandbox: TelegramSandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session

    def url(self, method: str) -> str:
        return f"{self.sandbox.api_url}/bot{self.sandbox.token}/{method}"

    async def post(self, method: str, **request: Any) -> tuple[int, dict[str, Any]]:
        async with self.session.post(self.url(method), **request) as answer:
            return answer.status, await answer.json()

    async def __call__(self, method: str, **parameters: Any) -> Any:
        """The result of a call that must succeed."""
        status, body = await self.post(method, json=parameters)
        assert status == 200, body
        return body["result"]

    async def refusal(self, method: str, **parameters: Any) -> tuple[int, str]:
        """Code and description of a call that must be refused."""
        status, body = await self.post(method, json=parameters)
        assert body["ok"] is False, body
        assert body["error_code"] == status
        return status, body["description"]


class MachineClock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def machine_clock() -> MachineClock:
    return MachineClock()


@pytest.fixture
async def sandbox(machine_clock: MachineClock) -> AsyncIterator[TelegramSandbox]:
    """Anna (1) and Boris (2) have started the bot, Vera (3) has not."""
    async with TelegramSandbox.serve(options=SandboxOptions(machine_clock=machine_clock, delay_unit=0.01)) as served:
        served.add_person(1, "Anna", started=True)
        served.add_person(2, "Boris", "en", started=True)
        served.add_person(3, "Vera")
        yield served


@pytest.fixture
async def call(sandbox: TelegramSandbox) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(sandbox, session)


@pytest.fixture
def unpaced(sandbox: TelegramSandbox) -> Callable[[], None]:
    """Lift the limits."""
    sandbox.set_pace(enabled=False)
    return lambda: sandbox.set_pace(enabled=True)
