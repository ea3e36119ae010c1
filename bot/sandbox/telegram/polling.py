"""getUpdates: one poller at a time, held open until something arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from bot.sandbox.telegram.errors import ApiError
from bot.sandbox.telegram.updates import Update, Updates

# tdlib/telegram-bot-api, Client.h: LONG_POLL_MAX_TIMEOUT.
MAX_TIMEOUT = 50
MAX_LIMIT = 100
MAX_ANSWER_CHARACTERS = 1 << 22

OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET = "Conflict: terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


class Polling:
    """Hands updates to whoever asks, and holds at most one request open."""

    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._held: asyncio.Future[None] | None = None
        updates.on_arrival(self._wake)

    @property
    def is_held(self) -> bool:
        """Whether a poller waits right now."""
        return self._held is not None

    def poll(
        self, offset: int, limit: int, timeout: int, webhook_is_active: Callable[[], bool]
    ) -> str | Coroutine[object, None, str]:
        """The updates from `offset` on, waiting `timeout` seconds for the first; raises ApiError 409."""
        if webhook_is_active():
            raise ApiError(409, WEBHOOK_ACTIVE)
        limit = min(max(limit, 1), MAX_LIMIT)
        timeout = min(max(timeout, 0), MAX_TIMEOUT)
        found = self._updates.read(offset, limit)
        if found or timeout == 0:
            return _encode(found)
        self.abort(OTHER_POLLER)
        held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held = held
        return self._wait(held, offset, limit, timeout)

    def abort(self, reason: str) -> None:
        """Refuse the request that is held, if one is."""
        if self._held is not None and not self._held.done():
            self._held.set_exception(ApiError(409, reason))
        self._held = None

    async def _wait(self, held: asyncio.Future[None], offset: int, limit: int, timeout: int) -> str:  # noqa: ASYNC109
        try:
            async with asyncio.timeout(timeout):
                await held
        except TimeoutError:
            pass
        finally:
            if self._held is held:
                self._held = None
        return _encode(self._updates.read(max(offset, 0), limit))

    def _wake(self, _update: Update) -> None:
        if self._held is not None and not self._held.done():
            self._held.set_result(None)


def _encode(updates: list[Update]) -> str:
    parts = []
    left = MAX_ANSWER_CHARACTERS
    for update in updates:
        left -= len(update.body) + 50
        if left <= 0:
            break
        parts.append(update.body)
    return "[" + ",".join(parts) + "]"
