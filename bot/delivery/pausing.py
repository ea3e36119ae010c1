"""After three unknowns in a row a channel pauses, in every process, and probes before it goes on."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from surveys.channels import channel_state, go_on, is_outage, pause_channel
from surveys.rules.sending import UNKNOWNS_BEFORE_PAUSE, NotExecuted, SendOutcome, Unknown

if TYPE_CHECKING:
    from bot.messenger import ProbedMessenger
    from surveys.storage import Database

log = structlog.get_logger()

PROBE_PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
LOOK_EVERY: Final = 2.0
PAUSE_LASTS: Final = timedelta(seconds=60)
"""Renewed by every probe; it ends by itself when the process that probes dies."""


class ChannelPause:
    """Counts unknown outcomes of one channel and holds it until the messenger answers a probe."""

    def __init__(self, database: Database, messenger: ProbedMessenger) -> None:
        self._database = database
        self._messenger = messenger
        self._in_a_row = 0
        self._look_at = 0.0

    @property
    def is_paused(self) -> bool:
        """Whether this process holds the channel."""
        return self._in_a_row >= UNKNOWNS_BEFORE_PAUSE

    def note(self, outcome: SendOutcome) -> None:
        """Count an outcome; an answer of any kind ends the row, not having been connected does not."""
        if isinstance(outcome, Unknown):
            self._in_a_row += 1
        elif not isinstance(outcome, NotExecuted) and not self.is_paused:
            self._in_a_row = 0

    async def look(self) -> None:
        """Take over a pause that other processes' unknown outcomes led to."""
        try:
            state = await channel_state(self._database, self._messenger.channel)
        except Exception as error:
            if not is_outage(error):
                raise
            return
        if state.paused_until is not None and state.unknown_in_a_row >= UNKNOWNS_BEFORE_PAUSE:
            self._in_a_row = max(self._in_a_row, UNKNOWNS_BEFORE_PAUSE)

    async def look_now_and_then(self) -> None:
        """Look, at most once in LOOK_EVERY seconds."""
        now = asyncio.get_running_loop().time()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            await self.look()

    def give_back(self) -> NotExecuted:
        """What becomes of claimed rows meanwhile."""
        return NotExecuted(PROBE_PAUSES[0], "the channel is paused")

    async def over(self, ending: asyncio.Task[bool]) -> None:
        """Returns at once without a pause, otherwise once a probe was answered or `ending` is done."""
        if not self.is_paused:
            return
        log.error("channel_paused", channel=self._messenger.channel, unknown_in_a_row=self._in_a_row)
        probes = 0
        while not ending.done():
            await self._share()
            await asyncio.wait((ending,), timeout=PROBE_PAUSES[min(probes, len(PROBE_PAUSES) - 1)])
            probes += 1
            if not ending.done() and await self.probe():
                log.info("channel_goes_on", channel=self._messenger.channel, probes=probes)
                return

    async def probe(self) -> bool:
        """Ask the messenger once; an answer ends the pause, in every process."""
        if not await self._messenger.probe():
            return False
        await go_on(self._database, self._messenger.channel)
        self._in_a_row = 0
        return True

    async def _share(self) -> None:
        try:
            await pause_channel(self._database, self._messenger.channel, lasting=PAUSE_LASTS)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("pause_not_shared", channel=self._messenger.channel)
