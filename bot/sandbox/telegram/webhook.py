"""Webhook delivery: in order per chat or user, again until the bot says 2xx (telegram-bot-api, WebhookActor.cpp)."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from bot.sandbox.forms import UndecodableBodyError, read_parameters
from bot.sandbox.pace import MachineClock
from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.updates import Update, Updates

MAX_CONNECTIONS = 100
DEFAULT_CONNECTIONS = 40
MAX_SECRET = 256
MAX_DELAY_FACTOR = 60.0
MAX_RETRY_AFTER = 3600
ANSWER_SECONDS = 60.0
_SECRET = re.compile(r"[A-Za-z0-9_-]*")

Execute = Callable[[str, dict[str, object]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What setWebhook was told."""

    url: str
    secret_token: str = ""
    max_connections: int = DEFAULT_CONNECTIONS


def check_settings(url: str, secret_token: str, max_connections: int) -> WebhookSettings:
    """The settings, or ApiError. Plain http is taken here, since both ends are on this machine."""
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise bad_request("invalid webhook URL specified")
    if len(secret_token) > MAX_SECRET:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret_token):
        raise bad_request("secret token contains unallowed characters")
    return WebhookSettings(url, secret_token, min(max(max_connections, 1), MAX_CONNECTIONS))


def next_delay(delay: float, failures: int, retry_after: int) -> tuple[float, float]:
    """What an update's delay becomes after one more failure, and how long to wait, in units of the first delay.

    The first repeat comes at once, later ones after 2, 4, 8 … up to 60; `retry_after` seconds of the answer go before.
    """
    if retry_after:
        return delay, float(min(retry_after, MAX_RETRY_AFTER))
    if failures == 0:
        return delay, 0.0
    longer = min(delay * 2, MAX_DELAY_FACTOR)
    return longer, longer


@dataclass(slots=True)
class _Attempt:
    delay: float = 1.0
    failures: int = 0


@dataclass(slots=True)
class _Lane:
    """Updates of one chat or one user's taps: one at a time."""

    waiting: deque[Update] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


class Webhook:
    """Sends pending updates to the bot's address while one is set."""

    def __init__(self, updates: Updates, clock: MachineClock, execute: Execute, *, delay_unit: float = 1.0) -> None:
        self.settings: WebhookSettings | None = None
        self.last_error: str | None = None
        self.last_error_at: int | None = None
        self.date: Callable[[], int] = lambda: int(clock())
        self._updates = updates
        self._clock = clock
        self._execute = execute
        self._delay_unit = delay_unit
        self._lanes: dict[tuple[str, int], _Lane] = {}
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(DEFAULT_CONNECTIONS)
        updates.on_arrival(self._take)

    def is_active(self) -> bool:
        """Whether an address is set."""
        return self.settings is not None

    async def set(self, settings: WebhookSettings | None) -> None:
        """Deliver to another address from now on, or nowhere; what was not taken is delivered there."""
        await self.close()
        self.settings = settings
        self.last_error = None
        self.last_error_at = None
        if settings is not None:
            self._slots = asyncio.Semaphore(settings.max_connections)
            connector = aiohttp.TCPConnector(limit=0, force_close=False)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS)
            )
            for update in self._updates.pending():
                self._take(update)

    async def close(self) -> None:
        """Stop delivering."""
        self.settings = None
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _take(self, update: Update) -> None:
        if self.settings is None:
            return
        lane = self._lanes.setdefault(update.queue, _Lane())
        lane.waiting.append(update)
        if lane.task is None:
            lane.task = asyncio.get_running_loop().create_task(self._deliver_lane(update.queue, lane))

    async def _deliver_lane(self, queue: tuple[str, int], lane: _Lane) -> None:
        while lane.waiting:
            update = lane.waiting[0]
            await self._deliver(update)
            self._updates.forget(update)
            lane.waiting.popleft()
        del self._lanes[queue]

    async def _deliver(self, update: Update) -> None:
        attempt = _Attempt()
        while True:
            async with self._slots:
                error, retry_after = await self._send(update)
            if error is None:
                return
            self.last_error, self.last_error_at = error, self.date()
            attempt.delay, wait = next_delay(attempt.delay, attempt.failures, retry_after)
            attempt.failures += 1
            if self._clock() + wait * self._delay_unit > update.expires_at:
                return
            await asyncio.sleep(wait * self._delay_unit)

    async def _send(self, update: Update) -> tuple[str | None, int]:
        assert self.settings is not None
        assert self._session is not None
        headers = {"Content-Type": "application/json"}
        if self.settings.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.settings.secret_token
        try:
            async with self._session.post(
                self.settings.url, data=update.body.encode(), headers=headers, allow_redirects=False
            ) as response:
                body = await response.read()
        except TimeoutError:
            return "Read timeout expired", 0
        except aiohttp.ClientError as error:
            refused = isinstance(error, aiohttp.ClientConnectorError)
            return ("Connection refused" if refused else "Webhook connection closed"), 0
        if response.ok and response.status < 300:
            await self._run_answer(response.headers.get("Content-Type", ""), body)
            return None, 0
        given = response.headers.get("Retry-After", "")
        retry_after = int(given) if given.isdecimal() else 0
        return f"Wrong response from the webhook: {response.status} {response.reason}", retry_after

    async def _run_answer(self, content_type: str, body: bytes) -> None:
        """An answer may itself be a call; nobody learns what came of it."""
        try:
            parameters = read_parameters("", content_type or "text/plain", body)
        except UndecodableBodyError:
            return
        method = parameters.pop("method", None)
        if isinstance(method, str) and not method.lower().startswith("get"):
            await self._execute(method, parameters)
