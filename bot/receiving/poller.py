"""One process at a time asks a messenger what is new: the one that holds the channel's lease."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

import structlog

from bot.receiving.lanes import StorageAwayError
from surveys.channels import POLLING_LEASE, is_outage, release_polling, take_polling

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()

RENEW_EVERY: Final = POLLING_LEASE.total_seconds() / 4
OUTAGE_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 5.0)

Poll = Callable[[asyncio.Task[None]], Awaitable[int | None]]
"""Asks and handles until the task is done; up to where it got, for the farewell."""


def process_name() -> str:
    """A name no other process has, for leases."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class Poller:
    """Polls a channel while this process holds its lease; times are machine time."""

    def __init__(self, database: Database, channel: str, holder: str | None = None) -> None:
        self._database = database
        self._channel = channel
        self._holder = holder or process_name()
        self._is_holder = False

    @property
    def is_holder(self) -> bool:
        """Whether this process is the one that polls."""
        return self._is_holder

    async def run(
        self, stop: asyncio.Event, poll: Poll, farewell: Callable[[int], Awaitable[None]] | None = None
    ) -> None:
        """Poll until `stop` is set; what is in hand is finished, then the lease is given up.

        `farewell` is told up to where it got, unless the lease was lost.
        """
        try:
            while not stop.is_set():
                if await self._take_lease():
                    await self._poll_while_holder(stop, poll, farewell)
                else:
                    await _pause(stop, RENEW_EVERY / 2)
        finally:
            await self._release()

    async def _take_lease(self) -> bool:
        try:
            held = await take_polling(self._database, self._channel, self._holder)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("polling_lease_unreachable", channel=self._channel, why=type(error).__name__)
            return False
        if held and not self._is_holder:
            log.info("polling_started", channel=self._channel)
        self._is_holder = held
        return held

    async def _release(self) -> None:
        if not self._is_holder:
            return
        self._is_holder = False
        try:
            await release_polling(self._database, self._channel, self._holder)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("polling_lease_not_released", channel=self._channel, why=type(error).__name__)
        log.info("polling_stopped", channel=self._channel)

    async def _poll_while_holder(
        self, stop: asyncio.Event, poll: Poll, farewell: Callable[[int], Awaitable[None]] | None
    ) -> None:
        lost = asyncio.Event()
        renewing = asyncio.create_task(self._renew(lost), name="polling-lease")
        ended = asyncio.create_task(_first_of(stop, lost), name="polling-ended")
        try:
            got_to = await poll(ended)
        finally:
            for task in (renewing, ended):
                task.cancel()
            await asyncio.gather(renewing, ended, return_exceptions=True)
        if lost.is_set():
            self._is_holder = False
            log.warning("polling_lease_lost", channel=self._channel)
        elif got_to is not None and farewell is not None:
            await farewell(got_to)

    async def _renew(self, lost: asyncio.Event) -> None:
        """Keep the lease; it is lost when another took it, or when it may have run out unrenewed."""
        loop = asyncio.get_running_loop()
        good_until = loop.time() + POLLING_LEASE.total_seconds()
        while True:
            await asyncio.sleep(RENEW_EVERY)
            asked_at = loop.time()
            try:
                async with asyncio.timeout(RENEW_EVERY):
                    held = await take_polling(self._database, self._channel, self._holder)
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


async def handle_batch(
    channel: str, handle: Callable[[object], Awaitable[None]], batch: Sequence[object], ended: asyncio.Task[None]
) -> bool:
    """Handle what came in one answer, again and again while the database is away; False when `ended` came first."""
    left = list(batch)
    failures = 0
    while True:
        results = await asyncio.gather(*[handle(update) for update in left], return_exceptions=True)
        again: list[object] = []
        for update, result in zip(left, results, strict=True):
            if isinstance(result, StorageAwayError):
                again.append(update)
            elif isinstance(result, BaseException):
                raise result
        if not again:
            return True
        left = again
        failures += 1
        log.warning("updates_held", channel=channel, updates=len(left), why="the database is away")
        await pause_until(ended, OUTAGE_PAUSES[min(failures, len(OUTAGE_PAUSES)) - 1])
        if ended.done():
            return False


async def pause_until(ended: asyncio.Task[None], seconds: float) -> None:
    """Wait so long, or until the polling is to end."""
    await asyncio.wait((ended,), timeout=seconds)


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
