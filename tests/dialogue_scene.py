"""A shop with a catalogue, and people who were asked by it, for the tests of the dialogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

from surveys.actors import Actor
from surveys.answer_views import AnswerView
from surveys.answering import give_score
from surveys.intake import IncomingCustomer, IncomingEvent, take_in
from surveys.messages import IncomingMessage, take_message
from surveys.publishing import Catalogues, publish
from surveys.rules.dialogue import MessageKind
from surveys.storage import Database

NOON = datetime(2026, 11, 20, 9, tzinfo=UTC)
"""12:00 in Moscow, a Friday."""

CATALOGUE = """
business: {name: Пекарня, timezone: Europe/Moscow, languages: [ru, en]}
contact_rules:
  quarantine: {any: P0D, relational: P0D}
touchpoints:
  delivery: {title: {ru: Доставка, en: Delivery}, survey: delivery-csat, expires_after: P7D, ask_by: P5D}
  visit: {title: {ru: Визит, en: Visit}, survey: visit-nps, expires_after: P7D, ask_by: P5D}
  support: {title: {ru: Поддержка, en: Support}, survey: support-ces, expires_after: P7D, ask_by: P5D}
surveys:
  delivery-csat:
    metric: csat
    kind: transactional
    question: {ru: "{name|друг}, как вам доставка?", en: "{name|friend}, how was the delivery?"}
    reasons:
      negative:
        - {key: late, title: {ru: Опоздали, en: Late}}
        - {key: cold, title: {ru: Остыло, en: Cold}}
      positive:
        - {key: fast, title: {ru: Быстро, en: Fast}}
    comment:
      negative: {ru: "Что случилось, {name|друг}?", en: "What happened, {name|friend}?"}
    thanks:
      positive: {ru: "Спасибо, {name|друг}!", en: "Thank you, {name|friend}!"}
    review_links:
      - {title: {ru: Карты, en: Maps}, url: "https://maps.example/bakery"}
  visit-nps:
    metric: nps
    kind: transactional
    question: {ru: "Посоветуете нас?", en: "Would you recommend us?"}
  support-ces:
    metric: ces
    kind: transactional
    question: {ru: "Было легко?", en: "Was it easy?"}
recovery:
  open_at: {nps: 6, csat: 2, ces: 3}
  teams:
    staff: {chat: staff}
"""

ANNA = Actor("telegram", 111, "Анна К", "ru")
BORIS = Actor("telegram", 222, "Boris", "en")


@dataclass(frozen=True, slots=True)
class Scene:
    """The shop."""

    database: Database
    catalogues: Catalogues

    async def event(
        self,
        event_id: str,
        *,
        touchpoint: str = "delivery",
        customer: str = "c-7",
        telegram_id: int | None = 111,
        order_id: str | None = None,
        language: str | None = None,
        at: datetime = NOON,
    ) -> int:
        """The shop reports an event; the id of its invitation."""
        known = IncomingCustomer(customer, "Анна", "+79001234567", language, None, telegram_id)
        happened = IncomingEvent(event_id, touchpoint, at, known, order_id, attributes={"location": "shop-1"})
        [taken] = await take_in(self.database, self.catalogues, [happened], now=at)
        assert taken.status == "accepted", taken
        found = await self.value(
            "select i.id from invitations i join touchpoint_events e on e.id = i.event_id where e.external_id = $1",
            event_id,
        )
        assert isinstance(found, int)
        return found

    async def ask(
        self,
        event_id: str = "e-1",
        *,
        state: str = "sent",
        touchpoint: str = "delivery",
        customer: str = "c-7",
        telegram_id: int = 111,
        order_id: str | None = None,
        language: str | None = None,
        at: datetime = NOON,
    ) -> int:
        """The event was asked about at `at`; the message has the invitation's id plus 1000."""
        invitation_id = await self.event(
            event_id,
            touchpoint=touchpoint,
            customer=customer,
            telegram_id=telegram_id,
            order_id=order_id,
            language=language,
            at=at,
        )
        await self.run(
            """
            update invitations
               set state = $2, sent_at = $3, expires_at = $4, question = 'Как вам?', language = $5,
                   message_id = id + 1000
             where id = $1
            """,
            invitation_id,
            state,
            None if state == "sending" else at,
            None if state == "sending" else at + timedelta(days=7),
            language or "ru",
        )
        return invitation_id

    async def rate(self, invitation_id: int, score: int, *, actor: Actor = ANNA, now: datetime = NOON) -> AnswerView:
        """Tap a score."""
        return await give_score(self.database, self.catalogues, actor, invitation_id, score, now=now)

    async def write(
        self,
        text: str | None,
        message_id: int = 1,
        *,
        actor: Actor = ANNA,
        kind: MessageKind = MessageKind.TEXT,
        file_id: str | None = None,
        reply_to: int | None = None,
        now: datetime = NOON,
    ) -> AnswerView:
        """Send a message."""
        message = IncomingMessage(message_id, kind, text, file_id, reply_to)
        return await take_message(self.database, self.catalogues, actor, message, now=now)

    async def rows(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """What is committed."""
        async with self.database.autocommit() as statement:
            return await statement.rows(query, *arguments)

    async def value(self, query: str, *arguments: object) -> object:
        """One committed value."""
        async with self.database.autocommit() as statement:
            return await statement.value(query, *arguments)

    async def run(self, query: str, *arguments: object) -> None:
        """Change what is stored."""
        async with self.database.autocommit() as statement:
            await statement.run(query, *arguments)

    async def count(self, table: str) -> object:
        """How many rows the table has."""
        return await self.value(f"select count(*) from {table}")


async def open_shop(database: Database) -> Scene:
    """Publish the catalogue."""
    await publish(database, CATALOGUE, now=NOON)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    return Scene(database, catalogues)
