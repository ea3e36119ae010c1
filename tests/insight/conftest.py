"""A shop whose customers come, buy, answer and come back or do not; everything is put straight into the tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest_asyncio

from db.database import Database
from surveys.publishing import Catalogues, publish

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
START = datetime(2026, 8, 25, 21, tzinfo=UTC)
"""The first instant of the last ninety days in Moscow."""

CATALOGUE = """
business: {name: Пекарня, timezone: Europe/Moscow, languages: [ru, en]}
touchpoints:
  search: {title: {ru: Поиск, en: Search}, stage: before, owner: site}
  checkout: {title: {ru: Заказ, en: Checkout}, stage: during, owner: site, survey: checkout-ces, standard: {ru: Быстро}}
  visit: {title: {ru: Визит, en: Visit}, stage: during, owner: logistics}
  delivery:
    title: {ru: Доставка, en: Delivery}
    stage: after
    owner: logistics
    standard: {ru: Вовремя}
    survey: delivery-csat
  relationship: {title: {ru: Отношения, en: Relationship}, survey: relationship-nps, every: P90D, after: [delivery]}
surveys:
  checkout-ces: {metric: ces, question: {ru: Было легко?, en: Was it easy?}}
  delivery-csat:
    metric: csat
    question: {ru: Как доставка?, en: How was it?}
    reasons:
      negative: [{key: late, title: {ru: Опоздали, en: Late}}, {key: rude, title: {ru: Грубо, en: Rude}}]
      positive: [{key: fast, title: {ru: Быстро, en: Fast}}]
  relationship-nps: {metric: nps, kind: relational, question: {ru: Посоветуете?, en: Would you recommend us?}}
recovery:
  teams: {logistics: {chat: staff}, site: {chat: staff}}
journeys:
  order: {title: {ru: Заказ с сайта, en: An order}, steps: [search, checkout, delivery], within: P14D}
"""


@dataclass(slots=True)
class Shop:
    """What happened to whom; customers are numbered."""

    database: Database
    catalogues: Catalogues
    events: list[tuple[str, int, datetime, str | None]] = field(default_factory=list)
    made: int = 0

    async def event(
        self,
        touchpoint: str,
        customer: int,
        at: datetime,
        *,
        order: str | None = None,
        amount: float | None = None,
        currency: str = "RUB",
        attributes: dict[str, object] | None = None,
        state: str | None = None,
        reason: str | None = None,
    ) -> int:
        """An event, with an invitation in this state if any; the event's id."""
        self.made += 1
        self.events.append((touchpoint, customer, at, order))
        async with self.database.transaction() as transaction:
            await self._customer(transaction, customer)
            event_id = await transaction.value(
                """
                insert into touchpoint_events (external_id, touchpoint, occurred_at, received_at, customer_id, order_id,
                                               amount, currency, attributes)
                values ($1, $2, $3, $3, $4, $5, $6::float8::numeric, $7, $8) returning id
                """,
                f"event-{self.made}",
                touchpoint,
                at,
                customer,
                order,
                amount,
                currency if amount is not None else None,
                attributes or {},
            )
            assert isinstance(event_id, int)
            if state is not None:
                asked = state in ("sent", "answered", "expired")
                await transaction.run(
                    """
                    insert into invitations (event_id, touchpoint, survey, state, reason, sent_at, expires_at,
                                             answered_at, message_id, catalogue_version_id, changed_at)
                    values ($1, $2, 'x', $3, $4, $5, $6, $5, $7, $8, $9)
                    """,
                    event_id,
                    touchpoint,
                    state,
                    reason,
                    at if asked else None,
                    at + 7 * DAY if asked else None,
                    event_id if asked else None,
                    self.catalogues.in_force.version_id,
                    at,
                )
        return event_id

    async def answer(
        self,
        touchpoint: str,
        customer: int | None,
        at: datetime,
        score: int,
        *,
        metric: str = "csat",
        reasons: tuple[str, ...] = (),
        event_id: int | None = None,
        order: str | None = None,
        attributes: dict[str, object] | None = None,
        purpose: str = "first",
    ) -> None:
        """An answer of the customer; of `purpose` recovery when they were asked again after a case."""
        async with self.database.transaction() as transaction:
            if customer is not None:
                await self._customer(transaction, customer)
            await transaction.run(
                """
                insert into responses (event_id, customer_id, order_id, touchpoint, survey, metric, score, given_by,
                                       answered_at, changed_at, reasons, attributes, purpose)
                values ($1, $2, $3, $4, 'x', $5, $6, 'tap', $7, $7, $8, $9, $10)
                """,
                event_id,
                customer,
                order,
                touchpoint,
                metric,
                score,
                at,
                list(reasons),
                attributes or {},
                purpose,
            )

    async def _customer(self, transaction: object, customer: int) -> None:
        from db.database import Transaction

        assert isinstance(transaction, Transaction)
        await transaction.run(
            """
            with person as (insert into persons (id, created_at) values ($1, $2) on conflict do nothing)
            insert into customers (id, external_id, person_id, created_at) values ($1, 'c-' || $1::bigint, $1, $2)
            on conflict do nothing
            """,
            customer,
            START,
        )


@pytest_asyncio.fixture
async def shop(database: Database) -> Shop:
    await publish(database, CATALOGUE, now=START - 30 * DAY)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    return Shop(database, catalogues)
