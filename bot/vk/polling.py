"""Bots Long Poll: one process at a time asks VK for events; the number goes on once what came is committed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from bot.receiving.poller import Poller, handle_batch, pause_until
from bot.vk.acquaintance import CHANNEL
from bot.vk.client import LONG_POLL, Events, LongPollServer, PollFailure, VkClient
from bot.vk.errors import HeldBackError, VkCallError, VkRefusalError
from bot.vk.handling import EventHandling
from surveys.channels import channel_state, is_outage, remember_offset

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()

NETWORK_PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
REFUSED_PAUSES: Final = (2.0, 10.0, 30.0, 60.0)
"""VK allows few requests for a Long Poll server in a day (error 29): one that is refused is not hammered."""

_HISTORY_GONE: Final = 1
_KEY_EXPIRED: Final = 2
"""Why Long Poll gives no events; 3 and what may follow: ask for a server, and begin with what it names."""


class Polling:
    """Asks for events while this process holds the channel's lease.

    Up to where events were handled is kept in the database: whoever asks next goes on from there, so what happened
    while nobody asked comes too. Times are machine time.
    """

    def __init__(
        self,
        database: Database,
        client: VkClient,
        handling: EventHandling,
        group_id: int,
        *,
        wait: int = LONG_POLL,
        holder: str | None = None,
    ) -> None:
        self._database = database
        self._client = client
        self._handling = handling
        self._group_id = group_id
        self._wait = wait
        self._poller = Poller(database, CHANNEL, holder)
        self.first_poll = asyncio.Event()

    @property
    def is_polling(self) -> bool:
        """Whether this process is the one that polls."""
        return self._poller.is_holder

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop` is set; what is in hand is finished, then the lease is given up."""
        await self._poller.run(stop, self._poll)

    async def _poll(self, ended: asyncio.Task[None]) -> int | None:
        server: LongPollServer | None = None
        ts = await self._last_known(ended)
        failures = 0
        while not ended.done():
            try:
                if server is None:
                    server = await self._client.longpoll_server(self._group_id)
                    if ts is None:
                        ts = server.ts
                        await self._note(ts)
                assert ts is not None
                answer = await self._ask(server, ts, ended)
            except VkCallError as error:
                failures += 1
                await pause_until(ended, _pause_after(error, failures))
                continue
            if answer is None:
                break
            failures = 0
            if isinstance(answer, PollFailure):
                ts = _after_failure(answer, ts)
                server = server if answer.failed == _HISTORY_GONE and ts is not None else None
                continue
            if answer.events:
                if not await handle_batch(CHANNEL, self._handling.handle, answer.events, ended):
                    break
                await self._note(answer.ts)
            ts = answer.ts
        return None

    async def _ask(self, server: LongPollServer, ts: int, ended: asyncio.Task[None]) -> Events | PollFailure | None:
        asking = asyncio.create_task(self._client.events(server, ts, self._wait), name="vk-longpoll")
        self.first_poll.set()
        await asyncio.wait((asking, ended), return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            # nothing is lost: VK keeps its queue, and the number has not moved
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            return None
        return asking.result()

    async def _last_known(self, ended: asyncio.Task[None]) -> int | None:
        """Where the last process got to; None for a community that was never asked, and then the present counts."""
        while not ended.done():
            try:
                return (await channel_state(self._database, CHANNEL)).poll_offset
            except Exception as error:
                if not is_outage(error):
                    raise
                log.warning("longpoll_number_unreadable", why=type(error).__name__)
            await pause_until(ended, NETWORK_PAUSES[1])
        return None

    async def _note(self, ts: int) -> None:
        try:
            await remember_offset(self._database, CHANNEL, ts)
        except Exception as error:
            if not is_outage(error):
                raise


def _after_failure(failure: PollFailure, ts: int) -> int | None:
    """Where to go on: of a history that is partly gone from what VK names, with a new key as before, else anew."""
    if failure.failed == _KEY_EXPIRED:
        return ts
    after = failure.ts if failure.failed == _HISTORY_GONE else None
    log.error("events_lost", channel=CHANNEL, failed=failure.failed, why="VK has no more of them", after=ts)
    return after


def _pause_after(error: VkCallError, failures: int) -> float:
    pauses = REFUSED_PAUSES if isinstance(error, VkRefusalError) else NETWORK_PAUSES
    pause = pauses[min(failures, len(pauses)) - 1]
    if isinstance(error, HeldBackError):
        pause = max(pause, error.retry_after)
    log.warning("polling_failed", channel=CHANNEL, why=error.description, again_in=pause)
    return pause
