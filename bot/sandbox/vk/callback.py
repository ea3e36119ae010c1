"""Callback API: every event posted to the bot's address, again until it answers exactly `ok`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from bot.sandbox.pace import MachineClock
from bot.sandbox.vk.errors import VKError, wrong
from bot.sandbox.vk.events import Event, Events, Wanted

MAX_SERVERS = 10
MAX_TITLE = 14
MAX_SECRET = 50
CONFIRMATION_CODE = "5a1db0c5"
# VK documents neither: these stand for "some seconds" and "for a while".
ANSWER_SECONDS = 10.0
REPEAT_SECONDS = 3600.0
MAX_DELAY = 60.0
MAX_CONNECTIONS = 20


@dataclass(slots=True, eq=False)
class CallbackServer:
    """One address; events go there once it has answered the confirmation (`status` ok)."""

    id: int
    url: str
    title: str
    secret: str
    wanted: Wanted = field(default_factory=lambda: Wanted(enabled=True))
    status: str = "unconfigured"
    last_error: str | None = None

    def payload(self) -> dict[str, object]:
        """As the type groups_callback_server."""
        return {
            "id": self.id,
            "title": self.title,
            "creator_id": 1,
            "url": self.url,
            "secret_key": self.secret,
            "status": self.status,
        }


@dataclass(slots=True)
class _Lane:
    """First attempts about one person go one after the other; repeats go on beside them."""

    waiting: deque[Event] = field(default_factory=deque)
    busy: bool = False


class Callback:
    """Up to ten addresses of one community. `delay_unit` is the seconds in one unit of the delay before a repeat."""

    def __init__(self, events: Events, clock: MachineClock, *, delay_unit: float) -> None:
        self.confirmation_code = CONFIRMATION_CODE
        self.answer_seconds = ANSWER_SECONDS
        self._events = events
        self._clock = clock
        self._delay_unit = delay_unit
        self._servers: dict[int, CallbackServer] = {}
        self._last_id = 0
        self._lanes: dict[tuple[int, int], _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)
        events.add_receiver(self)

    def servers(self) -> tuple[CallbackServer, ...]:
        """All addresses."""
        return tuple(self._servers.values())

    def find(self, server_id: int) -> CallbackServer:
        """One address; 0 means the first. Raises VKError 104."""
        if server_id == 0 and self._servers:
            return next(iter(self._servers.values()))
        server = self._servers.get(server_id)
        if server is None:
            raise VKError(104)
        return server

    def add(self, url: str, title: str, secret: str = "") -> CallbackServer:
        """Another address, asked for its confirmation at once; raises VKError."""
        if len(self._servers) >= MAX_SERVERS:
            raise VKError(2000)
        _check(url, title, secret)
        self._last_id += 1
        server = CallbackServer(self._last_id, url, title, secret)
        self._servers[server.id] = server
        self.confirm(server)
        return server

    def edit(self, server_id: int, url: str, title: str, secret: str) -> None:
        """Change an address; raises VKError."""
        server = self.find(server_id)
        _check(url, title, secret)
        moved = server.url != url
        server.url, server.title, server.secret = url, title, secret
        if moved:
            self.confirm(server)

    def delete(self, server_id: int) -> None:
        """Remove an address; raises VKError."""
        del self._servers[self.find(server_id).id]

    def confirm(self, server: CallbackServer) -> None:
        """Ask an address for the confirmation code, as the button in the community's settings does."""
        server.status = "wait"
        self._run(self._confirm(server))

    async def close(self) -> None:
        """Stop delivering."""
        self._servers.clear()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def wants(self, kind: str) -> bool:
        """Whether a confirmed address wants events of this type."""
        return any(server.status == "ok" and kind in server.wanted.kinds for server in self._servers.values())

    def take(self, event: Event) -> None:
        """Send an event to every address that wants it."""
        for server in self._servers.values():
            if server.status == "ok" and server.wanted.wants(event):
                lane = self._lanes.setdefault((server.id, event.peer_id), _Lane())
                lane.waiting.append(event)
                if not lane.busy:
                    lane.busy = True
                    self._run(self._deliver_lane(server, lane))

    async def _deliver_lane(self, server: CallbackServer, lane: _Lane) -> None:
        try:
            while lane.waiting:
                event = lane.waiting.popleft()
                if not await self._deliver(server, event, 0):
                    self._run(self._repeat(server, event))
        finally:
            lane.busy = False

    async def _repeat(self, server: CallbackServer, event: Event) -> None:
        attempt, delay = 1, 1.0
        until = self._clock() + REPEAT_SECONDS
        while self._servers.get(server.id) is server and self._clock() < until:
            await asyncio.sleep(delay * self._delay_unit)
            if await self._deliver(server, event, attempt):
                return
            attempt, delay = attempt + 1, min(delay * 2, MAX_DELAY)

    async def _deliver(self, server: CallbackServer, event: Event, attempt: int) -> bool:
        headers = {"X-Retry-Counter": str(attempt)} if attempt else {}
        status, body = await self._post(server, event, headers)
        if status == 200 and body == b"ok":
            server.last_error = None
            return True
        server.last_error = f"{status} {body[:100]!r}" if status else body.decode()
        return False

    async def _confirm(self, server: CallbackServer) -> None:
        status, body = await self._post(server, self._events.make_confirmation(), {})
        confirmed = status == 200 and body == self.confirmation_code.encode()
        server.status = "ok" if confirmed else "failed"
        server.last_error = None if confirmed else f"{status} {body[:100]!r}"

    async def _post(self, server: CallbackServer, event: Event, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer; status 0 and the reason when there was none."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        content = event.body(server.secret).encode()
        try:
            async with (
                self._slots,
                self._session.post(
                    server.url,
                    data=content,
                    headers={"Content-Type": "application/json", **headers},
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=self.answer_seconds),
                ) as response,
            ):
                return response.status, await response.read()
        except TimeoutError:
            return 0, b"no answer in time"
        except aiohttp.ClientError as error:
            return 0, type(error).__name__.encode()

    def _run(self, work: Coroutine[object, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _check(url: str, title: str, secret: str) -> None:
    """Plain http is taken here, since both ends are on this machine."""
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise wrong("url is invalid")
    if not title or len(title) > MAX_TITLE:
        raise wrong(f"title should be 1 to {MAX_TITLE} letters length")
    if len(secret) > MAX_SECRET:
        raise wrong(f"secret_key should not exceed {MAX_SECRET} letters length")
