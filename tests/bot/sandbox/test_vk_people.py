"""VK's people as a test drives them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bot.sandbox import (
    MessageView,
    Person,
    TelegramSandbox,
    VKMessageView,
    VKPerson,
    VKSandbox,
    VKSandboxOptions,
)
from tests.bot.sandbox.conftest import VKCaller

BUTTONS = {
    "inline": True,
    "buttons": [
        [
            {"action": {"type": "callback", "label": "5", "payload": {"score": 5}}},
            {"action": {"type": "open_link", "label": "site", "link": "https://example.com"}},
        ]
    ],
}


async def test_waiting_ends_with_the_message_or_shows_the_dialog(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    waiting = asyncio.create_task(anna.wait_for(lambda message: message.text == "b"))
    await vk_call.send(message="a")
    await vk_call.send(2, message="b")
    await asyncio.sleep(0)
    assert not waiting.done()
    sent = await vk_call.send(message="b")
    assert (await waiting).message_id == sent
    with pytest.raises(TimeoutError, match="the dialog shows:\n<1#1 community: 'a' >"):
        await anna.wait_for(lambda message: message.text == "c", deadline=0.01)
    with pytest.raises(TimeoutError):
        await anna.wait_for(after=await waiting, deadline=0.01)


async def test_waiting_for_an_edit(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    await vk_call.send(message="a")
    message = anna.last()
    waiting = asyncio.create_task(anna.wait_for_edit(message))
    await asyncio.sleep(0)
    assert not waiting.done()
    await vk_call("messages.edit", peer_id=1, cmid=message.id, message="b")
    assert (await waiting).text == "b"


async def test_what_vk_would_not_let_people_do(community: VKSandbox, vk_call: VKCaller) -> None:
    anna, boris = community.person(1), community.person(2)
    with pytest.raises(ValueError, match="1 to 4096"):
        await anna.write(" ")
    with pytest.raises(LookupError, match="has written nothing"):
        anna.last()
    await vk_call.send(keyboard=BUTTONS)
    with pytest.raises(LookupError, match="no button '6'"):
        await anna.tap(anna.last(), "6")
    with pytest.raises(LookupError, match=r"opens https://example\.com"):
        await anna.tap(anna.last(), "site")
    with pytest.raises(PermissionError, match="own message"):
        await anna.edit(anna.last(), "a")
    with pytest.raises(LookupError, match="message 9"):
        await anna.write("a", reply_to=9)
    community.blacklist(anna)
    with pytest.raises(PermissionError, match="blacklist"):
        await anna.write("a")
    await boris.deactivate()
    with pytest.raises(PermissionError, match="no account"):
        await boris.start()
    with pytest.raises(ValueError, match="1 is no free id"):
        community.add_person(1)


async def test_the_start_button_is_there_in_a_new_dialog_only(community: VKSandbox, vk_call: VKCaller) -> None:
    vera = community.person(3)
    listener = await vk_call.listen()
    await vera.start("first")
    await vera.start("second")
    await vera.start()
    messages = [event["object"]["message"] for event in await listener.events()]
    assert [message.get("payload") for message in messages] == ['{"command":"start"}', None, None]
    assert [message.get("ref") for message in messages] == ["first", "second", None]
    assert {message["text"] for message in messages} == {"Начать"}


async def test_links_lead_to_the_community_they_name(community: VKSandbox, vk_call: VKCaller) -> None:
    vera = community.person(3)
    listener = await vk_call.listen()
    vera.open_link("https://vk.me/otklik_sandbox?ref=order-5&ref_source=receipt")
    await vera.write("hello")
    vera.open_link(f"https://vk.me/club{community.group_id}")
    await vera.write("again")
    first, second = [event["object"]["message"] for event in await listener.events()]
    assert (first["ref"], first["ref_source"]) == ("order-5", "receipt")
    assert "ref" not in second
    for elsewhere in ("https://vk.me/another?ref=a", "https://t.me/otklik_sandbox?ref=a", "vk.me/otklik_sandbox"):
        with pytest.raises(LookupError, match="does not lead to"):
            vera.open_link(elsewhere)


async def test_a_press_can_be_made_up(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    listener = await vk_call.listen("message_event")
    await vk_call.send(keyboard=BUTTONS)
    await vk_call("messages.edit", peer_id=1, cmid=1, message="closed")
    with pytest.raises(LookupError):
        await anna.tap(anna.last(), "5")
    await anna.forge_tap(anna.last(), '{"score":99}', deadline=None)
    (event,) = await listener.events()
    assert event["object"]["payload"] == {"score": 99}


async def test_messages_allowed_by_the_widget(community: VKSandbox, vk_call: VKCaller) -> None:
    vera = community.person(3)
    listener = await vk_call.listen("message_allow", "message_deny")
    await vera.allow("order-5")
    await vk_call.send(3)
    await vera.block()
    await vera.block()
    await vera.unblock()
    kinds = [event["type"] for event in await listener.events()]
    assert kinds == ["message_allow", "message_deny", "message_allow"]
    assert vera.see()[0].from_bot


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_one_journey_can_drive_both_messengers() -> None:
    assert public(Person) - public(VKPerson) == {"commands", "send_album", "send_contact"}
    assert public(MessageView) - public(VKMessageView) == {"deleted", "entities", "file_id", "thread_id"}
    assert public(TelegramSandbox) - public(VKSandbox) == {"add_group", "group", "groups", "username"}


async def test_dates_follow_the_business_clock() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    async with VKSandbox.serve(options=VKSandboxOptions(clock=lambda: now)) as community:
        anna = community.add_person(1)
        first = await anna.write("a")
        now = datetime(2026, 11, 23, 9, tzinfo=UTC)
        second = await anna.write("b")
    assert (first.at, second.at) == (datetime(2026, 11, 20, 12, tzinfo=UTC), now)


async def test_changes_are_numbered_and_can_be_waited_for(community: VKSandbox, vk_call: VKCaller) -> None:
    start = community.changes.last
    waiting = asyncio.create_task(community.changes.wait_after(start, deadline=5))
    await vk_call.send()
    (change,) = await waiting
    assert (change.number, change.kind, change.chat_id, change.message_id) == (start + 1, "message", 1, 1)
    await vk_call("messages.edit", peer_id=1, cmid=1, message="b")
    await community.person(1).deny()
    kinds = [kept.kind for kept in community.changes.after(change.number)]
    assert kinds == ["edit", "members"]


async def test_the_journal_keeps_calls_in_order(community: VKSandbox, vk_call: VKCaller) -> None:
    await vk_call.send()
    await vk_call.refusal("messages.send", peer_id=99, random_id=0, message="b")
    first, second = community.journal.calls("messages.send")
    assert (first.parameters["message"], first.status, first.error) == ("a", 200, None)
    assert (second.status, second.error) == (200, "901 Can't send messages for users without permission")
