"""Updates come in: each once committed, in order, and none stops the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.clock import SystemClock
from bot.sandbox import Person, TelegramSandbox
from bot.telegram.client import TelegramClient
from bot.telegram.dispatching import DirectUseError, allowed_updates, build_bot, build_dispatcher
from bot.telegram.polling import Polling
from bot.telegram.updates import UpdateHandling
from db.database import Database
from surveys.channels import channel_state, take_polling
from tests.bot.outages import DatabaseLine

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass
class Shop:
    """A small bot: keeps each message in a table, in one transaction, and can be made to stumble."""

    database: Database
    seen: list[str] = field(default_factory=list)
    slow: dict[str, float] = field(default_factory=dict)
    fails: dict[str, int] = field(default_factory=dict)
    under_way: int = 0
    most_under_way: int = 0
    on_message: Callable[[Message], None] = lambda _message: None

    def router(self) -> Router:
        router = Router()

        @router.message()
        async def keep(message: Message) -> None:
            text = message.text or ""
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            try:
                await asyncio.sleep(self.slow.get(text, 0))
                if self.fails.get(text, 0):
                    self.fails[text] -= 1
                    raise RuntimeError("our own mistake")
                self.on_message(message)
                async with self.database.transaction() as transaction:
                    await transaction.run(
                        """
                        insert into messages (channel, chat_id, message_id, kind, text, received_at)
                        values ('telegram', $1, $2, 'text', $3, $4) on conflict do nothing
                        """,
                        message.chat.id,
                        message.message_id,
                        text,
                        NOW,
                    )
                self.seen.append(text)
            finally:
                self.under_way -= 1

        @router.callback_query()
        async def tapped(callback: CallbackQuery) -> None:
            self.seen.append(callback.data or "")

        return router

    async def kept(self) -> list[str]:
        async with self.database.autocommit() as transaction:
            return [row["text"] for row in await transaction.rows("select text from messages order by id")]

    async def set_aside(self) -> list[tuple[int | None, str]]:
        async with self.database.autocommit() as transaction:
            rows = await transaction.rows("select update_id, error from updates_set_aside order by id")
        return [(row["update_id"], row["error"]) for row in rows]


@dataclass
class Installation:
    """One process that polls."""

    client: TelegramClient
    handling: UpdateHandling
    polling: Polling
    stop: asyncio.Event
    running: asyncio.Task[None]
    woken: list[int]

    async def end(self) -> None:
        self.stop.set()
        await self.running


@asynccontextmanager
async def polling(
    telegram: TelegramSandbox, shop: Shop, database: Database | None = None, holder: str = "a"
) -> AsyncGenerator[Installation, None]:
    dispatcher = build_dispatcher([shop.router()])
    woken: list[int] = []
    async with TelegramClient(telegram.token, telegram.api_url, timeout=2) as client:
        handling = UpdateHandling(
            database or shop.database, dispatcher, build_bot(telegram.token), SystemClock(), lambda: woken.append(1)
        )
        poller = Polling(
            database or shop.database, client, handling, allowed_updates(dispatcher), wait=1, holder=holder
        )
        stop = asyncio.Event()
        running = asyncio.create_task(poller.run(stop))
        installation = Installation(client, handling, poller, stop, running, woken)
        try:
            yield installation
        finally:
            stop.set()
            await running


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not met():
            await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def shop(database: Database) -> Shop:
    return Shop(database)


@pytest.fixture
def anna(telegram: TelegramSandbox) -> Person:
    return telegram.add_person(11, "Anna", started=True)


async def test_updates_are_handled_acknowledged_and_wake_delivery(
    telegram: TelegramSandbox, shop: Shop, anna: Person
) -> None:
    async with polling(telegram, shop) as installation:
        await anna.write("one")
        await anna.write("two")
        await until(lambda: len(shop.seen) == 2)
        await installation.end()
        assert installation.woken
    assert await shop.kept() == ["one", "two"]
    assert telegram.updates.count() == 0
    assert (await channel_state(shop.database, "telegram")).last_update_at is not None
    asked = telegram.journal.calls("getUpdates")[0].parameters
    assert asked["allowed_updates"] == ["callback_query", "message"]


async def test_an_update_is_not_acknowledged_before_its_transaction_ended(
    telegram: TelegramSandbox, shop: Shop, anna: Person
) -> None:
    waiting: list[int] = []
    shop.on_message = lambda _message: waiting.append(telegram.updates.count())
    async with polling(telegram, shop):
        await anna.write("one")
        await until(lambda: shop.seen == ["one"])
    assert waiting == [1]


async def test_after_an_empty_answer_updates_with_lower_ids_are_not_missed(
    telegram: TelegramSandbox, shop: Shop, anna: Person
) -> None:
    async with polling(telegram, shop):
        await anna.write("one")
        await until(lambda: any("offset" in call.parameters for call in telegram.journal.calls("getUpdates")))
        assert (shop.seen, telegram.updates.count()) == (["one"], 0), "acknowledged, and answered with nothing new"
        telegram.updates.start_ids_anew(17)
        await anna.write("a week later")
        await until(lambda: shop.seen == ["one", "a week later"] and telegram.updates.count() == 0)


async def test_a_malformed_update_is_set_aside_and_stops_nothing(
    telegram: TelegramSandbox, shop: Shop, anna: Person
) -> None:
    telegram.updates.malform()
    await anna.write("good")
    unknown = telegram.updates.add_raw({"something_new": {"from": {"id": 11}}, "text": "Ж"})
    async with polling(telegram, shop):
        await until(lambda: shop.seen == ["good"] and telegram.updates.count() == 0)
    malformed, new = await shop.set_aside()
    assert "message" in malformed[1]
    assert new == (unknown, "of a kind this version does not know")


async def test_a_handler_that_keeps_failing_is_given_up_and_a_stumble_is_not(
    telegram: TelegramSandbox, shop: Shop, anna: Person
) -> None:
    shop.fails = {"bad": 99, "stumble": 1}
    for text in ("bad", "stumble", "good"):
        await anna.write(text)
    async with polling(telegram, shop):
        await until(lambda: telegram.updates.count() == 0)
    assert shop.seen == ["stumble", "good"]
    ((_, error),) = await shop.set_aside()
    assert "RuntimeError" in error


async def test_one_chat_is_handled_in_order_and_others_do_not_wait(
    telegram: TelegramSandbox, shop: Shop, anna: Person
) -> None:
    boris = telegram.add_person(12, "Boris", started=True)
    shop.slow = {"a1": 0.3}
    for text in ("a1", "a2", "a3"):
        await anna.write(text)
    await boris.write("b1")
    async with polling(telegram, shop):
        await until(lambda: len(shop.seen) == 4)
    assert shop.seen == ["b1", "a1", "a2", "a3"]
    assert shop.most_under_way == 2


async def test_a_person_is_handled_in_order_across_chats(telegram: TelegramSandbox, shop: Shop, anna: Person) -> None:
    boris = telegram.add_person(12, "Boris", started=True)
    team = telegram.add_group(-100, "Team", [anna, boris])
    shop.slow = {"/in the group": 0.3, "/by boris": 0.1}
    await anna.write("/in the group", chat=team)
    await boris.write("/by boris", chat=team)
    await anna.write("in private")
    async with polling(telegram, shop):
        await until(lambda: len(shop.seen) == 3)
    assert shop.seen.index("/in the group") < shop.seen.index("in private")
    assert shop.seen.index("/in the group") < shop.seen.index("/by boris")


async def test_a_duplicate_is_kept_once(telegram: TelegramSandbox, shop: Shop, anna: Person) -> None:
    telegram.updates.duplicate()
    await anna.write("one")
    async with polling(telegram, shop):
        await until(lambda: telegram.updates.count() == 0)
    assert await shop.kept() == ["one"]


async def test_a_database_that_is_away_holds_updates_in_order_and_sets_none_aside(
    telegram: TelegramSandbox, anna: Person, line: DatabaseLine, line_database: Database
) -> None:
    shop = Shop(line_database)
    async with polling(telegram, shop, line_database):
        await anna.write("before")
        await until(lambda: shop.seen == ["before"])
        await line.cut()
        for text in ("one", "two", "three"):
            await anna.write(text)
        await until(lambda: len(telegram.journal.calls("getUpdates")) >= 2)
        await asyncio.sleep(0.5)
        assert shop.seen == ["before"]
        assert telegram.updates.count() >= 3
        await line.mend()
        await until(lambda: len(shop.seen) == 4)
    assert await shop.kept() == ["before", "one", "two", "three"]
    assert await shop.set_aside() == []


async def test_one_process_polls_and_another_takes_over(
    telegram: TelegramSandbox, shop: Shop, database_url: str, anna: Person
) -> None:
    other = await Database.connect(database_url)
    try:
        async with polling(telegram, shop, holder="a") as first:
            await until(lambda: first.polling.is_polling)
            assert not await take_polling(other, "telegram", "b")
            await first.end()
        async with polling(telegram, Shop(other), other, holder="b") as second:
            await until(lambda: second.polling.is_polling)
    finally:
        await other.close()
    assert anna.see() == ()


async def test_a_poller_that_lost_its_lease_stops_at_once_and_comes_back(
    telegram: TelegramSandbox, shop: Shop, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.receiving.poller.RENEW_EVERY", 0.05)
    async with polling(telegram, shop, holder="a") as installation:
        await until(lambda: installation.polling.is_polling)
        async with shop.database.autocommit() as transaction:
            await transaction.run("update leases set holder = 'b'")
        await until(lambda: not installation.polling.is_polling)
        await anna.write("for b")
        await asyncio.sleep(0.2)
        assert shop.seen == []
        async with shop.database.autocommit() as transaction:
            await transaction.run("delete from leases")
        await until(lambda: shop.seen == ["for b"])


async def test_stopping_finishes_what_is_in_hand(telegram: TelegramSandbox, shop: Shop, anna: Person) -> None:
    shop.slow = {"slow": 0.3}
    async with polling(telegram, shop) as installation:
        await anna.write("slow")
        await until(lambda: shop.under_way == 1)
        await installation.end()
    assert await shop.kept() == ["slow"]
    assert telegram.updates.count() == 0
    assert await take_polling(shop.database, "telegram", "another")


async def test_a_conflict_is_waited_out(
    telegram: TelegramSandbox, shop: Shop, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.polling.CONFLICT_PAUSE", 0.05)
    async with TelegramClient(telegram.token, telegram.api_url) as other:
        await other.call("setWebhook", url="http://127.0.0.1:9/none")
        async with polling(telegram, shop):
            await until(lambda: len(telegram.journal.calls("getUpdates")) >= 2)
            await other.call("deleteWebhook")
            await anna.write("after the conflict")
            await until(lambda: shop.seen == ["after the conflict"])


async def test_a_handler_cannot_call_past_the_budget(telegram: TelegramSandbox) -> None:
    bot = build_bot(telegram.token)
    with pytest.raises(DirectUseError, match="SendMessage"):
        await bot.send_message(1, "x")
