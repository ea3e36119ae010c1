"""The budget of one channel: nothing leaves without a slot of its pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import structlog

from surveys.channels import Slot, hold_back, is_outage, reserve_slots

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()

GROUP_SECONDS: Final = 0.2
"""How much of the pace the schedule reserves at once; a direct answer waits no longer for it."""

LONGEST_SCHEDULED_WAIT: Final = 5.0
LONGEST_DIRECT_WAIT: Final = 5.0


class Budget:
    """Slots of a channel's pace, shared by all processes through the database; machine time.

    `rate` is messages a second; 0 turns the pace off, and then the database is never asked.
    A messenger's wish to be left alone (`hold`) is kept either way.
    """

    def __init__(self, database: Database, channel: str, rate: float) -> None:
        self._database = database
        self._channel = channel
        self._rate = rate
        self._held_until = 0.0

    @property
    def group_size(self) -> int | None:
        """How many messages the schedule reserves at once; None when the pace is off."""
        return max(1, round(self._rate * GROUP_SECONDS)) if self._rate > 0 else None

    @property
    def held_for(self) -> float:
        """Seconds until this process may send again after the messenger asked to be left alone."""
        return max(0.0, self._held_until - time.monotonic())

    async def reserve(self, chat_ids: Sequence[int]) -> list[Slot]:
        """A slot for each scheduled message, in order; a refused one is to be tried again after its wait.

        Raises what the database raises when it is away.
        """
        if self._rate <= 0:
            return [self._local_slot(LONGEST_SCHEDULED_WAIT)] * len(chat_ids)
        return await reserve_slots(
            self._database,
            self._channel,
            chat_ids,
            rate=self._rate,
            direct=False,
            longest_wait=LONGEST_SCHEDULED_WAIT,
        )

    async def wait_to_answer(self, chat_id: int) -> bool:
        """Wait for the slot of a direct answer, ahead of the schedule; False when it would take too long."""
        if self._rate <= 0:
            slot = self._local_slot(LONGEST_DIRECT_WAIT)
        else:
            try:
                (slot,) = await reserve_slots(
                    self._database,
                    self._channel,
                    [chat_id],
                    rate=self._rate,
                    direct=True,
                    longest_wait=LONGEST_DIRECT_WAIT,
                )
            except Exception as error:
                if not is_outage(error):
                    raise
                # what the answer tells is committed already: better shown without a slot than not at all
                log.warning("direct_answer_without_slot", channel=self._channel)
                slot = self._local_slot(LONGEST_DIRECT_WAIT)
        if slot.refused:
            return False
        if slot.wait > 0:
            await asyncio.sleep(slot.wait)
        # the messenger may have asked to be left alone while the slot was waited for
        return await self.wait_while_held()

    async def wait_while_held(self) -> bool:
        """Wait until the messenger may be called again; False when it would take too long."""
        while (held := self.held_for) > 0:
            if held > LONGEST_DIRECT_WAIT:
                return False
            await asyncio.sleep(held)
        return True

    async def hold(self, seconds: float) -> None:
        """The messenger wants nothing for so many seconds; every process keeps to it."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)
        log.warning("channel_held", channel=self._channel, seconds=seconds)
        if self._rate <= 0:
            return
        try:
            await hold_back(self._database, self._channel, seconds)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("hold_not_shared", channel=self._channel)

    def _local_slot(self, longest_wait: float) -> Slot:
        wait = self.held_for
        return Slot(wait, refused=wait > longest_wait)
