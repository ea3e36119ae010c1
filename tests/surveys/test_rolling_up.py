"""Days counted once say what the rows say, whatever is changed, imported late, deleted or forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from random import Random  # noqa: TID251 - seeded

import asyncpg
import pytest_asyncio

from bot.screens.report_json import Document, build_report_document
from db.database import Database
from surveys.publishing import Catalogues, publish
from surveys.reporting import score_trend, weekly_report
from surveys.rolling_up import roll_up
from surveys.rules.journey import Metric
from tests.surveys.test_reporting import CATALOGUE, MONDAY, NOW, Shop

DAYS = 40
"""How far back the shop's answers lie."""


@pytest_asyncio.fixture
async def shop(database: Database) -> Shop:
    await publish(database, CATALOGUE, now=MONDAY - timedelta(days=60))
    catalogues = Catalogues()
    await catalogues.refresh(database)
    return Shop(database, catalogues)


class Disturbance:
    """Changes anything a report counts, by chance but the same each time."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self._shop = Shop(shop.database, shop.catalogues, made=1000 * seed)
        self._chance = Random(seed)

    def moment(self) -> datetime:
        return NOW - timedelta(minutes=self._chance.randrange(DAYS * 24 * 60))

    async def run(self, statement: str, *arguments: object) -> None:
        async with self._shop.database.transaction() as transaction:
            await transaction.run(statement, *arguments)

    async def step(self) -> None:
        chance = self._chance
        some = chance.randrange(1 << 30)
        asked = "(select id from invitations order by (id * 7919 + $1::bigint) % 10007 limit 3)"
        answered = "(select id from responses order by (id * 7919 + $1::bigint) % 10007 limit 3)"
        late = chance.choice([(), ("late",)])
        steps: list[Callable[[], Awaitable[object]]] = [
            lambda: self._shop.answer(
                chance.randint(1, 5),
                at=self.moment(),
                times=chance.randint(1, 4),
                reasons=late,
            ),
            self._answered_event,
            lambda: self._shop.event(chance.choice(["waiting", "skipped", "sent", "expired"]), at=self.moment()),
            lambda: self.run(f"update responses set score = 1 + (score + 1) % 5 where id in {answered}", some),
            lambda: self.run(f"update responses set reasons = '{{late,cold}}' where id in {answered}", some),
            lambda: self.run(
                f"update responses set answered_at = answered_at - interval '3 days' where id in {answered}", some
            ),
            lambda: self.run(
                f"update responses set comment = case when comment is null then 'Hm.' end where id in {answered}", some
            ),
            lambda: self.run(
                "update responses set purpose = case purpose when 'first' then 'recovery' else 'first' end"
                f" where id in {answered}",
                some,
            ),
            lambda: self.run(f"delete from responses where id in {answered}", some),
            lambda: self.run(
                f"update invitations set state = 'expired' where id in {asked} and sent_at is not null", some
            ),
            lambda: self.run(f"update invitations set expires_at = $2 where id in {asked}", some, self.moment()),
            lambda: self.run(
                "insert into messages (channel, chat_id, message_id, kind, received_at, response_id)"
                f" select 'telegram', 1, $1::bigint + id, 'voice', $2, id from responses where id in {answered}"
                " on conflict do nothing",
                some,
                self.moment(),
            ),
            lambda: self.run("delete from messages where message_id % 3 = $1::bigint % 3", some),
            lambda: self.run("update messages set response_id = null where message_id % 5 = $1::bigint % 5", some),
        ]
        await chance.choice(steps)()

    async def _answered_event(self) -> None:
        at = self.moment()
        invitation_id = await self._shop.event("answered", at=at)
        await self._shop.answer(
            self._chance.randint(1, 5), at=at, invitation_id=invitation_id, comment=self._chance.choice([None, "So."])
        )


async def document(shop: Shop) -> Document:
    start = (NOW - timedelta(days=15)).date()
    report = await weekly_report(shop.database, shop.catalogues, start=start, end=NOW.date(), now=NOW)
    return build_report_document(report)


async def as_the_rows_say(shop: Shop) -> Document:
    """The report when no counted day is trusted."""
    async with shop.database.transaction() as transaction:
        await transaction.run("update rolled_up_days set zone = '-' || zone")
    raw = await document(shop)
    async with shop.database.transaction() as transaction:
        await transaction.run("update rolled_up_days set zone = substr(zone, 2)")
    return raw


async def test_counted_days_equal_their_rows_after_any_change(shop: Shop) -> None:
    disturbance = Disturbance(shop, seed=14)
    for number in range(150):
        await disturbance.step()
        if number % 20 == 10:
            await roll_up(shop.database, shop.catalogues, now=NOW)
        if number % 8 == 7:
            assert await document(shop) == await as_the_rows_say(shop), number
    await roll_up(shop.database, shop.catalogues, now=NOW)
    assert await roll_up(shop.database, shop.catalogues, now=NOW) == 0, "nothing is counted twice for nothing"
    assert await document(shop) == await as_the_rows_say(shop)


async def test_counting_races_with_what_it_counts(shop: Shop) -> None:
    """Taps, imports and two processes that count, all at once."""
    writers = [Disturbance(shop, seed) for seed in range(4)]

    async def write(disturbance: Disturbance) -> None:
        for _ in range(25):
            try:
                await disturbance.step()
            except (asyncpg.DeadlockDetectedError, asyncpg.ForeignKeyViolationError):
                continue  # two writers met on the same rows, which is not what is tried here

    async def count() -> None:
        while not done.is_set():
            await roll_up(shop.database, shop.catalogues, now=NOW)

    done = asyncio.Event()
    counting = [asyncio.create_task(count()) for _ in range(2)]
    await asyncio.gather(*(write(disturbance) for disturbance in writers))
    done.set()
    await asyncio.gather(*counting)
    assert await document(shop) == await as_the_rows_say(shop)
    await roll_up(shop.database, shop.catalogues, now=NOW)
    assert await document(shop) == await as_the_rows_say(shop)


async def test_a_report_reads_counted_days_until_one_changes(shop: Shop) -> None:
    await shop.answer(5, times=10, at=MONDAY + timedelta(days=1))
    await shop.answer(5, times=10, at=MONDAY + timedelta(days=2))
    assert await roll_up(shop.database, shop.catalogues, now=NOW) == 6, "every day that is over since the first"
    async with shop.database.transaction() as transaction:
        await transaction.run("update daily_scores set counts[6] = counts[6] + 100")
    assert (await shop.document())["n"] == 220, "the counted days are what is read"
    await shop.answer(4, at=MONDAY + timedelta(days=1))
    assert (await shop.document())["n"] == 11 + 110, "a day that changed is read from its answers"
    await roll_up(shop.database, shop.catalogues, now=NOW)
    assert (await shop.document())["n"] == 11 + 110


async def test_days_follow_the_business_to_another_zone(shop: Shop) -> None:
    late_on_sunday = MONDAY - timedelta(hours=1)
    await shop.answer(5, times=10, at=late_on_sunday)
    await roll_up(shop.database, shop.catalogues, now=NOW)
    assert (await shop.document())["n"] == 0
    await publish(shop.database, CATALOGUE.replace("Europe/Moscow", "Asia/Omsk"), now=NOW)
    await shop.catalogues.refresh(shop.database)
    assert (await shop.document())["n"] == 10, "in Omsk it was Monday already"
    await roll_up(shop.database, shop.catalogues, now=NOW)
    assert (await shop.document())["n"] == 10


async def test_the_trend_has_twelve_weeks_with_those_that_nobody_answered_in(shop: Shop) -> None:
    await shop.answer(5, times=30)
    await shop.answer(2, times=30, at=MONDAY - timedelta(days=70))
    await shop.answer(5, times=4, at=MONDAY - timedelta(days=7))
    await roll_up(shop.database, shop.catalogues, now=NOW)
    trend = (await shop.document())["trend"]
    assert isinstance(trend, list)
    assert [(week["week"], week["n"], week["score"]) for week in trend if isinstance(week, dict) and week["n"]] == [
        ("2026-W37", 30, 0.0),
        ("2026-W46", 4, None),
        ("2026-W47", 30, 100.0),
    ]
    assert (len(trend), trend[0]["from"], trend[-1]["to"]) == (12, "2026-08-31", "2026-11-23")
    year = await score_trend(shop.database, shop.catalogues, until=date(2026, 11, 22), weeks=52)
    assert [point.measured.n for point in year["delivery", Metric.CSAT]][-12:] == [0, 30, *[0] * 8, 4, 30]


async def test_what_is_answered_today_is_never_counted_before_the_day_is_over(shop: Shop) -> None:
    await shop.answer(5, times=10, at=datetime(2026, 11, 22, 20, 59, tzinfo=UTC))
    assert await roll_up(shop.database, shop.catalogues, now=datetime(2026, 11, 22, 20, 59, 59, tzinfo=UTC)) == 0
    assert await roll_up(shop.database, shop.catalogues, now=datetime(2026, 11, 22, 21, 0, tzinfo=UTC)) == 1


async def test_a_voice_message_and_a_lone_event_are_counted_while_they_are_there(shop: Shop) -> None:
    async def counted() -> tuple[object, object]:
        await roll_up(shop.database, shop.catalogues, now=NOW)
        funnel = (await shop.document())["funnel"]
        assert isinstance(funnel, dict)
        return funnel["events"], funnel["commented"]

    disturbance = Disturbance(shop, seed=1)
    invitation_id = await shop.event("answered")
    await shop.answer(5, invitation_id=invitation_id)
    assert await counted() == (1, 0)
    await disturbance.run(
        "insert into messages (channel, chat_id, message_id, kind, received_at)"
        " values ('telegram', 1, 1, 'voice', $1), ('telegram', 1, 2, 'photo', $1)",
        NOW,
    )
    await disturbance.run("update messages set response_id = (select id from responses)")
    assert await counted() == (1, 1)
    await disturbance.run("delete from messages where message_id = 1")
    await disturbance.run("update messages set response_id = null")
    assert await counted() == (1, 0)
    await disturbance.run("update messages set response_id = (select id from responses)")
    assert await counted() == (1, 1)
    await disturbance.run("delete from messages")
    assert await counted() == (1, 0)
    await disturbance.run(
        "insert into touchpoint_events (external_id, touchpoint, occurred_at, received_at)"
        " values ('alone', 'delivery', $1, $1)",
        MONDAY + timedelta(days=1),
    )
    assert await counted() == (2, 0)
    await disturbance.run("delete from touchpoint_events where external_id = 'alone'")
    assert await counted() == (1, 0)
    await disturbance.run("truncate responses cascade")
    assert (await shop.document())["n"] == 0
