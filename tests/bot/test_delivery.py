"""The loop: what is due reaches people, once, whatever the messenger and the database do."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.budget import Budget
from bot.clock import MovableClock
from bot.delivery import Delivery
from bot.renderers import build_renderers
from bot.sandbox import Fault, FaultKind, Group, Person, TelegramSandbox
from bot.telegram.client import TelegramClient
from bot.telegram.messenger import TelegramMessenger
from db.database import Database
from surveys import membership
from surveys.actors import Actor
from surveys.answering import give_score
from surveys.channels import channel_state
from surveys.intake import IncomingCustomer, IncomingEvent, take_in
from surveys.publishing import Catalogues, publish
from surveys.scheduling import pause, resume, sweep
from tests.bot.outages import DatabaseLine
from tests.bot.sandbox.conformance import ServeTelegram

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 23, 9, tzinfo=UTC)

CATALOGUE = """
business: {name: Bakery, timezone: Europe/Moscow, languages: [en]}
contact_rules:
  quiet_hours: {start: "21:00", end: "10:00"}
  quarantine: {any: PT0S, relational: P90D}
touchpoints:
  delivery:
    title: {en: Delivery}
    survey: delivery-csat
    ask_after: PT0S
    ask_by: P2D
    remind_after: P1D
    expires_after: P7D
    owner: kitchen
surveys:
  delivery-csat:
    metric: csat
    question: {en: "{name|friend}, how was order {order_id}?"}
recovery:
  teams:
    kitchen: {chat: staff}
"""


@dataclass
class Shop:
    """An installation that has published its catalogue."""

    database: Database
    catalogues: Catalogues
    telegram: TelegramSandbox
    clock: MovableClock

    async def deliver(self, *people: int, start: bool = True) -> None:
        """An order was delivered to each of these people."""
        for person in people:
            if start:
                self.telegram.add_person(person, f"Person{person}", started=True)
        events = [
            IncomingEvent(
                id=f"order:{person}",
                touchpoint="delivery",
                occurred_at=self.clock.now(),
                customer=IncomingCustomer(id=f"c{person}", name=f"Person{person}", telegram_id=person),
                order_id=str(person),
            )
            for person in people
        ]
        results = await take_in(self.database, self.catalogues, events, now=self.clock.now())
        assert {result.outcome for result in results} == {"planned"}

    async def states(self, table: str = "schedule") -> dict[str, int]:
        """How many rows are in each state."""
        async with self.database.autocommit() as transaction:
            rows = await transaction.rows(f"select state, count(*) from {table} group by state")
        return {row["state"]: row["count"] for row in rows}

    @asynccontextmanager
    async def delivery(
        self, *, rate: float = 0, database: Database | None = None, concurrency: int = 50, seconds: float = 0.5
    ) -> AsyncGenerator[Delivery, None]:
        """The loop of one process."""
        database = database or self.database
        async with TelegramClient(self.telegram.token, self.telegram.api_url, timeout=seconds) as client:
            yield Delivery(
                database,
                self.catalogues,
                TelegramMessenger(client),
                renderers=build_renderers(database, self.catalogues, self.clock),
                clock=self.clock,
                budget=Budget(database, "telegram", rate),
                concurrency=concurrency,
            )

    @asynccontextmanager
    async def running(self, delivery: Delivery) -> AsyncGenerator[None, None]:
        """The loop at work, woken often; stopped gracefully."""
        stop = asyncio.Event()

        async def tick() -> None:
            while True:
                delivery.wake()
                await asyncio.sleep(0.05)

        ticking = asyncio.create_task(tick())
        running = asyncio.create_task(delivery.run(stop))
        try:
            yield
        finally:
            stop.set()
            await running
            ticking.cancel()

    def sends(self) -> list[int]:
        """The chats of the messages sent, in order."""
        return [int(str(call.parameters["chat_id"])) for call in self.telegram.journal.calls("sendMessage")]


async def opened(database: Database, telegram: TelegramSandbox) -> Shop:
    catalogues = Catalogues()
    await publish(database, CATALOGUE, now=NOON)
    await catalogues.refresh(database)
    return Shop(database, catalogues, telegram, MovableClock(NOON, running=False))


@pytest_asyncio.fixture
async def shop(database: Database, serve_telegram: ServeTelegram) -> AsyncGenerator[Shop, None]:
    async with serve_telegram(pace=False) as telegram:
        yield await opened(database, telegram)


@pytest_asyncio.fixture
async def paced_shop(database: Database, telegram: TelegramSandbox) -> Shop:
    return await opened(database, telegram)


async def until(met: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not met():
            await asyncio.sleep(0.01)


async def test_what_is_due_is_sent_and_written_down(shop: Shop) -> None:
    await shop.deliver(*range(1, 121))
    async with shop.delivery() as delivery:
        assert await delivery.run_once(NOON) == 120
        assert await delivery.run_once(NOON) == 0
    assert await shop.states("invitations") == {"sent": 120}
    message = shop.telegram.person(7).last()
    assert message.text.startswith("Person7, how was order 7?")
    assert message.labels[:5] == ("1", "2", "3", "4", "5")
    async with shop.database.autocommit() as transaction:
        row = await transaction.row(
            "select question, language, message_id, sent_at from invitations where order_id = '7'"
        )
    assert row is not None
    assert tuple(row) == ("Person7, how was order 7?", "en", message.id, NOON)
    assert sorted(shop.sends()) == list(range(1, 121))


async def test_a_question_is_asked_again_once_and_quotes_the_first(shop: Shop) -> None:
    await shop.deliver(7)
    async with shop.delivery() as delivery:
        await delivery.run_once(NOON)
        assert await delivery.run_once(NOON + timedelta(hours=23)) == 0
        assert await delivery.run_once(NOON + timedelta(hours=25)) == 1
        assert await delivery.run_once(NOON + timedelta(days=5)) == 0
    first, reminder = shop.telegram.person(7).see()
    assert reminder.reply_to == first.id


async def test_two_processes_send_each_message_once(shop: Shop, database_url: str) -> None:
    await shop.deliver(*range(1, 301))
    other = await Database.connect(database_url)
    try:
        async with shop.delivery() as one, shop.delivery(database=other) as two:
            counts = await asyncio.gather(one.run_once(NOON), two.run_once(NOON))
    finally:
        await other.close()
    assert sum(counts) == 300
    assert sorted(shop.sends()) == list(range(1, 301))
    assert await shop.states("invitations") == {"sent": 300}


async def test_each_outcome_is_durable_within_a_tenth_of_a_second(shop: Shop) -> None:
    await shop.deliver(*range(1, 51))
    shop.telegram.fail(Fault(FaultKind.SLOW, chat_id=50, seconds=0.4))
    async with shop.delivery() as delivery:
        sending = asyncio.create_task(delivery.run_once(NOON))
        await until(lambda: len(shop.sends()) >= 49)
        await asyncio.sleep(0.1)
        assert (await shop.states())["sending"] == 1
        await sending
    assert await shop.states("invitations") == {"sent": 50}


async def test_refusals_are_told_apart(shop: Shop) -> None:
    await shop.deliver(1, 2, 3)
    await shop.telegram.person(1).block()
    await shop.telegram.person(2).deactivate()
    await shop.deliver(4, start=False)
    async with shop.delivery() as delivery:
        await delivery.run_once(NOON)
    async with shop.database.autocommit() as transaction:
        accounts = await transaction.rows("select external_id, state from accounts order by external_id")
        invitations = await transaction.rows("select order_id, state, reason from invitations order by order_id")
    assert [tuple(row)[1] for row in accounts] == ["blocked", "deactivated", "presumed", "stranger"]
    assert [row["state"] for row in invitations] == ["rejected", "rejected", "sent", "waiting"]


async def test_an_unknown_outcome_of_a_question_is_not_sent_again(shop: Shop) -> None:
    await shop.deliver(1, 2)
    shop.telegram.fail(Fault(FaultKind.RESET, chat_id=1, executed=True))
    shop.telegram.fail(Fault(FaultKind.HANG, chat_id=2))
    async with shop.delivery(seconds=0.2) as delivery:
        await delivery.run_once(NOON)
        await delivery.run_once(NOON + timedelta(days=3))
    assert await shop.states("invitations") == {"unknown": 2}
    assert sorted(shop.sends()) == [1, 2]


async def test_three_unknowns_in_a_row_pause_the_channel_until_a_probe_is_answered(shop: Shop) -> None:
    await shop.deliver(*range(1, 11))
    shop.telegram.fail(Fault(FaultKind.SERVER_ERROR, frozenset(("sendMessage",)), times=3))
    shop.telegram.fail(Fault(FaultKind.SERVER_ERROR, frozenset(("getMe",)), times=1))
    async with shop.delivery(concurrency=1) as delivery, shop.running(delivery):
        await until(lambda: len(shop.telegram.journal.calls("getMe")) == 1)
        assert len(shop.sends()) == 3
        state = await channel_state(shop.database, "telegram")
        assert state.paused_until is not None
        await until(lambda: len(shop.sends()) == 10)
    assert len(shop.telegram.journal.calls("getMe")) == 2
    assert await shop.states("invitations") == {"unknown": 3, "sent": 7}
    assert (await channel_state(shop.database, "telegram")).paused_until is None


async def test_429_is_honoured_and_loses_nothing(shop: Shop) -> None:
    await shop.deliver(*range(1, 21))
    shop.telegram.fail(Fault(FaultKind.TOO_MANY_REQUESTS, frozenset(("sendMessage",)), retry_after=1))
    async with shop.delivery(concurrency=4) as delivery, shop.running(delivery):
        await until(lambda: any(call.status == 429 for call in shop.telegram.journal.calls()))
        await until(lambda: len({*shop.sends()}) == 20)
        await until(lambda: len(shop.sends()) == 21)
    calls = shop.telegram.journal.calls("sendMessage")
    refused = next(call for call in calls if call.status == 429)
    under_way = [call for call in calls if refused.at < call.at < refused.at + 0.9]
    # only what was under way at that moment
    assert len(under_way) <= 3
    assert all(call.at - refused.at < 0.1 for call in under_way)
    assert await shop.states("invitations") == {"sent": 20}


async def complain(shop: Shop, person: int) -> None:
    """This person was asked and gave the worst score."""
    async with shop.database.autocommit() as transaction:
        invitation_id = await transaction.value("select id from invitations where order_id = $1", str(person))
    assert isinstance(invitation_id, int)
    actor = Actor("telegram", person, f"Person{person}", "en")
    await give_score(shop.database, shop.catalogues, actor, invitation_id, 1, now=NOON)


async def team_of(shop: Shop) -> tuple[Person, Group]:
    boss = shop.telegram.add_person(1000, "Boss", started=True)
    team = shop.telegram.add_group(-100, "Team", [boss])
    await membership.settle_in(shop.database, owners=[1000], staff_chat=-100, now=NOON)
    return boss, team


async def test_a_complaint_overtakes_the_questions_that_wait(paced_shop: Shop) -> None:
    shop = paced_shop
    boss, team = await team_of(shop)
    await shop.deliver(1)
    async with shop.delivery() as delivery:
        await delivery.run_once(NOON)
    await shop.deliver(*range(2, 200))
    async with shop.delivery(rate=30) as delivery, shop.running(delivery):
        await until(lambda: len(shop.sends()) >= 20)
        began = time.monotonic()
        await complain(shop, 1)
        delivery.wake()
        card = await boss.wait_for(chat=team)
        assert time.monotonic() - began < 1
    assert "Person1" in card.text
    assert {call.status for call in shop.telegram.journal.calls()} == {200}


async def test_a_card_is_redrawn_in_place_and_follows_its_group(shop: Shop) -> None:
    boss, team = await team_of(shop)
    await shop.deliver(1, 2)
    async with shop.delivery() as delivery:
        await delivery.run_once(NOON)
        await complain(shop, 1)
        await delivery.run_once(NOON)
        card = boss.last(team)
        moved = team.upgrade()
        await complain(shop, 2)
        await delivery.run_once(NOON)
        await delivery.run_once(NOON)
        assert boss.last(moved) != card
    assert "Person2" in boss.last(moved).text
    assert "Person1" in card.text


async def test_a_team_that_threw_the_bot_out_falls_back_to_the_owners(shop: Shop) -> None:
    boss, team = await team_of(shop)
    await shop.deliver(1)
    async with shop.delivery() as delivery:
        await delivery.run_once(NOON)
        team.kick_bot(boss)
        await complain(shop, 1)
        await delivery.run_once(NOON)
    assert "Person1" in boss.last().text


async def test_a_pause_holds_questions_until_it_ends(shop: Shop) -> None:
    await shop.deliver(1)
    await pause(shop.database, by="owner", now=NOON)
    async with shop.delivery() as delivery:
        assert await delivery.run_once(NOON) == 0
        await resume(shop.database)
        assert await delivery.run_once(NOON) == 1


async def test_a_database_that_goes_away_neither_stops_the_loop_nor_repeats_a_message(
    shop: Shop, line: DatabaseLine, line_database: Database
) -> None:
    await shop.deliver(*range(1, 41))
    shop.telegram.fail(Fault(FaultKind.SLOW, frozenset(("sendMessage",)), times=None, seconds=0.05))
    async with shop.delivery(database=line_database, concurrency=4) as delivery, shop.running(delivery):
        await until(lambda: len(shop.sends()) >= 8)
        await line.cut()
        await asyncio.sleep(0.5)
        await line.mend()
        await until(lambda: len(shop.sends()) >= 40)
    assert sorted(shop.sends()) == list(range(1, 41))
    assert await shop.states("invitations") == {"sent": 40}


async def test_stopping_finishes_what_is_in_hand(shop: Shop) -> None:
    await shop.deliver(*range(1, 31))
    shop.telegram.fail(Fault(FaultKind.SLOW, frozenset(("sendMessage",)), times=None, seconds=0.1))
    async with shop.delivery(concurrency=3) as delivery, shop.running(delivery):
        await until(lambda: len(shop.sends()) >= 3)
    states = await shop.states()
    assert "sending" not in states
    assert states["sent"] == len(shop.sends())


async def test_what_a_killed_process_was_sending_becomes_unknown_and_is_not_sent_again(
    shop: Shop, database_url: str
) -> None:
    await shop.deliver(*range(1, 21))
    shop.telegram.fail(Fault(FaultKind.HANG, frozenset(("sendMessage",)), times=None, executed=True))
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "tests" / "benchmarks" / "pace.py"),
        *("--worker", "--api-url", shop.telegram.api_url, "--token", shop.telegram.token, "--url", database_url),
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    await until(lambda: len(shop.sends()) >= 3, seconds=30)
    worker.kill()
    await worker.wait()
    reached = set(shop.sends())
    shop.telegram.faults.clear()
    left = (await shop.states())["sending"]
    assert len(reached) <= left < 20
    async with shop.database.autocommit() as transaction:
        await transaction.run("update schedule set claimed_at = claimed_at - interval '10 minutes'")
    counts = await sweep(shop.database, shop.catalogues, now=NOON + timedelta(minutes=10))
    assert counts.unknown == left
    async with shop.delivery() as delivery:
        assert await delivery.run_once(NOON + timedelta(minutes=10)) == 20 - left
    assert await shop.states("invitations") == {"unknown": left, "sent": 20 - left}
    assert len(shop.sends()) == len(set(shop.sends()))


@pytest.mark.parametrize("processes", [1, 3])
async def test_the_pace_is_kept_and_used(paced_shop: Shop, database_url: str, processes: int) -> None:
    shop = paced_shop
    await shop.deliver(*range(1, 121))
    databases = [await Database.connect(database_url) for _ in range(processes)]
    try:
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for database in databases:
                group.create_task(drain(shop, database, 30))
        took = time.monotonic() - began
    finally:
        for database in databases:
            await database.close()
    assert {call.status for call in shop.telegram.journal.calls("sendMessage")} == {200}
    assert sorted(shop.sends()) == list(range(1, 121))
    assert 120 / 30 - 0.5 < took < 120 / 30 + 0.8


async def drain(shop: Shop, database: Database, rate: float) -> None:
    async with shop.delivery(database=database, rate=rate) as delivery, shop.running(delivery):
        await until(lambda: len(shop.sends()) >= 120, seconds=20)
