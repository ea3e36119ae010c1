"""Bots Long Poll: a queue VK keeps while nobody listens, read from any number on with a key that expires."""

from __future__ import annotations

import asyncio
import secrets

from bot.sandbox.pace import MachineClock
from bot.sandbox.vk.errors import wrong
from bot.sandbox.vk.events import Event, Events, Wanted

DEFAULT_WAIT = 25
MAX_WAIT = 90
# VK promises neither number: its servers' keys last about an hour, the queue some thousands of events.
KEY_SECONDS = 3600.0
KEPT_EVENTS = 50_000
MAX_EVENTS = 1000


class Polling:
    """One queue, any number of readers; `settings` say whether it is on and what goes in."""

    def __init__(self, events: Events, clock: MachineClock) -> None:
        self.settings = Wanted()
        self.key_seconds = KEY_SECONDS
        self._clock = clock
        self._queue: dict[int, Event] = {}
        self._keys: dict[str, float] = {}
        self._last = 0
        self._moved = False
        self._held: set[asyncio.Event] = set()
        events.add_receiver(self)

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
        newest = min(self._last, since + MAX_EVENTS)
        updates = ",".join(self._queue[number].body() for number in range(since + 1, newest + 1))
        return f'{{"ts":"{newest}","updates":[{updates}]}}'.encode()

    def _refusal(self, key: str, ts: str) -> str | None:
        expires_at = self._keys.get(key)
        if expires_at is None or expires_at <= self._clock():
            return '{"failed":3}' if self._moved and expires_at is None else '{"failed":2}'
        if not ts.isdecimal() or int(ts) > self._last:
            return '{"failed":3}'
        if int(ts) < self._last - len(self._queue):
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

    def wants(self, kind: str) -> bool:
        """Whether events of this type go into the queue."""
        return self.settings.enabled and kind in self.settings.kinds

    def take(self, event: Event) -> None:
        """Queue an event that is wanted."""
        if not self.settings.wants(event):
            return
        self._last += 1
        self._queue[self._last] = event
        self._queue.pop(self._last - KEPT_EVENTS, None)
        self._wake()

    def _wake(self) -> None:
        for held in self._held:
            held.set()
