"""What the page asks of the stage: business time, the shop, and the past."""

from __future__ import annotations

import asyncio
import time as machine_time
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final

from bot.cli.demonstration.counter import Counter
from bot.cli.demonstration.past import past_answers
from bot.cli.demonstration.stage import ZONE, Stage
from bot.sandbox.page import ShopReceipt
from surveys.history import AnswerStatus, import_answers

FAST_SWEEP_EVERY: Final = 0.5
"""Seconds between two looks at what is due while business time runs faster than the machine's."""

LONGEST_STEP: Final = timedelta(hours=6)
SHORTEST_STEP: Final = timedelta(minutes=10)
LOOK_EVERY: Final = 0.03
LONGEST_WALK: Final = 8.0
"""Seconds of the machine's time in which a move waits for what fell due on its way."""


class StageBackstage:
    """Business time, the shop and the past of a stage."""

    def __init__(self, stage: Stage, counter: Counter) -> None:
        self._stage = stage
        self._counter = counter

    def now(self) -> datetime:
        """The present instant of business time."""
        return self._stage.clock.now()

    @property
    def rate(self) -> float:
        """Seconds of business time in one of the machine's."""
        return self._stage.clock.rate

    async def move_clock(self, move: str) -> None:
        """Move to a named instant; raises LookupError for a name there is not.

        It stops wherever something falls due, as if the time had really passed: a question due on Wednesday is not
        stale because somebody leapt to Monday.
        """
        target = _instant(move, self.now())
        changes = self._stage.sandbox.changes
        until = machine_time.monotonic() + LONGEST_WALK
        while self.now() < target:
            due = [at for at in await self._stage.unsettled() if at > self.now()]
            step = max(min(due, default=target), self.now() + SHORTEST_STEP)
            stop = min(step, self.now() + LONGEST_STEP, target)
            await self._stage.pass_time(max(stop - self.now(), timedelta(0)))
            self._note_clock()
            while machine_time.monotonic() < until and any(at <= self.now() for at in await self._stage.unsettled()):
                await changes.wait_after(changes.last, deadline=LOOK_EVERY)

    def _note_clock(self) -> None:
        self._stage.sandbox.changes.note("clock", 0)

    async def run_clock(self, rate: float) -> None:
        """Run business time faster, or as fast as the machine's."""
        self._stage.clock.run_at(rate)
        self._note_clock()

    async def act_in_shop(self, action: str, customer: str) -> ShopReceipt:
        """Press a button of the shop."""
        return await self._counter.act(action, customer)

    def reported(self) -> Sequence[str]:
        """Ids of the events the shop has reported, oldest first."""
        return tuple(self._counter.reported)

    async def load_history(self) -> int:
        """A month of past answers, imported as those of another tool; how many were new."""
        application = self._stage.application
        answers = list(past_answers(application.catalogues.in_force.catalogue, self.now().astimezone(ZONE)))
        results = await import_answers(application.database, application.catalogues, answers, now=self.now())
        return sum(result.status is AnswerStatus.ACCEPTED for result in results)

    async def keep_pace(self) -> None:
        """Let the product notice what is due while time runs fast; runs until cancelled."""
        while True:
            await asyncio.sleep(FAST_SWEEP_EVERY)
            if self.rate > 1:
                await self._stage.application.sweep()


def _instant(move: str, now: datetime) -> datetime:
    local = now.astimezone(ZONE)
    if move == "hour":
        return now + timedelta(hours=1)
    if move == "tomorrow":
        return datetime.combine(local.date() + timedelta(days=1), time(10), ZONE)
    if move == "monday":
        return datetime.combine(local.date() + timedelta(days=7 - local.weekday()), time(9), ZONE)
    raise LookupError(f"the clock knows no move {move!r}")
