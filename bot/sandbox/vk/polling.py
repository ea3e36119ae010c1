"""Bots Long Poll: a queue VK keeps while nobody listens, read from any number on with a key that expires."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass

from bot.sandbox.pace import MachineClock
from bot.sandbox.vk.errors import wrong
from bot.sandbox.vk.events import Event, Events, Wanted

DEFAULT_WAIT = 25
MAX_WAIT = 90
# VK promises neither number: its servers' keys last about an hour, the queue some thousands of events.
KEY_SECONDS = 3600.0
KEPT_EVENTS = 50_000
MAX_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class _Queued:
    ts: int
    event: Event


class Polling:
    """One queue, any number of readers; `settings` say whether it is on and what goes in."""

    def __init__(self, events: Events, clock: MachineClock) -> None:
        self.settings = Wanted()
        self.key_seconds = KEY_SECONDS
        self._clock = clock
        self._queue: deque[_Queued] = deque(maxlen=KEPT_EVENTS)
        self._keys: dict[str, float] = {}
        self._last = 0
        self._moved = False
        self._held: set[asyncio.Event] = set()
        events.on_arrival(self._take)

    @property
    def is_held(self) -> bool:
        """Whether somebody waits right now."""
        return bool(self._held)

    @property
    def last(self) -> int:
        """The number of the newest event."""
        return self._last

    def open(self) -> tuple[str, str]:
        """A new key and the present `ts`; raises VKError 100 while Long Poll is switched off."""
        if not self.settings.enabled:
            raise wrong("longpoll for this group is not enabled")
        key = secrets.token_hex(20)
        self._keys[key] = self._clock() + self.key_seconds
        self._moved = False
        return key, str(self._last)

    def expire_keys(self) -> None:
        """Every key is refused from now on with failed 2."""
        self._keys.clear()
        self._wake()

    def lose_history(self) -> None:
        """What was not read is gone: a reader who is behind gets failed 1."""
        self._queue.clear()

    def move(self, last: int = 0) -> None:
        """The queue moved to another server that knows neither keys nor numbers: readers get failed 3."""
        self._keys.clear()
        self._queue.clear()
        self._last = last
        self._moved = True
        self._wake()

    def pending(self, ts: int) -> tuple[Event, ...]:
        """What came after a number."""
        return tuple(queued.event for queued in self._queue if queued.ts > ts)

    async def check(self, key: str, ts: str, wait: str) -> bytes:
        """The answer to `a_check`: events after `ts`, waiting up to `wait` seconds for the first."""
        seconds = min(max(int(wait), 0), MAX_WAIT) if wait.isdecimal() else DEFAULT_WAIT
        failed = self._refusal(key, ts)
        if failed is not None:
            return failed.encode()
        since = int(ts)
        if self._last == since and seconds:
            await self._wait(seconds)
            failed = self._refusal(key, ts)
            if failed is not None:
                return failed.encode()
        found = [queued for queued in self._queue if queued.ts > since][:MAX_EVENTS]
        newest = found[-1].ts if found else since
        return f'{{"ts":"{newest}","updates":[{",".join(queued.event.body() for queued in found)}]}}'.encode()

    def _refusal(self, key: str, ts: str) -> str | None:
        expires_at = self._keys.get(key)
        if expires_at is None or expires_at <= self._clock():
            return '{"failed":3}' if self._moved and expires_at is None else '{"failed":2}'
        if not ts.isdecimal() or int(ts) > self._last:
            return '{"failed":3}'
        oldest = self._queue[0].ts if self._queue else self._last + 1
        if int(ts) < oldest - 1:
            return f'{{"failed":1,"ts":"{self._last}"}}'
        return None

    async def _wait(self, seconds: int) -> None:
        arrived = asyncio.Event()
        self._held.add(arrived)
        try:
            async with asyncio.timeout(seconds):
                await arrived.wait()
        except TimeoutError:
            pass
        finally:
            self._held.discard(arrived)

    def _take(self, event: Event) -> None:
        if self.settings.wants(event):
            self._last += 1
            self._queue.append(_Queued(self._last, event))
            self._wake()

    def _wake(self) -> None:
        for held in self._held:
            held.set()
