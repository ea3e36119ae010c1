"""Writes down what came of sending, in groups, soon enough after it is known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from surveys.channels import is_outage
from surveys.due import Due, SettledDetail
from surveys.rules.sending import SendOutcome

log = structlog.get_logger()

LINGER: Final = 0.02
"""Seconds an outcome waits for others to be written with it; each must be durable within 100 ms."""

GROUP: Final = 200
AT_ONCE: Final = 3
"""Groups settled at the same time: an outcome does not wait for the group before it."""

OUTAGE_PAUSES: Final = (0.05, 0.2, 0.5, 1.0, 2.0)

Settled = tuple[Due, SendOutcome, SettledDetail | None]
Settle = Callable[[Sequence[Settled]], Awaitable[None]]


class Outcomes:
    """Collects outcomes and settles them; none is forgotten while the database is away."""

    def __init__(self, settle: Settle) -> None:
        self._settle = settle
        self._waiting: list[Settled] = []
        self._news = asyncio.Event()
        self._full = asyncio.Event()
        self._unsettled = 0
        self._room = asyncio.Semaphore(AT_ONCE)
        self._settling: set[asyncio.Task[None]] = set()
        self._first_known = 0.0
        self.slowest = 0.0
        """The longest that an outcome was known and not yet durable, in seconds."""
        self._all_settled = asyncio.Event()
        self._all_settled.set()

    def add(self, due: Due, outcome: SendOutcome, settled: SettledDetail | None) -> None:
        """An outcome just became known."""
        if not self._waiting:
            self._first_known = asyncio.get_running_loop().time()
        self._waiting.append((due, outcome, settled))
        self._unsettled += 1
        self._all_settled.clear()
        self._news.set()
        if len(self._waiting) >= GROUP:
            self._full.set()

    async def drained(self) -> None:
        """Returns once everything added so far is durable; it is not waited for others to be written with it."""
        if self._waiting:
            self._full.set()
        await self._all_settled.wait()

    async def farewell(self, seconds: float) -> None:
        """Returns once everything is durable, or gives it up after so long: the rows stay `sending`, then unknown."""
        try:
            async with asyncio.timeout(seconds):
                await self.drained()
        except TimeoutError:
            log.error("outcomes_given_up", outcomes=self._unsettled)

    async def run(self) -> None:
        """Settle until cancelled; cancel only after `farewell`."""
        try:
            await self._run()
        finally:
            left = list(self._settling)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            if len(self._waiting) < GROUP:
                try:
                    async with asyncio.timeout(LINGER):
                        await self._full.wait()
                except TimeoutError:
                    pass
            await self._room.acquire()
            group, self._waiting = self._waiting, []
            self._news.clear()
            self._full.clear()
            task = asyncio.create_task(self._settle_and_count(group, self._first_known), name="settle-group")
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)

    async def _settle_and_count(self, group: Sequence[Settled], known: float) -> None:
        try:
            await self._settle_group(group)
        finally:
            self._room.release()
        self.slowest = max(self.slowest, asyncio.get_running_loop().time() - known)
        self._unsettled -= len(group)
        if self._unsettled == 0:
            self._all_settled.set()

    async def _settle_group(self, group: Sequence[Settled]) -> None:
        """Settle until it worked; a group that cannot be settled for another reason is taken apart."""
        failures = 0
        while True:
            try:
                await self._settle(group)
            except Exception as error:
                if not is_outage(error):
                    await self._settle_apart(group)
                    return
                failures += 1
                log.warning("outcomes_held", outcomes=len(group), why=type(error).__name__)
                await asyncio.sleep(OUTAGE_PAUSES[min(failures, len(OUTAGE_PAUSES)) - 1])
            else:
                return

    async def _settle_apart(self, group: Sequence[Settled]) -> None:
        if len(group) > 1:
            for settled in group:
                await self._settle_group([settled])
            return
        # the row stays `sending`; the sweep makes it unknown, which is what it now is
        log.exception("outcome_not_settled", schedule_id=group[0][0].schedule_id, kind=group[0][0].kind)
