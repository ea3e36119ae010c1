"""A small shop on a real database: reports events, sends what is due, and lets messengers answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from db.database import Database
from surveys.channels import remember_bot
from surveys.intake import IncomingCustomer, IncomingEvent, IntakeResult, take_in
from surveys.publishing import Catalogues, publish
from surveys.rules.sending import Accepted, SendOutcome
from surveys.scheduling import Due, SettledText, SweepCounts, claim, settle, sweep

CATALOGUE = """
business: {name: Bakery, timezone: Europe/Berlin, languages: [ru, en]}
contact_rules:
  quiet_hours: {start: "21:00", end: "10:00"}
  quarantine: {any: P7D, relational: P90D}
  max_per_day: MAX_PER_DAY
touchpoints:
  delivery:
    title: {ru: Доставка, en: Delivery}
    survey: delivery-csat
    ask_after: PT2H
    ask_by: P2D
    remind_after: P1D
    expires_after: P7D
    priority: 10
  product:
    title: {ru: Товар, en: Product}
    survey: product-nps
    ask_after: PT3H
    ask_by: P20D
    when_blocked: delay
    quarantine: P10D
    priority: 20
  returned:
    title: {ru: Возврат, en: Return}
  relationship:
    title: {ru: Мы с вами, en: You and us}
    every: P90D
    after: [delivery, product]
    survey: relationship-nps
    ask_by: P30D
    when_blocked: delay
surveys:
  delivery-csat:
    metric: csat
    kind: transactional
    question: {ru: "{name|Здравствуйте}, как доставка {order_id}?", en: "{name|Hello}, how was delivery {order_id}?"}
  product-nps:
    metric: nps
    kind: transactional
    question: {ru: "Посоветуете?", en: "Would you recommend it?"}
  relationship-nps:
    metric: nps
    kind: relational
    question: {ru: "Посоветуете нас?", en: "Would you recommend us?"}
"""

NOON = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)
"""A Wednesday, 12:00 in Berlin."""


@dataclass
class Shop:
    database: Database
    catalogues: Catalogues
    now: datetime = NOON
    message_ids: int = field(default=100)

    def event(
        self,
        event_id: str,
        touchpoint: str = "delivery",
        *,
        ago: timedelta = timedelta(0),
        customer: str = "c-1",
        order_id: str | None = None,
        telegram_id: int | None = 1,
        vk_id: int | None = None,
        timezone: str | None = None,
        language: str | None = None,
        **more: object,
    ) -> IncomingEvent:
        who = IncomingCustomer(
            customer, name="Анна", telegram_id=telegram_id, vk_id=vk_id, timezone=timezone, language=language
        )
        return IncomingEvent(event_id, touchpoint, self.now - ago, who, order_id=order_id, **more)  # type: ignore[arg-type]

    async def report(self, *events: IncomingEvent, dry_run: bool = False) -> list[IntakeResult]:
        return await take_in(self.database, self.catalogues, events, now=self.now, dry_run=dry_run)

    async def claim(self, limit: int = 100, channel: str = "telegram") -> tuple[Due, ...]:
        return await claim(self.database, self.catalogues, channel, now=self.now, limit=limit)

    async def settle(self, *outcomes: tuple[Due, SendOutcome]) -> None:
        text = SettledText("как доставка?", "ru")
        await settle(
            self.database,
            self.catalogues,
            [(due, outcome, text if due.kind == "invitation" else None) for due, outcome in outcomes],
            now=self.now,
        )

    async def deliver(self, channel: str = "telegram") -> list[Due]:
        """Send everything that is due; the messenger takes it all."""
        sent: list[Due] = []
        while claimed := await self.claim(channel=channel):
            outcomes = []
            for due in claimed:
                self.message_ids += 1
                outcomes.append((due, Accepted(self.message_ids)))
            await self.settle(*outcomes)
            sent.extend(claimed)
        return sent

    async def sweep(self) -> SweepCounts:
        return await sweep(self.database, self.catalogues, now=self.now)

    async def rows(self, query: str, *arguments: object) -> Sequence[dict[str, object]]:
        async with self.database.transaction() as transaction:
            return [dict(row) for row in await transaction.rows(query, *arguments)]

    async def run(self, query: str, *arguments: object) -> None:
        async with self.database.transaction() as transaction:
            await transaction.run(query, *arguments)

    async def states(self) -> dict[str, tuple[str, str | None]]:
        """What became of every event: its outcome and reason."""
        rows = await self.rows(
            """
            select e.external_id, i.state, i.reason from touchpoint_events e
            join invitations i on i.event_id = e.id and i.purpose = 'first' order by e.external_id
            """
        )
        return {str(row["external_id"]): (str(row["state"]), row["reason"]) for row in rows}  # type: ignore[misc]

    async def schedule(self, kind: str = "invitation") -> list[dict[str, object]]:
        return list(await self.rows("select * from schedule where kind = $1 order by id", kind))


OpenShop = Callable[..., Awaitable[Shop]]


@pytest.fixture
def open_shop(database: Database) -> OpenShop:
    async def opened(*, max_per_day: int = 5000, **replaced: str) -> Shop:
        source = CATALOGUE.replace("MAX_PER_DAY", str(max_per_day))
        for before, after in replaced.items():
            assert before in source
            source = source.replace(before, after)
        await publish(database, source, now=NOON - timedelta(days=30))
        catalogues = Catalogues()
        await catalogues.refresh(database)
        return Shop(database, catalogues)

    return opened


@pytest.fixture
async def shop(open_shop: OpenShop) -> Shop:
    return await open_shop()


@pytest.fixture
async def vk_in_use(database: Database) -> None:
    """Questions may go out by VK too: its community is known."""
    await remember_bot(database, "vk", "bakery")
