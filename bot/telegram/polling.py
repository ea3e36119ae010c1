"""Polling: one process at a time asks Telegram for updates, and acknowledges them once they are committed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from bot.receiving.poller import Poller, handle_batch, pause_until
from bot.telegram.client import ConflictError, TelegramCallError, TelegramClient, TooManyRequestsError
from bot.telegram.updates import CHANNEL, UpdateHandling
from surveys.channels import is_outage, remember_offset

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()

NETWORK_PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
CONFLICT_PAUSE: Final = 5.0


class Polling:
    """Asks for updates while this process holds the channel's lease.

    An update is acknowledged (by the next offset) only after its handler's transaction ended; a database
    that is away holds the batch until it is back. Times are machine time.
    """

    def __init__(
        self,
        database: Database,
        client: TelegramClient,
        handling: UpdateHandling,
        allowed_updates: list[str],
        *,
        wait: int = 30,
        holder: str | None = None,
    ) -> None:
        self._database = database
        self._client = client
        self._handling = handling
        self._allowed_updates = allowed_updates
        self._wait = wait
        self._poller = Poller(database, CHANNEL, holder)
        self.first_poll = asyncio.Event()

    @property
    def is_polling(self) -> bool:
        """Whether this process is the one that polls."""
        return self._poller.is_holder

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop` is set; what is in hand is finished, then the lease is given up."""
        await self._poller.run(stop, self._poll, self._acknowledge)

    async def _poll(self, ended: asyncio.Task[None]) -> int | None:
        """Poll until `ended`; the offset not yet told to Telegram, None without one."""
        offset: int | None = None
        failures = 0
        while not ended.done():
            asking = asyncio.create_task(
                self._client.get_updates(offset=offset, allowed_updates=self._allowed_updates, wait=self._wait),
                name="get-updates",
            )
            self.first_poll.set()
            await asyncio.wait((asking, ended), return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                # nothing is lost: an update is forgotten by Telegram only when a later offset is asked for
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
                break
            try:
                updates = asking.result()
            except TelegramCallError as error:
                failures += 1
                await pause_until(ended, _pause_after(error, failures))
                continue
            failures = 0
            if not updates:
                # everything is acknowledged; after an idle week ids start anew, maybe below this offset
                offset = None
                continue
            handled = await self._handle_all(updates, ended)
            if handled is None:
                await pause_until(ended, NETWORK_PAUSES[0])
                continue
            offset = handled + 1
            await self._note(offset)
        return offset

    async def _handle_all(self, updates: list[object], ended: asyncio.Task[None]) -> int | None:
        """Handle the batch; the greatest id, None when not all are done."""
        if not await handle_batch(CHANNEL, self._handling.handle, updates, ended):
            return None
        ids = [update["update_id"] for update in updates if isinstance(update, dict)]
        known = [update_id for update_id in ids if type(update_id) is int]
        return max(known, default=None)

    async def _note(self, offset: int) -> None:
        try:
            await remember_offset(self._database, CHANNEL, offset)
        except Exception as error:
            if not is_outage(error):
                raise

    async def _acknowledge(self, offset: int) -> None:
        """Tell Telegram on the way out what was handled, so that the next process does not get it again."""
        try:
            await self._client.get_updates(offset=offset, allowed_updates=self._allowed_updates, wait=0, limit=1)
        except TelegramCallError as error:
            log.warning("updates_not_acknowledged", channel=CHANNEL, why=error.description)


def _pause_after(error: TelegramCallError, failures: int) -> float:
    if isinstance(error, ConflictError):
        log.error(
            "polling_conflict",
            channel=CHANNEL,
            why=error.description,
            fix="another program polls this bot or a webhook is set: stop it, or delete the webhook",
        )
        return CONFLICT_PAUSE
    pause = NETWORK_PAUSES[min(failures, len(NETWORK_PAUSES)) - 1]
    if isinstance(error, TooManyRequestsError):
        pause = error.retry_after
    log.warning("polling_failed", channel=CHANNEL, why=error.description, again_in=pause)
    return pause
