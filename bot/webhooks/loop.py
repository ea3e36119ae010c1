"""The loop that tells webhooks: claims what is due for each, posts it, writes down what came of it.

Each target has a few requests of its own at a time, so one that hangs stands in nobody's way.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final

import structlog

from bot.delivery.outcomes import Outcomes, Settled
from bot.webhooks.payload import write_payload
from surveys.channels import is_outage
from surveys.due import WebhookAttempt
from surveys.rules.sending import Accepted, RefusalCause, Refused, SendOutcome
from surveys.scheduling import claim_for_webhooks, settle
from surveys.telling import TellWebhook

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.webhooks.client import WebhookClient
    from surveys.due import Due
    from surveys.publishing import Catalogues
    from surveys.storage import Database

log = structlog.get_logger()

CHANNEL: Final = "webhook"

EACH: Final = 4
"""Requests to one target at a time, in each process."""

LONGEST_FAREWELL: Final = 10.0
OUTAGE_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


class WebhookDelivery:
    """Tells webhooks what is due; any number of processes may run one each.

    `wake` makes `run` look at the schedule at once; a tick does so regularly.
    """

    def __init__(
        self,
        database: Database,
        catalogues: Catalogues,
        client: WebhookClient,
        *,
        clock: Clock,
        each: int = EACH,
        count: Callable[[str, str], None] | None = None,
    ) -> None:
        self._database = database
        self._catalogues = catalogues
        self._client = client
        self._clock = clock
        self._each = each
        self._count = count
        self._outcomes = Outcomes(self._settle)
        self._in_hand: Counter[int] = Counter()
        """Rows of each target that are being sent, or not yet written down."""
        self._sending: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._settling_at: datetime | None = None

    def wake(self) -> None:
        """Something may be due now."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Tell what becomes due until `stop`; then finish what is in hand. Survives a database that goes away."""
        ending = asyncio.create_task(stop.wait(), name="webhooks-stop")
        failures = 0
        try:
            async with self._working():
                while not stop.is_set():
                    self._wake.clear()
                    try:
                        await self._begin(self._clock.now())
                    except Exception as error:
                        failures += 1
                        if is_outage(error):
                            log.warning("delivery_held", channel=CHANNEL, why=type(error).__name__)
                        else:
                            log.exception("delivery_round_failed", channel=CHANNEL)
                        pause = OUTAGE_PAUSES[min(failures, len(OUTAGE_PAUSES)) - 1]
                        await asyncio.wait((ending,), timeout=pause)
                    else:
                        failures = 0
                        waking = asyncio.create_task(self._wake.wait())
                        await asyncio.wait((ending, waking), return_when=asyncio.FIRST_COMPLETED)
                        waking.cancel()
        finally:
            ending.cancel()

    async def run_once(self, now: datetime) -> int:
        """Tell everything due at `now` and write it down; how many rows were claimed.

        What failed waits for its machine time and is not waited for.
        """
        self._settling_at = now
        claimed = 0
        try:
            async with self._working():
                while begun := await self._begin(now):
                    claimed += begun
                    await asyncio.gather(*self._sending)
                    await self._outcomes.drained()
                return claimed
        finally:
            self._settling_at = None

    async def _begin(self, now: datetime) -> int:
        """Claim for every target that has nothing in hand, and send; how many rows were claimed."""
        dues = await claim_for_webhooks(
            self._database, self._catalogues, busy=list(self._in_hand), each=self._each, now=now
        )
        for due in dues:
            self._in_hand[due.chat_id] += 1
            task = asyncio.create_task(self._tell(due), name=f"webhook-{due.chat_id}")
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return len(dues)

    async def _tell(self, due: Due) -> None:
        work = due.work
        outcome: SendOutcome
        attempt: WebhookAttempt
        try:
            assert isinstance(work, TellWebhook)
            told = await self._client.tell(work.url, work.secrets, work.facts.key, write_payload(work))
            outcome, attempt = told.outcome, told.attempt
            if not isinstance(outcome, Accepted):
                why = getattr(outcome, "description", None)
                log.warning("webhook_failed", webhook=work.name, attempt=due.attempt, why=why)
        except Exception as error:
            log.exception("delivery_failed", channel=CHANNEL, kind=due.kind, schedule_id=due.schedule_id)
            outcome = Refused(RefusalCause.INVALID, f"cannot be sent: {type(error).__name__}")
            attempt = WebhookAttempt(None, None)
        self._outcomes.add(due, outcome, attempt)

    @asynccontextmanager
    async def _working(self) -> AsyncGenerator[None, None]:
        """The settling of outcomes; at the end everything in hand is sent and written down."""
        settling = asyncio.create_task(self._outcomes.run(), name="settle-webhooks")
        try:
            yield
        finally:
            await asyncio.gather(*self._sending)
            await self._outcomes.farewell(LONGEST_FAREWELL)
            settling.cancel()
            await asyncio.gather(settling, return_exceptions=True)

    async def _settle(self, group: Sequence[Settled]) -> None:
        try:
            await settle(self._database, self._catalogues, group, now=self._settling_at or self._clock.now())
        except Exception as error:
            if len(group) == 1 and not is_outage(error):
                # nobody settles it any more: the sweep finds the row
                self._let_go(group)
            raise
        self._let_go(group)
        if self._count is not None:
            for due, outcome, _ in group:
                self._count(due.kind, type(outcome).__name__)

    def _let_go(self, group: Sequence[Settled]) -> None:
        """What is known of a target counts at its next claim, so it is left alone until that is written down."""
        for due, _, _ in group:
            self._in_hand[due.chat_id] -= 1
            if self._in_hand[due.chat_id] <= 0:
                del self._in_hand[due.chat_id]
                self._wake.set()
