"""Updates: what the bot is sent, for how long it is kept, and how it is delivered again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.sandbox import TelegramSandbox
from bot.sandbox.telegram.webhook import next_delay
from tests.bot.sandbox.conftest import Caller, MachineClock

pytestmark = pytest.mark.usefixtures("unpaced")

BUTTON = {"inline_keyboard": [[{"text": "5", "callback_data": "r:5"}, {"text": "site", "url": "https://example.com"}]]}


async def test_updates_wait_until_acknowledged(sandbox: TelegramSandbox, call: Caller) -> None:
    anna = sandbox.person(1)
    for text in ("a", "b", "c"):
        await anna.write(text)
    first, second, third = await call("getUpdates")
    assert [update["message"]["text"] for update in (first, second, third)] == ["a", "b", "c"]
    assert second["update_id"] == first["update_id"] + 1
    assert len(await call("getUpdates")) == 3
    assert await call("getUpdates", offset=second["update_id"], limit=1) == [second]
    assert await call("getUpdates", offset=-1) == [third]
    assert await call("getUpdates", offset=third["update_id"] + 1) == []


async def test_a_long_poll_ends_with_the_first_update(sandbox: TelegramSandbox, call: Caller) -> None:
    waiting = asyncio.create_task(call("getUpdates", timeout=30))
    while not sandbox.polling.is_held:
        await asyncio.sleep(0)
    await sandbox.person(1).write("a")
    assert [update["message"]["text"] for update in await waiting] == ["a"]


async def test_a_long_poll_without_news_ends_empty(call: Caller) -> None:
    assert await call("getUpdates", timeout=1) == []


async def test_taps_are_kept_150_seconds_and_messages_a_day(
    sandbox: TelegramSandbox, call: Caller, machine_clock: MachineClock
) -> None:
    anna = sandbox.person(1)
    await call("sendMessage", chat_id=1, text="?", reply_markup=BUTTON)
    await anna.tap(anna.last(), "5", deadline=None)
    await anna.write("a")
    machine_clock.seconds += 149
    assert [sorted(update)[0] for update in await call("getUpdates")] == ["callback_query", "message"]
    machine_clock.seconds += 2
    assert [sorted(update)[0] for update in await call("getUpdates")] == ["message"]
    machine_clock.seconds += 86_400
    assert await call("getUpdates") == []


async def test_wanted_types_are_remembered(sandbox: TelegramSandbox, call: Caller) -> None:
    anna = sandbox.person(1)
    await call("getUpdates", allowed_updates=["my_chat_member"])
    await anna.write("a")
    await anna.block()
    assert [sorted(update)[0] for update in await call("getUpdates")] == ["my_chat_member"]
    await anna.unblock()
    await call("getUpdates", allowed_updates=[])
    await anna.write("b")
    assert len(await call("getUpdates")) == 3
    status, description = await call.refusal("getUpdates", allowed_updates=["messages"])
    assert (status, description) == (400, 'Bad Request: unknown update type "messages"')


async def test_malformed_duplicate_and_raw_updates(sandbox: TelegramSandbox, call: Caller) -> None:
    sandbox.updates.malform()
    sandbox.updates.duplicate()
    await sandbox.person(1).write("a")
    malformed, first, again = await call("getUpdates")
    assert malformed["message"] == {"message_id": "not a number"}
    assert first == again
    assert await call("getUpdates", offset=first["update_id"] + 1) == []
    number = sandbox.updates.add_raw({"message": None})
    assert await call("getUpdates") == [{"update_id": number, "message": None}]


async def test_a_tap_is_answered_once_and_soon(
    sandbox: TelegramSandbox, call: Caller, machine_clock: MachineClock
) -> None:
    anna = sandbox.person(1)
    await call("sendMessage", chat_id=1, text="?", reply_markup=BUTTON)
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    tap = asyncio.create_task(anna.tap(anna.last(), "5"))
    (update,) = await call("getUpdates", timeout=5)
    query = update["callback_query"]
    assert query["data"] == "r:5"
    assert query["message"]["reply_markup"] == BUTTON
    assert query["chat_instance"]
    assert await call.refusal("answerCallbackQuery", callback_query_id=query["id"], text="a" * 201) == (
        400,
        "Bad Request: MESSAGE_TOO_LONG",
    )
    await call("answerCallbackQuery", callback_query_id=query["id"], text="a" * 200)
    assert await tap == "a" * 200
    assert await call.refusal("answerCallbackQuery", callback_query_id=query["id"]) == (400, too_old)
    assert await call.refusal("answerCallbackQuery", callback_query_id="1") == (400, too_old)
    late = asyncio.create_task(anna.tap(anna.last(), "5", deadline=0.1))
    (update,) = await call("getUpdates", offset=update["update_id"] + 1, timeout=5)
    machine_clock.seconds += 16
    identifier = update["callback_query"]["id"]
    assert await call.refusal("answerCallbackQuery", callback_query_id=identifier) == (400, too_old)
    with pytest.raises(TimeoutError, match="got no answer"):
        await late


async def test_a_tap_on_a_deleted_message_shows_its_number_alone(sandbox: TelegramSandbox, call: Caller) -> None:
    anna = sandbox.person(1)
    await call("sendMessage", chat_id=1, text="?", reply_markup=BUTTON)
    message = anna.last()
    await call("deleteMessage", chat_id=1, message_id=message.id)
    await anna.forge_tap(message, "r:5", deadline=None)
    (update,) = await call("getUpdates")
    shown = update["callback_query"]["message"]
    assert shown == {"chat": {"id": 1, "type": "private", "first_name": "Anna"}, "message_id": 1, "date": 0}


async def test_in_groups_the_bot_sees_what_is_meant_for_it(sandbox: TelegramSandbox, call: Caller) -> None:
    anna = sandbox.person(1)
    group = sandbox.add_group(-5, "Shop", [anna])
    await call("sendMessage", chat_id=-5, text="card")
    await anna.write("between us", chat=group)
    await anna.write("/cases", chat=group)
    await anna.write("/cases@otklik_sandbox_bot now", chat=group)
    await anna.write("/cases@another_bot", chat=group)
    await anna.write("to the bot", chat=group, reply_to=group.see()[0])
    seen = [update["message"]["text"] for update in await call("getUpdates")]
    assert seen == ["/cases", "/cases@otklik_sandbox_bot now", "to the bot"]
    group.add_bot(anna, administrator=True)
    await anna.write("between us", chat=group)
    update = (await call("getUpdates", offset=-1))[0]
    assert update["message"]["text"] == "between us"


async def test_membership_updates(sandbox: TelegramSandbox, call: Caller) -> None:
    anna, boris = sandbox.person(1), sandbox.person(2)
    await call("getUpdates", allowed_updates=["my_chat_member", "chat_member", "message"])
    group = sandbox.add_group(-5, "Shop", [anna], bot_status="left")
    group.add_bot(anna, administrator=True)
    group.add_member(boris, by=anna)
    group.remove_member(boris)
    group.kick_bot(anna)
    updates = await call("getUpdates")
    kinds = [next(kind for kind in update if kind != "update_id") for update in updates]
    assert kinds == ["message", "my_chat_member", "chat_member", "message", "chat_member", "message", "my_chat_member"]
    assert updates[1]["my_chat_member"]["old_chat_member"]["status"] == "left"
    assert updates[1]["my_chat_member"]["new_chat_member"]["status"] == "administrator"
    assert updates[2]["chat_member"]["new_chat_member"]["user"]["id"] == 2
    assert updates[6]["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    status, _ = await call.refusal("getChatMember", chat_id=-5, user_id=1)
    assert status == 403


class Hook:
    """A bot's address that answers as it is told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.arrived: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.answer: Callable[[dict[str, Any]], Awaitable[web.Response]] = self._accept
        self.changed = asyncio.Event()

    @staticmethod
    async def _accept(_update: dict[str, Any]) -> web.Response:
        return web.Response()

    async def handle(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.arrived.append(update)
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.changed.set()
        return await self.answer(update)

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.arrived) < count:
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def _listening() -> AsyncIterator[Hook]:
    hook = Hook("")
    application = web.Application()
    application.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield hook
    finally:
        await runner.cleanup()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with _listening() as listening:
        yield listening


async def test_a_webhook_gets_what_waited_and_its_secret(sandbox: TelegramSandbox, call: Caller, hook: Hook) -> None:
    await sandbox.person(1).write("before")
    await call("setWebhook", url=hook.url, secret_token="s_1-A")
    await sandbox.person(1).write("after")
    await hook.wait_for(2)
    assert [update["message"]["text"] for update in hook.arrived] == ["before", "after"]
    assert hook.secrets == ["s_1-A", "s_1-A"]


async def test_a_webhook_is_tried_until_it_says_ok_and_others_need_not_wait(
    sandbox: TelegramSandbox, call: Caller, hook: Hook
) -> None:
    left = 4

    async def refuse_anna(update: dict[str, Any]) -> web.Response:
        nonlocal left
        if update["message"]["text"] == "a1" and left:
            left -= 1
            return web.Response(status=500)
        return web.Response()

    hook.answer = refuse_anna
    await call("setWebhook", url=hook.url)
    await sandbox.person(1).write("a1")
    await sandbox.person(1).write("a2")
    await sandbox.person(2).write("b")
    await hook.wait_for(7)
    texts = [update["message"]["text"] for update in hook.arrived]
    assert [text for text in texts if text != "b"] == ["a1"] * 5 + ["a2"]
    assert texts.index("b") < texts.index("a2")
    info = await call("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"


async def test_a_webhook_keeps_trying_a_dead_address(sandbox: TelegramSandbox, call: Caller, hook: Hook) -> None:
    await call("setWebhook", url="http://127.0.0.1:9/hook")
    await sandbox.person(1).write("a")
    async with asyncio.timeout(5):
        while (await call("getWebhookInfo")).get("last_error_message") is None:
            await asyncio.sleep(0)
    assert (await call("getWebhookInfo"))["pending_update_count"] == 1
    await call("setWebhook", url=hook.url)
    await hook.wait_for(1)


async def test_max_connections_bounds_what_is_under_way(sandbox: TelegramSandbox, call: Caller, hook: Hook) -> None:
    running, most = 0, 0
    release = asyncio.Event()

    async def hold(_update: dict[str, Any]) -> web.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await release.wait()
        running -= 1
        return web.Response()

    hook.answer = hold
    await call("setWebhook", url=hook.url, max_connections=2)
    for number in range(10, 16):
        await sandbox.add_person(number).write("a")
    await hook.wait_for(2)
    release.set()
    await hook.wait_for(6)
    assert most == 2


async def test_a_call_may_be_the_webhooks_answer(sandbox: TelegramSandbox, call: Caller, hook: Hook) -> None:
    async def reply(update: dict[str, Any]) -> web.Response:
        return web.json_response({"method": "sendMessage", "chat_id": update["message"]["chat"]["id"], "text": "hi"})

    hook.answer = reply
    await call("setWebhook", url=hook.url)
    await sandbox.person(1).start()
    assert (await sandbox.person(1).wait_for()).text == "hi"


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"url": "nowhere"}, "invalid webhook URL specified"),
        ({"url": "http://127.0.0.1:9/", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "http://127.0.0.1:9/", "secret_token": "a" * 257}, "secret token is too long"),
    ],
)
async def test_refused_webhooks(call: Caller, parameters: dict[str, object], description: str) -> None:
    assert await call.refusal("setWebhook", **parameters) == (400, f"Bad Request: {description}")


def test_delays_double_up_to_a_minute() -> None:
    waits, delay = [], 1.0
    for failures in range(9):
        delay, wait = next_delay(delay, failures, 0)
        waits.append(wait)
    assert waits == [0, 2, 4, 8, 16, 32, 60, 60, 60]
    assert next_delay(4.0, 3, 30) == (4.0, 30.0)
    assert next_delay(4.0, 3, 99_999) == (4.0, 3600.0)
