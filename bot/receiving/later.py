"""Slow work that an update asked for and that nobody else's updates may wait behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Final

import structlog

log = structlog.get_logger()

LONGEST_FAREWELL: Final = 5.0
"""Seconds a process that is told to stop waits for what was begun."""


class LaterWork:
    """Goes on once its update is handled and acknowledged; whoever asked asks again when the process dies meanwhile.

    The next updates are fetched only when all of the last answer are handled: seconds of drawing would hold up
    everybody's taps.
    """

    def __init__(self) -> None:
        self._begun: set[asyncio.Task[None]] = set()

    def begin(self, name: str, work: Coroutine[object, object, None]) -> None:
        """Do it beside everything else; a failure is logged."""
        task = asyncio.create_task(self._done(name, work), name=name)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    async def farewell(self) -> None:
        """Wait a little for what was begun, and give up the rest."""
        if not self._begun:
            return
        _, late = await asyncio.wait(self._begun, timeout=LONGEST_FAREWELL)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _done(self, name: str, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except Exception:
            log.exception("later_work_failed", work=name)
