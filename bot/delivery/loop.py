"""The one loop that sends: claims what is due, renders it, sends it, writes down what came of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import structlog

from bot.carrying import FileCarrier, FileGoneError, FileTooLargeError, FileUnavailableError
from bot.delivery.outcomes import Outcomes, Settled
from bot.delivery.pausing import ChannelPause
from bot.delivery.rendering import Renderers, Rendering
from bot.screens.screen import Screen
from surveys.channels import Slot, is_outage
from surveys.rules.sending import NotExecuted, RefusalCause, Refused, SendOutcome, Unknown
from surveys.scheduling import ASKING_KINDS, CUSTOMER_KINDS, claim, settle

if TYPE_CHECKING:
    from bot.budget import Budget
    from bot.clock import Clock
    from bot.messenger import ProbedMessenger
    from bot.screens.screen import Screen
    from surveys.due import Due, SettledText
    from surveys.publishing import Catalogues
    from surveys.storage import Database

log = structlog.get_logger()

CONCURRENCY: Final = 50
BATCH: Final = 100
"""Rows claimed at once when the pace is off; a crash makes those in hand unknown."""

PREFETCH_SECONDS: Final = 0.1
"""How long before its reserved slots are used up the loop claims the next group."""

LONGEST_HOLD_IN_HAND: Final = 2.0
"""A claimed row waits no longer for a held channel; it goes back to the schedule."""

LONGEST_FAREWELL: Final = 10.0
"""How long a process that is told to stop tries to write down what it sent while the database is away."""

WAKE_GAP: Final = 0.02
RENDER_RETRY: Final = 5.0
FILE_RETRY: Final = 15.0
FILE_TRIES: Final = 5
"""So often a message waits for its file; then it goes without, and says so."""

OUTAGE_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class _InHand:
    """A claimed row on its way out; `send_at` is the event loop's time."""

    due: Due
    send_at: float


CountDelivery = Callable[[str, str], None]
"""Told the kind of a row and what came of it, once that is written down."""


class Delivery:
    """Sends what is due through one messenger; any number of processes may run one each.

    `wake` makes `run` look at the schedule at once; a tick does so regularly.
    """

    def __init__(
        self,
        database: Database,
        catalogues: Catalogues,
        messenger: ProbedMessenger,
        *,
        renderers: Renderers,
        clock: Clock,
        budget: Budget,
        concurrency: int = CONCURRENCY,
        batch: int = BATCH,
        farewell: float = LONGEST_FAREWELL,
        count: CountDelivery | None = None,
        carrier: FileCarrier | None = None,
    ) -> None:
        self._database = database
        self._catalogues = catalogues
        self._messenger = messenger
        self._renderers = renderers
        self._clock = clock
        self._budget = budget
        self._concurrency = concurrency
        self._batch = batch
        self._farewell = farewell
        self._count = count
        self._carrier = carrier or FileCarrier()
        self._pause = ChannelPause(database, messenger)
        self._outcomes = Outcomes(self._settle)
        self._chats: dict[int, deque[_InHand]] = {}
        self._ready: asyncio.Queue[int] = asyncio.Queue()
        self._in_hand = 0
        self._room = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._wake = asyncio.Event()
        self._executed = 0
        self._settling_at: datetime | None = None

    @property
    def channel(self) -> str:
        """The messenger's channel."""
        return self._messenger.channel

    @property
    def slowest_outcome(self) -> float:
        """The longest that an outcome was known and not yet durable so far, in seconds."""
        return self._outcomes.slowest

    def wake(self) -> None:
        """Something may be due now."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send what becomes due until `stop`; then finish what is in hand. Survives a database that goes away."""
        ending = asyncio.create_task(stop.wait(), name=f"delivery-stop-{self.channel}")
        failures = 0
        try:
            async with self._working():
                while not stop.is_set():
                    try:
                        await self._pause.over(ending)
                        if stop.is_set():
                            break
                        await self._round(ending)
                    except Exception as error:
                        failures += 1
                        if is_outage(error):
                            log.warning("delivery_held", channel=self.channel, why=type(error).__name__)
                        else:
                            log.exception("delivery_round_failed", channel=self.channel)
                        pause = OUTAGE_PAUSES[min(failures, len(OUTAGE_PAUSES)) - 1]
                        await asyncio.wait((ending,), timeout=pause)
                    else:
                        failures = 0
        finally:
            ending.cancel()

    async def run_once(self, now: datetime) -> int:
        """Send everything due at `now` and write it down; how many rows were claimed.

        Rows that could not be sent yet (429, not connected) wait for their machine time and are not waited for.
        """
        await self._pause.look()
        if self._pause.is_paused and not await self._pause.probe():
            return 0
        self._settling_at = now
        try:
            async with self._working():
                return await self._drain(now)
        finally:
            self._settling_at = None

    async def _drain(self, now: datetime) -> int:
        claimed, executed = 0, -1
        while True:
            group = await self._claim_group(now)
            claimed += len(group)
            if group:
                await self._has_room()
                continue
            await self._idle.wait()
            await self._outcomes.drained()
            # what was settled may have made more due: an owner instead of a team's chat, a reminder
            if self._executed == executed:
                return claimed
            executed = self._executed

    async def _round(self, ending: asyncio.Task[bool]) -> None:
        self._wake.clear()
        held = self._budget.held_for
        if held > 0:
            await asyncio.wait((ending,), timeout=held)
            return
        loop = asyncio.get_running_loop()
        group = await self._claim_group(self._clock.now())
        if not group:
            await self._pause.look_now_and_then()
            if self._pause.is_paused:
                return
            waking = asyncio.create_task(self._wake.wait())
            await asyncio.wait((ending, waking), return_when=asyncio.FIRST_COMPLETED)
            waking.cancel()
            # every update wakes the loop: under load one look serves many of them
            await asyncio.wait((ending,), timeout=WAKE_GAP)
            return
        if self._budget.group_size is None:
            await self._has_room()
        else:
            last = max(item.send_at for item in group)
            await asyncio.wait((ending,), timeout=max(0.0, last - PREFETCH_SECONDS - loop.time()))

    async def _claim_group(self, now: datetime) -> Sequence[_InHand]:
        limit = self._budget.group_size or self._batch
        dues = await claim(self._database, self._catalogues, self.channel, now=now, limit=limit)
        if not dues:
            return ()
        began = asyncio.get_running_loop().time()
        group: list[_InHand] = []
        for due, slot in zip(dues, await self._reserve(dues), strict=True):
            item = _InHand(due, began + slot.wait)
            if slot.refused:
                self._outcomes.add(due, NotExecuted(slot.wait, "its slot is too far away"), None)
            else:
                self._put(item)
                group.append(item)
        # a group that was refused as a whole still shows that something was claimed
        return group or [_InHand(dues[0], began)]

    async def _reserve(self, dues: Sequence[Due]) -> list[Slot]:
        try:
            return await self._budget.reserve([due.chat_id for due in dues])
        except Exception as error:
            if not is_outage(error):
                log.exception("slots_not_reserved", channel=self.channel)
            return [Slot(OUTAGE_PAUSES[-1], refused=True)] * len(dues)

    def _put(self, item: _InHand) -> None:
        self._in_hand += 1
        self._idle.clear()
        waiting = self._chats.get(item.due.chat_id)
        if waiting is not None:
            waiting.append(item)
            return
        self._chats[item.due.chat_id] = deque((item,))
        self._ready.put_nowait(item.due.chat_id)

    async def _has_room(self) -> None:
        while self._in_hand >= self._concurrency:
            self._room.clear()
            await self._room.wait()

    @asynccontextmanager
    async def _working(self) -> AsyncGenerator[None, None]:
        """Workers and the settling of outcomes; at the end everything in hand is sent and written down."""
        settling = asyncio.create_task(self._outcomes.run(), name=f"settle-{self.channel}")
        workers = [
            asyncio.create_task(self._work(), name=f"send-{self.channel}-{number}")
            for number in range(self._concurrency)
        ]
        try:
            yield
        finally:
            await self._idle.wait()
            await self._outcomes.farewell(self._farewell)
            for task in (settling, *workers):
                task.cancel()
            await asyncio.gather(settling, *workers, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            chat_id = await self._ready.get()
            waiting = self._chats[chat_id]
            given_back: NotExecuted | None = None
            while waiting:
                item = waiting.popleft()
                try:
                    if given_back is None:
                        outcome, settled = await self._send(item)
                    else:
                        outcome, settled = given_back, None
                except Exception:
                    log.exception("delivery_failed", channel=self.channel, kind=item.due.kind)
                    outcome, settled = NotExecuted(RENDER_RETRY, "an error of our own"), None
                # what follows in the same chat keeps its place behind what has to wait
                given_back = outcome if isinstance(outcome, NotExecuted) else None
                self._outcomes.add(item.due, outcome, settled)
                self._in_hand -= 1
                if self._in_hand < self._concurrency:
                    self._room.set()
                if self._in_hand == 0:
                    self._idle.set()
            del self._chats[chat_id]

    async def _send(self, item: _InHand) -> tuple[SendOutcome, SettledText | None]:
        early = item.send_at - asyncio.get_running_loop().time()
        if early > 0:
            await asyncio.sleep(early)
        if self._pause.is_paused:
            return self._pause.give_back(), None
        rendering = await self._rendered(item.due)
        if not isinstance(rendering, Rendering):
            return rendering, None
        if self._budget.held_for > LONGEST_HOLD_IN_HAND or not await self._budget.wait_while_held():
            return NotExecuted(self._budget.held_for, "the messenger asked to be left alone"), None
        outcome = await self._show(item.due, rendering)
        self._pause.note(outcome)
        if isinstance(outcome, NotExecuted):
            if outcome.whole_channel:
                await self._budget.hold(outcome.retry_after)
        else:
            self._executed += 1
        return outcome, rendering.settled

    async def _show(self, due: Due, rendering: Rendering) -> SendOutcome:
        """Redraw the message there is, which keeps its file; send a new one where there is none (any more)."""
        if rendering.edit_message_id is None:
            return await self._send_new(due, rendering)
        outcome = await self._messenger.edit(due.chat_id, rendering.edit_message_id, rendering.screen)
        if not (isinstance(outcome, Refused) and outcome.cause is RefusalCause.MESSAGE_GONE):
            return outcome
        return await self._carry_and_send(due, rendering, rendering.anew or rendering.screen)

    async def _send_new(self, due: Due, rendering: Rendering) -> SendOutcome:
        outcome = await self._carry_and_send(due, rendering, rendering.screen)
        if rendering.instead is not None and isinstance(outcome, Refused) and outcome.cause is RefusalCause.INVALID:
            log.error("shown_otherwise", channel=self.channel, why=outcome.description)
            return await self._carry_and_send(due, rendering, rendering.instead)
        return outcome

    async def _carry_and_send(self, due: Due, rendering: Rendering, screen: Screen) -> SendOutcome:
        language, patient = self._catalogues.language, due.attempt < FILE_TRIES
        # a customer is told nothing of a file they do not get; whoever sent it is
        whole = due.kind in CUSTOMER_KINDS
        try:
            async with self._carrier.carried(screen, self.channel, language, patient=patient, whole=whole) as carried:
                return await self._messenger.send(
                    due.chat_id,
                    carried,
                    reply_to=rendering.reply_to,
                    thread_id=due.thread_id,
                    delivery_key=due.delivery_key,
                )
        except FileUnavailableError as error:
            log.warning("file_awaited", channel=self.channel, kind=due.kind, why=str(error))
            if patient:
                return NotExecuted(FILE_RETRY, "its file cannot be fetched now")
            return Refused(RefusalCause.INVALID, "its file cannot be fetched")
        except (FileGoneError, FileTooLargeError) as error:
            log.warning("file_not_carried", channel=self.channel, kind=due.kind, why=str(error))
            return Refused(RefusalCause.INVALID, "its file cannot be brought here")

    async def _rendered(self, due: Due) -> Rendering | SendOutcome:
        try:
            return await self._renderers.render(due)
        except Exception as error:
            if is_outage(error):
                return NotExecuted(RENDER_RETRY, "the database is away")
            log.exception("rendering_failed", channel=self.channel, kind=due.kind, schedule_id=due.schedule_id)
            return Refused(RefusalCause.INVALID, f"cannot be rendered: {type(error).__name__}")

    async def _settle(self, group: Sequence[Settled]) -> None:
        await settle(self._database, self._catalogues, group, now=self._settling_at or self._clock.now())
        if self._count is not None:
            for due, outcome, _ in group:
                self._count(due.kind, type(outcome).__name__)
        if any(due.kind not in ASKING_KINDS for due, _, _ in group):
            # what was settled may have let go what waited behind it
            self.wake()
        if any(isinstance(outcome, Unknown) for _, outcome, _ in group):
            await self._pause.look()
