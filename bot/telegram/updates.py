"""What is done with one update, however it arrived: decode, hand to the handlers in order, set aside what cannot be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import structlog
from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from pydantic import ValidationError

from bot.receiving.lanes import Lanes, StorageAwayError
from bot.receiving.storable import storable
from surveys.channels import is_outage, set_update_aside

if TYPE_CHECKING:
    from aiogram import Bot, Dispatcher

    from bot.clock import Clock
    from surveys.storage import Database

log = structlog.get_logger()

CHANNEL: Final = "telegram"
TRIES: Final = 3
"""How often a handler may raise for one update before the update is set aside."""

RETRY_PAUSE: Final = 0.2
CONCURRENCY: Final = 32
"""Updates of different chats handled at once; their transactions share the pool's connections."""


class UpdateHandling:
    """Hands updates to the dispatcher, each on its own, those of one chat or person strictly in order.

    `wake` is called after updates were handled: something may have become due.
    """

    def __init__(
        self,
        database: Database,
        dispatcher: Dispatcher,
        bot: Bot,
        clock: Clock,
        wake: Callable[[], None],
        *,
        concurrency: int = CONCURRENCY,
        count: Callable[[str], None] | None = None,
    ) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._bot = bot
        self._clock = clock
        self._wake = wake
        self._lanes = Lanes(concurrency)
        self._count = count

    async def handle(self, raw: object) -> None:
        """Handle one update as JSON brought it; when this returns, its work is committed or it is set aside.

        Raises StorageAwayError when the database is away: the same update must be handed in again.
        """
        # the place in the lane is taken before anything is awaited: calls made in order are handled in order
        async with self._lanes.enter(_keys(raw)):
            try:
                raw = storable(raw)
                update = Update.model_validate(raw, context={"bot": self._bot})
                _ = update.event_type
            except UpdateTypeLookupError:
                await self._set_aside(raw, "of a kind this version does not know")
                return
            except (ValueError, TypeError, RecursionError) as error:
                await self._set_aside(raw, f"cannot be decoded: {_faults(error)}")
                return
            await self._feed(update, raw)
            if self._count is not None:
                self._count(update.event_type)
        self._wake()

    async def handle_undecodable(self, content: bytes, error: str) -> None:
        """Set aside what is no JSON at all; raises StorageAwayError as `handle` does."""
        await self._set_aside(content.decode("utf-8", "replace"), error)

    async def _feed(self, update: Update, raw: object) -> None:
        failure = ""
        for attempt in range(1, TRIES + 1):
            try:
                await self._dispatcher.feed_update(self._bot, update)
            except Exception as error:
                if is_outage(error):
                    raise StorageAwayError(type(error).__name__) from error
                log.exception("update_failed", channel=CHANNEL, update_id=update.update_id, attempt=attempt)
                failure = type(error).__name__
            else:
                return
            if attempt < TRIES:
                await asyncio.sleep(RETRY_PAUSE * attempt)
        await self._set_aside(raw, f"the handler raised {failure} {TRIES} times")

    async def _set_aside(self, raw: object, error: str) -> None:
        update_id = _update_id(raw)
        log.error("update_set_aside", channel=CHANNEL, update_id=update_id, why=error)
        content = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False)
        try:
            await set_update_aside(
                self._database,
                CHANNEL,
                update_id=update_id,
                error=error,
                content=content,
                received_at=self._clock.now(),
            )
        except Exception as failure:
            if is_outage(failure):
                raise StorageAwayError(type(failure).__name__) from failure
            raise


def _update_id(raw: object) -> int | None:
    """The update's id where it is one PostgreSQL can keep."""
    value = raw.get("update_id") if isinstance(raw, dict) else None
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def _keys(raw: object) -> set[int]:
    """The chat and the person an update is about; nothing for an update that has neither."""
    if not isinstance(raw, dict):
        return set()
    keys: set[int] = set()
    for content in raw.values():
        if not isinstance(content, dict):
            continue
        message = content.get("message")
        carriers = (content, message) if isinstance(message, dict) else (content,)
        for carrier in carriers:
            chat = carrier.get("chat")
            if isinstance(chat, dict) and type(chat.get("id")) is int:
                keys.add(chat["id"])
        sender = content.get("from")
        if isinstance(sender, dict) and type(sender.get("id")) is int:
            keys.add(sender["id"])
    return keys


def _faults(error: Exception) -> str:
    """Which fields are wrong, without what stands in them."""
    if isinstance(error, ValidationError):
        shown = [f"{'.'.join(map(str, fault['loc']))} ({fault['type']})" for fault in error.errors()[:5]]
        return ", ".join(shown)
    return type(error).__name__
