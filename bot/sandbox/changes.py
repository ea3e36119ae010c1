"""What happened in the chats, numbered, so that whoever watches can wait for the next and catch up after a break."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

KEPT_CHANGES = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened: a message, edit, delete, popup, action, keyboard, members, commands, faults or clock."""

    number: int
    kind: str
    chat_id: int
    message_id: int | None = None
    text: str | None = None


class Changes:
    """The last changes, oldest first."""

    def __init__(self) -> None:
        self._kept: deque[Change] = deque(maxlen=KEPT_CHANGES)
        self._last = 0
        self._watchers: list[Callable[[Change], None]] = []

    @property
    def last(self) -> int:
        """The number of the newest."""
        return self._last

    @property
    def oldest(self) -> int:
        """The number of the oldest that is kept, of the next when none is."""
        return self._kept[0].number if self._kept else self._last + 1

    def note(self, kind: str, chat_id: int, message_id: int | None = None, text: str | None = None) -> None:
        """Add one and tell the watchers."""
        self._last += 1
        change = Change(self._last, kind, chat_id, message_id, text)
        self._kept.append(change)
        for watcher in tuple(self._watchers):
            watcher(change)

    def after(self, number: int) -> tuple[Change, ...]:
        """What is kept of what came after; the first may be later than the next number when too much happened since."""
        if number >= self._last:
            return ()
        return tuple(change for change in self._kept if change.number > number)

    def watch(self, watcher: Callable[[Change], None]) -> Callable[[], None]:
        """Call `watcher` with every change from now on; returns how to stop."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    async def wait_after(self, number: int, *, deadline: float) -> tuple[Change, ...]:
        """The changes after `number`, waiting for the first at most `deadline` seconds; empty when none came."""
        if self._last > number:
            return self.after(number)
        arrived = asyncio.Event()
        stop = self.watch(lambda _change: arrived.set())
        try:
            async with asyncio.timeout(deadline):
                await arrived.wait()
        except TimeoutError:
            return ()
        finally:
            stop()
        return self.after(number)
