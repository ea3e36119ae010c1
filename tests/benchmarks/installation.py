"""An installation to measure: a durable database of its own, a catalogue, and invitations that are due."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bot.clock import MovableClock
from db.database import Database
from surveys.intake import IncomingCustomer, IncomingEvent, take_in
from surveys.publishing import Catalogues, publish

NOON = datetime(2026, 11, 23, 9, tzinfo=UTC)
BATCH = 500

CATALOGUE = """
business: {name: Bakery, timezone: Europe/Moscow, languages: [ru, en]}
contact_rules:
  quiet_hours: {start: "21:00", end: "10:00"}
  quarantine: {any: P7D, relational: P90D}
  max_per_day: 10000000
touchpoints:
  delivery:
    title: {ru: Доставка, en: Delivery}
    survey: delivery-nps
    ask_after: PT0S
    ask_by: P2D
    remind_after: P1D
    expires_after: P7D
    quarantine: P30D
    owner: kitchen
surveys:
  delivery-nps:
    metric: nps
    question:
      ru: "{name|Здравствуйте}, насколько вероятно, что вы порекомендуете нас после доставки заказа {order_id}?"
      en: "{name|Hello}, how likely are you to recommend us after the delivery of order {order_id}?"
    reasons:
      negative: [{key: late, title: {ru: Поздно, en: Late}}, {key: cold, title: {ru: Остыло, en: Cold}}]
      neutral: [{key: price, title: {ru: Цена, en: Price}}, {key: choice, title: {ru: Выбор, en: Choice}}]
      positive: [{key: fast, title: {ru: Быстро, en: Fast}}, {key: tasty, title: {ru: Вкусно, en: Tasty}}]
recovery:
  open_at: {nps: 6}
  teams:
    kitchen: {chat: staff}
"""


@dataclass
class Installation:
    """What a process works with."""

    url: str
    database: Database
    catalogues: Catalogues
    clock: MovableClock

    async def plan(self, first: int, count: int) -> None:
        """An order was delivered to each of these people just now."""
        for start in range(first, first + count, BATCH):
            events = [
                IncomingEvent(
                    id=f"order:{person}",
                    touchpoint="delivery",
                    occurred_at=self.clock.now(),
                    customer=IncomingCustomer(id=f"c{person}", name="Анна", language="ru", telegram_id=person),
                    order_id=str(person),
                    attributes={"location": f"shop-{person % 7}"},
                )
                for person in range(start, min(start + BATCH, first + count))
            ]
            results = await take_in(self.database, self.catalogues, events, now=self.clock.now())
            assert {result.outcome for result in results} == {"planned"}, {result.outcome for result in results}


@asynccontextmanager
async def installation(url: str | None = None) -> AsyncGenerator[Installation, None]:
    """On a server of its own with durable settings, or in a new database on the one given."""
    from db.embedded import open_server
    from db.migrating import upgrade

    folder = Path(tempfile.mkdtemp(prefix="otklik-bench-"))
    folder.chmod(0o711)
    server = None if url else await asyncio.to_thread(open_server, folder / "data", durable=True)
    base = url or (server.url if server else "")
    own = urlunsplit(urlsplit(base)._replace(path="/otklik_bench_sending"))
    await _run(base, "drop database if exists otklik_bench_sending with (force)")
    await _run(base, "create database otklik_bench_sending")
    try:
        await asyncio.to_thread(upgrade, own)
        database = await Database.connect(own)
        try:
            catalogues = Catalogues()
            await publish(database, CATALOGUE, now=NOON)
            await catalogues.refresh(database)
            yield Installation(own, database, catalogues, MovableClock(NOON, running=False))
        finally:
            await database.close()
    finally:
        await _run(base, "drop database if exists otklik_bench_sending with (force)")
        if server is not None:
            await asyncio.to_thread(server.close)
        shutil.rmtree(folder, ignore_errors=True)


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
