"""Updates by webhook: 2xx only after commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest
from aiogram import Router
from aiogram.types import Message
from aiohttp import web

from bot.clock import SystemClock
from bot.receiving.lanes import StorageAwayError
from bot.sandbox import TelegramSandbox
from bot.telegram.client import TelegramClient
from bot.telegram.dispatching import allowed_updates, build_bot, build_dispatcher
from bot.telegram.updates import UpdateHandling
from bot.telegram.webhook import PATH, SECRET_HEADER, TelegramWebhook, delete_webhook, set_webhook
from db.database import Database
from tests.bot.outages import DatabaseLine

SECRET = "s3cret_-X"


def keeping_router(database: Database) -> Router:
    router = Router()

    @router.message()
    async def keep(message: Message) -> None:
        async with database.transaction() as transaction:
            await transaction.run(
                """
                insert into messages (channel, chat_id, message_id, kind, text, received_at)
                values ('telegram', $1, $2, 'text', $3, $4) on conflict do nothing
                """,
                message.chat.id,
                message.message_id,
                message.text,
                datetime.now(UTC),
            )

    return router


@asynccontextmanager
async def serving(telegram: TelegramSandbox, database: Database) -> AsyncGenerator[str, None]:
    """The bot behind an HTTP server, known to Telegram; its address."""
    dispatcher = build_dispatcher([keeping_router(database)])
    handling = UpdateHandling(database, dispatcher, build_bot(telegram.token), SystemClock(), lambda: None)
    webhook = TelegramWebhook(handling, SECRET)

    async def receive(request: web.Request) -> web.Response:
        if not webhook.is_from_telegram(request.headers.get(SECRET_HEADER)):
            return web.Response(status=401)
        try:
            await webhook.handle(await request.read())
        except StorageAwayError:
            return web.Response(status=500)
        return web.Response()

    application = web.Application()
    application.router.add_post(PATH, receive)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with TelegramClient(telegram.token, telegram.api_url) as client:
        await set_webhook(client, url + "/", SECRET, allowed_updates(dispatcher))
        try:
            yield url
        finally:
            await delete_webhook(client)
            await runner.cleanup()


async def kept(database: Database) -> list[str]:
    async with database.autocommit() as transaction:
        return [row["text"] for row in await transaction.rows("select text from messages order by id")]


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not met():
            await asyncio.sleep(0.01)


async def test_an_update_is_committed_when_telegram_hears_ok(telegram: TelegramSandbox, database: Database) -> None:
    anna = telegram.add_person(11, started=True)
    async with serving(telegram, database):
        await anna.write("one")
        await anna.write("two")
        await until(lambda: telegram.updates.count() == 0)
        assert await kept(database) == ["one", "two"]
    assert telegram.journal.calls("setWebhook")[0].parameters["allowed_updates"] == ["message"]


async def test_while_the_database_is_away_telegram_keeps_the_update(
    telegram: TelegramSandbox, line: DatabaseLine, line_database: Database
) -> None:
    anna = telegram.add_person(11, started=True)
    async with serving(telegram, line_database):
        await line.cut()
        await anna.write("one")
        await anna.write("two")
        await until(lambda: telegram.webhook.last_error is not None)
        assert telegram.updates.count() == 2
        await line.mend()
        await until(lambda: telegram.updates.count() == 0)
        assert await kept(line_database) == ["one", "two"]


async def test_what_is_no_update_is_set_aside_and_what_has_no_secret_is_not_read(
    telegram: TelegramSandbox, database: Database
) -> None:
    telegram.updates.malform()
    anna = telegram.add_person(11, started=True)
    async with serving(telegram, database) as url:
        await anna.write("good")
        await until(lambda: telegram.updates.count() == 0)
        async with aiohttp.ClientSession() as session:
            for secret, status in ((SECRET, 200), ("wrong", 401), ("пароль", 401), (None, 401)):
                headers = {} if secret is None else {SECRET_HEADER: secret}
                async with session.post(url + PATH, data=b"\xff{nothing", headers=headers) as answer:
                    assert answer.status == status
    async with database.autocommit() as transaction:
        errors = await transaction.rows("select error from updates_set_aside order by id")
    assert [row["error"].partition(":")[0] for row in errors] == ["cannot be decoded", "is not JSON"]
    assert await kept(database) == ["good"]


def test_a_secret_telegram_would_refuse_is_refused_at_once(telegram: TelegramSandbox, database: Database) -> None:
    handling = UpdateHandling(database, build_dispatcher([]), build_bot(telegram.token), SystemClock(), lambda: None)
    with pytest.raises(ValueError, match="WEBHOOK_SECRET"):
        TelegramWebhook(handling, "with a space")
