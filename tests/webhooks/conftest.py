"""A shop, its own system, and the loop that tells it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime

import pytest_asyncio

from bot.clock import MovableClock
from bot.webhooks import WebhookClient, WebhookDelivery
from db.database import Database
from surveys import membership
from surveys.recovery import StaffActor
from surveys.subscribing import add_webhook, read_log
from tests.bot.outages import line, line_database
from tests.dialogue_scene import NOON, Scene, open_shop
from tests.webhooks.receiver import Receiver, receiving

__all__ = ["line", "line_database"]

STAFF = StaffActor(telegram_id=900, name="Олег", chat_id=-100)


@dataclass
class Told:
    """The shop with its system."""

    scene: Scene
    crm: Receiver
    client: WebhookClient
    clock: MovableClock

    @property
    def database(self) -> Database:
        """The shop's."""
        return self.scene.database

    async def subscribe(self, *events: str, name: str = "crm", url: str = "", with_comment: bool = False) -> str:
        """Have the system told; the secret."""
        made = await add_webhook(
            self.database,
            name,
            url or self.crm.url,
            events,
            with_comment=with_comment,
            private_allowed=True,
            now=NOON,
        )
        return made.secret

    def delivery(self, *, database: Database | None = None, client: WebhookClient | None = None) -> WebhookDelivery:
        """The loop of one process."""
        return WebhookDelivery(
            database or self.database, self.scene.catalogues, client or self.client, clock=self.clock
        )

    async def tell(self, now: datetime = NOON) -> int:
        """Tell all that is due at `now`, whatever had to wait for its machine time."""
        await self.scene.run("update schedule set retry_at = null where retry_at is not null")
        await self.scene.run("update webhooks set held_until = null")
        return await self.delivery().run_once(now)

    async def complain(self, event_id: str = "e-1", *, score: int = 1, telegram_id: int = 111) -> int:
        """A customer gives a low score: the case."""
        asked = await self.scene.ask(event_id, order_id=f"order of {event_id}", customer=f"c-{telegram_id}")
        await self.scene.rate(asked, score)
        case_id = await self.scene.value("select max(id) from cases")
        assert isinstance(case_id, int)
        return case_id

    async def log(self, name: str = "crm") -> list[tuple[int | None, str | None]]:
        """Status and error of each attempt, oldest first."""
        found = await read_log(self.database, name, limit=1000)
        return [(one.status, one.error) for one in reversed(found.attempts)]

    async def states(self) -> dict[str, int]:
        """How many of the webhooks' rows are in each state."""
        rows = await self.scene.rows("select state, count(*) from schedule where kind = 'webhook' group by state")
        return {row["state"]: row["count"] for row in rows}


@pytest_asyncio.fixture
async def told(database: Database) -> AsyncGenerator[Told, None]:
    scene = await open_shop(database)
    await membership.settle_in(database, owners=[1], staff_chat=STAFF.chat_id, now=NOON)
    async with receiving() as crm, WebhookClient(private_allowed=True, timeout=0.5) as client:
        yield Told(scene, crm, client, MovableClock(NOON, running=False))
