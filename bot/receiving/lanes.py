"""The order in which what was received is handled: of one chat strictly in turn, of different ones at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from types import TracebackType


class StorageAwayError(ConnectionError):
    """The database is away: the update is neither handled nor set aside and must come again."""


class Lanes:
    """Work of one key strictly in order, of different keys at once, at most `concurrency` together."""

    def __init__(self, concurrency: int) -> None:
        self.room = asyncio.Semaphore(concurrency)
        self._last: dict[int, asyncio.Future[bool]] = {}

    def enter(self, keys: Iterable[int]) -> _Lane:
        """A place behind everything that has entered with one of these keys; taken at once."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        before = []
        taken = frozenset(keys)
        for key in taken:
            if (ahead := self._last.get(key)) is not None:
                before.append(ahead)
            self._last[key] = done
        return _Lane(self, taken, before, done)

    def forget(self, keys: Iterable[int], done: asyncio.Future[bool]) -> None:
        """Nothing waits for this piece of work any more."""
        for key in keys:
            if self._last.get(key) is done:
                del self._last[key]


class _Lane:
    """One update's place in its lanes: `async with` waits until it is its turn.

    What stands behind an update that has to come again has to come again as well, or the order would break.
    """

    def __init__(
        self, lanes: Lanes, keys: frozenset[int], before: list[asyncio.Future[bool]], done: asyncio.Future[bool]
    ) -> None:
        self._lanes = lanes
        self._keys = keys
        self._before = before
        self._done = done
        self._has_room = False

    async def __aenter__(self) -> None:
        try:
            for ahead in self._before:
                if await asyncio.shield(ahead):
                    raise StorageAwayError("an earlier update of this chat has to come again")
            await self._lanes.room.acquire()
        except BaseException as error:
            self._leave(error)
            raise
        self._has_room = True

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave(error)

    def _leave(self, error: BaseException | None) -> None:
        if self._has_room:
            self._lanes.room.release()
        self._lanes.forget(self._keys, self._done)
        if not self._done.done():
            self._done.set_result(isinstance(error, StorageAwayError | asyncio.CancelledError))
