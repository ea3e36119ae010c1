"""Polling: one process at a time asks Telegram for updates, and acknowledges them once they are committed."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from typing import TYPE_CHECKING, Final

import structlog

from bot.telegram.client import ConflictError, TelegramCallError, TelegramClient, TooManyRequestsError
from bot.telegram.updates import CHANNEL, StorageAwayError, UpdateHandling
from surveys.channels import POLLING_LEASE, is_outage, release_polling, remember_offset, take_polling

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()

RENEW_EVERY: Final = POLLING_LEASE.total_seconds() / 4
OUTAGE_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
NETWORK_PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
CONFLICT_PAUSE: Final = 5.0


def process_name() -> str:
    """A name no other process has, for leases."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


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
        self._holder = holder or process_name()
        self._is_holder = False
        self.first_poll = asyncio.Event()

    @property
    def is_polling(self) -> bool:
        """Whether this process is the one that polls."""
        return self._is_holder

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop` is set; what is in hand is finished, then the lease is given up."""
        try:
            while not stop.is_set():
                if await self._take_lease():
                    await self._poll_while_holder(stop)
                else:
                    await _pause(stop, RENEW_EVERY / 2)
        finally:
            await self._release()

    async def _take_lease(self) -> bool:
        try:
            held = await take_polling(self._database, CHANNEL, self._holder)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("polling_lease_unreachable", why=type(error).__name__)
            return False
        if held and not self._is_holder:
            log.info("polling_started", channel=CHANNEL)
        self._is_holder = held
        return held

    async def _release(self) -> None:
        if not self._is_holder:
            return
        self._is_holder = False
        try:
            await release_polling(self._database, CHANNEL, self._holder)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("polling_lease_not_released", why=type(error).__name__)
        log.info("polling_stopped", channel=CHANNEL)

    async def _poll_while_holder(self, stop: asyncio.Event) -> None:
        lost = asyncio.Event()
        renewing = asyncio.create_task(self._renew(lost), name="polling-lease")
        ended = asyncio.create_task(_first_of(stop, lost), name="polling-ended")
        try:
            offset = await self._poll(ended)
        finally:
            for task in (renewing, ended):
                task.cancel()
            await asyncio.gather(renewing, ended, return_exceptions=True)
        if lost.is_set():
            self._is_holder = False
            log.warning("polling_lease_lost", channel=CHANNEL)
        elif offset is not None:
            await self._acknowledge(offset)

    async def _renew(self, lost: asyncio.Event) -> None:
        """Keep the lease; it is lost when another took it, or when it may have run out unrenewed."""
        loop = asyncio.get_running_loop()
        good_until = loop.time() + POLLING_LEASE.total_seconds()
        while True:
            await asyncio.sleep(RENEW_EVERY)
            asked_at = loop.time()
            try:
                async with asyncio.timeout(RENEW_EVERY):
                    held = await take_polling(self._database, CHANNEL, self._holder)
            except Exception as error:
                if not is_outage(error):
                    raise
                if loop.time() + RENEW_EVERY < good_until:
                    continue
                held = False
            if not held:
                lost.set()
                return
            good_until = asked_at + POLLING_LEASE.total_seconds()

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
                await _pause_until(ended, _pause_after(error, failures))
                continue
            failures = 0
            if not updates:
                # everything is acknowledged; after an idle week ids start anew, maybe below this offset
                offset = None
                continue
            handled = await self._handle_all(updates, ended)
            if handled is None:
                await _pause_until(ended, NETWORK_PAUSES[0])
                continue
            offset = handled + 1
            await self._note(offset)
        return offset

    async def _handle_all(self, updates: list[object], ended: asyncio.Task[None]) -> int | None:
        """Handle the batch, again and again while the database is away; the greatest id, None when not all are done."""
        left = updates
        failures = 0
        while True:
            results = await asyncio.gather(*[self._handling.handle(update) for update in left], return_exceptions=True)
            again: list[object] = []
            for update, result in zip(left, results, strict=True):
                if isinstance(result, StorageAwayError):
                    again.append(update)
                elif isinstance(result, BaseException):
                    raise result
            if not again:
                break
            left = again
            failures += 1
            log.warning("updates_held", channel=CHANNEL, updates=len(left), why="the database is away")
            await _pause_until(ended, OUTAGE_PAUSES[min(failures, len(OUTAGE_PAUSES)) - 1])
            if ended.done():
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


async def _first_of(*events: asyncio.Event) -> None:
    tasks = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def _pause_until(ended: asyncio.Task[None], seconds: float) -> None:
    await asyncio.wait((ended,), timeout=seconds)
