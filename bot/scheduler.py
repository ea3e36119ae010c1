"""Ticks: APScheduler wakes our own tasks, which do the work; what is to happen later is in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]  # it has no stubs

from surveys.channels import is_outage

log = structlog.get_logger()

DELIVERY_EVERY: Final = 0.5
CATALOGUE_EVERY: Final = 5.0
WEBHOOKS_EVERY: Final = 1.0
SWEEP_EVERY: Final = 10.0
TIDY_EVERY: Final = 60.0
ROLL_UP_EVERY: Final = 60.0
PREPARE_JOURNEY_EVERY: Final = 60.0
READING_EVERY: Final = 15.0

MISFIRE_GRACE: Final = 3600
"""Seconds by which a tick may be late, as after the machine slept; APScheduler's own is one second."""


class Ticks:
    """Regular work of this process, each piece in a task of its own; machine time.

    A tick only sets an event, so nothing is cut off when the scheduler stops: work in hand is finished.
    """

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": MISFIRE_GRACE},
        )
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def call(self, name: str, seconds: float, tick: Callable[[], object], *, first_after: float = 0) -> None:
        """Call something quick every so many seconds, at once or so many seconds from now for the first time."""
        first = _soon() + timedelta(seconds=first_after)
        self._scheduler.add_job(_as_coroutine(tick), "interval", seconds=seconds, id=name, next_run_time=first)

    def work(self, name: str, seconds: float, work: Callable[[], Awaitable[object]], *, first_after: float = 0) -> None:
        """Do a piece of work every so many seconds, never twice at a time; when first, see `call`."""
        due = asyncio.Event()
        self._tasks.append(asyncio.create_task(self._repeat(name, due, work), name=f"tick-{name}"))
        self.call(name, seconds, due.set, first_after=first_after)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Tick no more and finish the work in hand."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def _repeat(self, name: str, due: asyncio.Event, work: Callable[[], Awaitable[object]]) -> None:
        stopping = asyncio.create_task(self._stop.wait())
        while True:
            ticking = asyncio.create_task(due.wait())
            await asyncio.wait((stopping, ticking), return_when=asyncio.FIRST_COMPLETED)
            ticking.cancel()
            if stopping.done():
                return
            due.clear()
            try:
                await work()
            except Exception as error:
                if is_outage(error):
                    log.warning("tick_skipped", tick=name, why=type(error).__name__)
                else:
                    log.exception("tick_failed", tick=name)


def _as_coroutine(tick: Callable[[], object]) -> Callable[[], Awaitable[None]]:
    # a plain function would be run in a thread of the pool
    async def run() -> None:
        tick()

    return run


def _soon() -> datetime:
    return datetime.now(UTC)
