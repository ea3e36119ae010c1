"""A bot that calls the sandbox directly, right or wrong, and a machine clock that stands still."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from bot.sandbox import SandboxOptions, TelegramSandbox, VKSandbox, VKSandboxOptions


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


class VKCaller:
    """Makes calls as a community, its token in the body, and returns the decoded answer."""

    def __init__(self, sandbox: VKSandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session

    def url(self, method: str) -> str:
        return f"{self.sandbox.api_url}/method/{method}"

    async def post(self, method: str, **parameters: Any) -> dict[str, Any]:
        form = {"access_token": self.sandbox.token, "v": "5.199", **parameters}
        shown = {name: json.dumps(value) if isinstance(value, dict) else str(value) for name, value in form.items()}
        async with self.session.post(self.url(method), data=shown) as answer:
            assert answer.status == 200
            return json.loads(await answer.text())

    async def __call__(self, method: str, **parameters: Any) -> Any:
        """The response of a call that must succeed."""
        body = await self.post(method, **parameters)
        assert "response" in body, body
        return body["response"]

    async def refusal(self, method: str, **parameters: Any) -> tuple[int, str]:
        """Code and message of a call that must be refused."""
        body = await self.post(method, **parameters)
        assert "error" in body, body
        return body["error"]["error_code"], body["error"]["error_msg"]

    async def send(self, peer_id: int = 1, **parameters: Any) -> int:
        """A message that must arrive; returns its id."""
        content = {"peer_id": peer_id, "random_id": 0, "message": "a", **parameters}
        sent = await self("messages.send", **content)
        assert isinstance(sent, int)
        return sent

    async def listen(self, *kinds: str) -> Listener:
        """Switch these events on and open Long Poll from here on."""
        switched = dict.fromkeys(kinds, 1)
        await self("groups.setLongPollSettings", group_id=self.sandbox.group_id, enabled=1, **switched)
        return await self.reopen()

    async def reopen(self) -> Listener:
        """Ask for a server, key and ts."""
        opened = await self("groups.getLongPollServer", group_id=self.sandbox.group_id)
        return Listener(self.session, opened["server"], opened["key"], opened["ts"])


class Listener:
    """One reader of Bots Long Poll."""

    def __init__(self, session: aiohttp.ClientSession, server: str, key: str, ts: str) -> None:
        self.session = session
        self.server = server
        self.key = key
        self.ts = ts

    async def check(self, wait: int = 0) -> dict[str, Any]:
        """One request, and the answer as it came; `ts` moves on."""
        query = {"act": "a_check", "key": self.key, "ts": self.ts, "wait": str(wait)}
        async with self.session.get(self.server, params=query) as answer:
            body: dict[str, Any] = json.loads(await answer.text())
        if "failed" not in body:
            self.ts = body["ts"]
        return body

    async def events(self, wait: int = 0) -> list[dict[str, Any]]:
        """What is new."""
        updates: list[dict[str, Any]] = (await self.check(wait))["updates"]
        return updates


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


@pytest.fixture
async def community(machine_clock: MachineClock) -> AsyncIterator[VKSandbox]:
    """Anna (1) and Boris (2) allow messages, Vera (3) has never written."""
    options = VKSandboxOptions(machine_clock=machine_clock, delay_unit=0.01, pace=False)
    async with VKSandbox.serve(options=options) as served:
        served.add_person(1, "Anna", started=True)
        served.add_person(2, "Boris", "en", started=True)
        served.add_person(3, "Vera")
        yield served


@pytest.fixture
async def vk_call(community: VKSandbox) -> AsyncIterator[VKCaller]:
    async with aiohttp.ClientSession() as session:
        yield VKCaller(community, session)
