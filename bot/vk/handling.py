"""What is done with one event, however it arrived: read, handed to the desk in order, set aside when it cannot be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import structlog

from bot.receiving.lanes import Lanes, StorageAwayError
from bot.receiving.storable import storable
from bot.vk.acquaintance import CHANNEL
from bot.vk.events import UnreadableEventError, VkEvent, event_id_of, kind_of, read_event, user_of
from surveys.channels import is_event_handled, is_outage, note_event_handled, set_update_aside

if TYPE_CHECKING:
    from bot.clock import Clock
    from surveys.storage import Database

log = structlog.get_logger()

TRIES: Final = 3
"""How often the desk may raise for one event before the event is set aside."""

RETRY_PAUSE: Final = 0.2
CONCURRENCY: Final = 32


class EventHandling:
    """Hands events to `take`, those of one person strictly in order, each once as far as VK's own id tells.

    `wake` is called after an event was handled: something may have become due.
    """

    def __init__(
        self,
        database: Database,
        take: Callable[[VkEvent], Awaitable[None]],
        clock: Clock,
        wake: Callable[[], None],
        *,
        count: Callable[[str], None] | None = None,
    ) -> None:
        self._database = database
        self._take = take
        self._clock = clock
        self._wake = wake
        self._lanes = Lanes(CONCURRENCY)
        self._count = count

    async def handle(self, raw: object) -> None:
        """Handle one event as JSON brought it; when this returns, its work is committed or it is set aside.

        Raises StorageAwayError when the database is away: the same event must be handed in again.
        """
        user_id = user_of(raw)
        # the place in the lane is taken before anything is awaited: calls made in order are handled in order
        async with self._lanes.enter(() if user_id is None else (user_id,)):
            raw = storable(raw)
            try:
                event = read_event(raw)
            except UnreadableEventError as error:
                await self._set_aside(raw, f"cannot be read: {error}")
                return
            if event is not None:
                await self._feed(event, raw)
            if self._count is not None:
                self._count(kind_of(raw))
        self._wake()

    async def handle_undecodable(self, content: bytes, error: str) -> None:
        """Set aside what is no JSON at all; raises StorageAwayError as `handle` does."""
        await self._set_aside(content.decode("utf-8", "replace"), error)

    async def _feed(self, event: VkEvent, raw: object) -> None:
        event_id = event_id_of(raw)
        failure = ""
        for attempt in range(1, TRIES + 1):
            try:
                if event_id is not None and await is_event_handled(self._database, CHANNEL, event_id):
                    log.info("event_repeated", channel=CHANNEL, kind=kind_of(raw))
                    return
                await self._take(event)
                if event_id is not None:
                    # behind its work: whoever dies between the two repeats what is idempotent, and loses nothing
                    await note_event_handled(self._database, CHANNEL, event_id)
            except Exception as error:
                if is_outage(error):
                    raise StorageAwayError(type(error).__name__) from error
                log.exception("event_failed", channel=CHANNEL, kind=kind_of(raw), attempt=attempt)
                failure = type(error).__name__
            else:
                return
            if attempt < TRIES:
                await asyncio.sleep(RETRY_PAUSE * attempt)
        await self._set_aside(raw, f"the handler raised {failure} {TRIES} times")

    async def _set_aside(self, raw: object, error: str) -> None:
        log.error("update_set_aside", channel=CHANNEL, kind=kind_of(raw), why=error)
        content = raw if isinstance(raw, str) else json.dumps(_without_secret(raw), ensure_ascii=False)
        try:
            await set_update_aside(
                self._database, CHANNEL, update_id=None, error=error, content=content, received_at=self._clock.now()
            )
        except Exception as failure:
            if is_outage(failure):
                raise StorageAwayError(type(failure).__name__) from failure
            raise


def _without_secret(raw: object) -> object:
    return {name: value for name, value in raw.items() if name != "secret"} if isinstance(raw, dict) else raw
