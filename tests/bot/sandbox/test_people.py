"""People and groups as a test drives them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bot.sandbox import SandboxOptions, TelegramSandbox
from tests.bot.sandbox.conftest import Caller

BUTTONS = {"inline_keyboard": [[{"text": "5", "callback_data": "r:5"}, {"text": "site", "url": "https://example.com"}]]}


async def test_waiting_ends_with_the_message_or_shows_the_chat(sandbox: TelegramSandbox, call: Caller) -> None:
    anna = sandbox.person(1)
    waiting = asyncio.create_task(anna.wait_for(lambda message: message.text == "b"))
    await call("sendMessage", chat_id=1, text="a")
    await call("sendMessage", chat_id=2, text="b")
    await asyncio.sleep(0)
    assert not waiting.done()
    sent = await call("sendMessage", chat_id=1, text="b")
    assert (await waiting).id == sent["message_id"]
    with pytest.raises(TimeoutError, match="the chat shows:\n<1#1 Otklik: 'a' >"):
        await anna.wait_for(lambda message: message.text == "c", deadline=0.01)
    with pytest.raises(TimeoutError):
        await anna.wait_for(after=await waiting, deadline=0.01)


async def test_waiting_for_an_edit(sandbox: TelegramSandbox, call: Caller) -> None:
    anna = sandbox.person(1)
    await call("sendMessage", chat_id=1, text="a")
    message = anna.last()
    waiting = asyncio.create_task(anna.wait_for_edit(message))
    await asyncio.sleep(0)
    assert not waiting.done()
    await call("editMessageText", chat_id=1, message_id=message.id, text="b")
    assert (await waiting).text == "b"


async def test_what_a_messenger_would_not_let_people_do(sandbox: TelegramSandbox, call: Caller) -> None:
    anna, boris = sandbox.person(1), sandbox.person(2)
    group = sandbox.add_group(-5, "Shop", [boris])
    with pytest.raises(PermissionError, match="is not in the chat -5"):
        await anna.write("a", chat=group)
    with pytest.raises(ValueError, match="1 to 4096"):
        await anna.write(" ")
    with pytest.raises(LookupError, match="has written nothing"):
        anna.last()
    await call("sendMessage", chat_id=1, text="a", reply_markup=BUTTONS)
    with pytest.raises(LookupError, match="no button '6'"):
        await anna.tap(anna.last(), "6")
    with pytest.raises(LookupError, match=r"opens https://example\.com"):
        await anna.tap(anna.last(), "site")
    with pytest.raises(PermissionError):
        await boris.tap(anna.last(), "5")
    await anna.block()
    with pytest.raises(PermissionError, match="must unblock"):
        await anna.write("a")
    group.upgrade()
    with pytest.raises(PermissionError, match="became the supergroup"):
        await boris.write("a", chat=group)
    with pytest.raises(ValueError, match="1 is no free id"):
        sandbox.add_person(1)
    with pytest.raises(ValueError, match="-5 is no free id"):
        sandbox.add_group(-5, "Again")


async def test_everything_a_person_sends_arrives(sandbox: TelegramSandbox, call: Caller) -> None:
    vera = sandbox.person(3)
    await vera.start("key_1")
    question = await vera.write("a /stop b")
    await vera.send_photo(caption="look", reply_to=question)
    await vera.send_document(name="a.pdf", content_type="application/pdf")
    await vera.send_voice(duration=7)
    await vera.send_sticker("👍")
    await vera.send_contact("+79001234567")
    await vera.edit(question, "c")
    updates = await call("getUpdates")
    messages = [update.get("message") or update["edited_message"] for update in updates]
    assert messages[0]["text"] == "/start key_1"
    assert messages[0]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert messages[0]["from"] == {"id": 3, "is_bot": False, "first_name": "Vera", "language_code": "ru"}
    assert messages[1]["entities"] == [{"type": "bot_command", "offset": 2, "length": 5}]
    assert messages[2]["caption"] == "look"
    assert messages[2]["reply_to_message"]["text"] == "a /stop b"
    assert [size["width"] for size in messages[2]["photo"]] == [90, 1280]
    assert messages[3]["document"]["mime_type"] == "application/pdf"
    assert messages[4]["voice"]["duration"] == 7
    assert messages[5]["sticker"]["emoji"] == "👍"
    assert messages[6]["contact"]["user_id"] == 3
    assert (messages[7]["text"], updates[7]["edited_message"]["message_id"]) == ("c", question.id)


async def test_dates_follow_the_business_clock() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    async with TelegramSandbox.serve(options=SandboxOptions(clock=lambda: now)) as sandbox:
        anna = sandbox.add_person(1)
        first = await anna.write("a")
        now = datetime(2026, 11, 23, 9, tzinfo=UTC)
        second = await anna.write("b")
    assert (first.at, second.at) == (datetime(2026, 11, 20, 12, tzinfo=UTC), now)


async def test_changes_are_numbered_and_can_be_waited_for(sandbox: TelegramSandbox, call: Caller) -> None:
    start = sandbox.changes.last
    waiting = asyncio.create_task(sandbox.changes.wait_after(start, deadline=5))
    await call("sendMessage", chat_id=1, text="a")
    (change,) = await waiting
    assert (change.number, change.kind, change.chat_id, change.message_id) == (start + 1, "message", 1, 1)
    assert sandbox.changes.after(change.number) == ()
    assert await sandbox.changes.wait_after(change.number, deadline=0.01) == ()


async def test_the_journal_keeps_calls_in_order_and_bounded(call: Caller) -> None:
    await call("sendMessage", chat_id=1, text="a")
    await call.refusal("sendMessage", chat_id=99, text="b")
    first, second = call.sandbox.journal.calls("sendMessage")
    assert (first.parameters["text"], first.status, first.error) == ("a", 200, None)
    assert (second.status, second.error) == (400, "Bad Request: chat not found")
    async with TelegramSandbox.serve(options=SandboxOptions(journal_limit=2)) as small:
        bounded = Caller(small, call.session)
        for _ in range(5):
            await bounded("getMe")
        assert [kept.number for kept in small.journal.calls()] == [4, 5]
        assert small.journal.count == 5


async def test_an_album_is_a_message_for_each_picture(sandbox: TelegramSandbox, call: Caller) -> None:
    anna = sandbox.person(1)
    await call("sendMessage", chat_id=1, text="a")
    sent = await anna.send_album((b"one", b"two"), caption="both", reply_to=anna.last())
    updates = [update["message"] for update in await call("getUpdates")]
    assert [update["message_id"] for update in updates] == [message.id for message in sent]
    assert len({update["media_group_id"] for update in updates}) == 1
    assert {update["reply_to_message"]["message_id"] for update in updates} == {1}
    assert [update.get("caption") for update in updates] == ["both", None]
    with pytest.raises(ValueError, match="2 to 10"):
        await anna.send_album((b"one",))


async def test_words_are_edited_under_files_too_and_nothing_else_is(sandbox: TelegramSandbox, call: Caller) -> None:
    anna = sandbox.person(1)
    photo = await anna.send_photo(caption="a")
    await anna.edit(photo, "b")
    await anna.edit(photo, "b")
    updates = await call("getUpdates")
    assert [update["edited_message"]["caption"] for update in updates[1:]] == ["b"]
    with pytest.raises(PermissionError, match="no words"):
        await anna.edit(await anna.send_sticker(), "c")
    with pytest.raises(ValueError, match="at most 1024"):
        await anna.edit(photo, "c" * 1025)
