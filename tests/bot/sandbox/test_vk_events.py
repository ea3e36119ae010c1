"""Events by Bots Long Poll and by Callback API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from bot.sandbox import (
    BARE_PROGRAM,
    OLD_PROGRAM,
    OLDER_PROGRAM,
    Fault,
    FaultKind,
    VKProgram,
    VKSandbox,
    VKSandboxOptions,
)
from tests.bot.sandbox.conftest import MachineClock, VKCaller

BUTTON = {"inline": True, "buttons": [[{"action": {"type": "callback", "label": "5", "payload": '{"score":5}'}}]]}


async def test_long_poll_is_off_until_switched_on_and_tells_new_messages_alone(
    community: VKSandbox, vk_call: VKCaller
) -> None:
    refused = await vk_call.refusal("groups.getLongPollServer", group_id=community.group_id)
    assert refused[0] == 100
    assert refused[1].endswith("longpoll for this group is not enabled")
    anna = community.person(1)
    await anna.write("before")
    listener = await vk_call.listen()
    await anna.deny()
    await anna.write("after")
    (event,) = await listener.events()
    assert (event["type"], event["group_id"], event["v"]) == ("message_new", community.group_id, "5.199")
    assert event["object"]["message"]["text"] == "after"
    settings = await vk_call("groups.getLongPollSettings", group_id=community.group_id)
    assert (settings["is_enabled"], settings["events"]["message_new"], settings["events"]["message_deny"]) == (
        True,
        1,
        0,
    )
    for wrong in ({"group_id": 5}, {"group_id": community.group_id, "api_version": "5.80"}):
        assert (await vk_call.refusal("groups.setLongPollSettings", **wrong))[0] in (15, 100)


async def test_waiting_ends_with_the_event(community: VKSandbox, vk_call: VKCaller) -> None:
    listener = await vk_call.listen()
    waiting = asyncio.create_task(listener.events(25))
    async with asyncio.timeout(5):
        while not community.polling.is_held:
            await asyncio.sleep(0)
    await community.person(1).write("a")
    assert [event["object"]["message"]["text"] for event in await waiting] == ["a"]
    assert await listener.events() == []


async def test_waiting_without_news_ends_empty(vk_call: VKCaller) -> None:
    listener = await vk_call.listen()
    assert await listener.check(1) == {"ts": "0", "updates": []}


async def test_the_queue_is_kept_and_read_again_from_any_number(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    listener = await vk_call.listen()
    first = listener.ts
    for text in "abc":
        await anna.write(text)
    ids = [event["event_id"] for event in await listener.events()]
    assert len(set(ids)) == 3
    listener.ts = first
    assert [event["event_id"] for event in await listener.events()] == ids
    fresh = await vk_call.reopen()
    assert await fresh.events() == []
    fresh.ts = str(int(fresh.ts) - 1)
    assert [event["event_id"] for event in await fresh.events()] == ids[2:]


async def test_what_long_poll_says_when_it_fails(
    community: VKSandbox, vk_call: VKCaller, machine_clock: MachineClock
) -> None:
    anna = community.person(1)
    listener = await vk_call.listen()
    machine_clock.seconds += 3599
    assert await listener.events() == []
    machine_clock.seconds += 1
    assert await listener.check() == {"failed": 2}
    await anna.write("a")
    kept, listener = listener.ts, await vk_call.reopen()
    listener.ts = kept
    assert len(await listener.events()) == 1

    waiting = asyncio.create_task(listener.check(25))
    async with asyncio.timeout(5):
        while not community.polling.is_held:
            await asyncio.sleep(0)
    community.polling.expire_keys()
    assert await waiting == {"failed": 2}

    behind = (await vk_call.reopen()).ts
    await anna.write("lost")
    community.polling.lose_history()
    listener = await vk_call.reopen()
    listener.ts = behind
    assert await listener.check() == {"failed": 1, "ts": str(int(behind) + 1)}

    community.polling.move()
    assert await listener.check() == {"failed": 3}
    listener = await vk_call.reopen()
    assert listener.ts == "0"
    listener.ts = "17"
    assert await listener.check() == {"failed": 3}


async def test_what_a_message_tells(community: VKSandbox, vk_call: VKCaller) -> None:
    vera = community.person(3)
    listener = await vk_call.listen("message_allow", "message_deny", "message_edit", "message_reply")
    vera.follow("order-5", "receipt")
    pressed = await vera.start()
    await vk_call.send(3)
    question = await vera.write("why?", reply_to=pressed)
    await vera.edit(question, "why not?")
    await vera.deny()
    await vera.allow("key-7")
    events = await listener.events()
    assert [event["type"] for event in events] == [
        "message_new",
        "message_reply",
        "message_new",
        "message_edit",
        "message_deny",
        "message_allow",
    ]
    first, answered, second, edited, denied, allowed = (event["object"] for event in events)
    message = first["message"]
    assert (message["text"], message["payload"]) == ("Начать", '{"command":"start"}')
    assert (message["ref"], message["ref_source"]) == ("order-5", "receipt")
    assert (message["from_id"], message["peer_id"], message["out"]) == (3, 3, 0)
    assert first["client_info"]["lang_id"] == 0
    assert "callback" in first["client_info"]["button_actions"]
    assert (answered["from_id"], answered["out"]) == (-community.group_id, 1)
    assert "ref" not in second["message"]
    assert second["message"]["reply_message"]["conversation_message_id"] == pressed.id
    assert (edited["text"], edited["conversation_message_id"]) == ("why not?", question.id)
    assert (denied, allowed) == ({"user_id": 3}, {"user_id": 3, "key": "key-7"})


async def test_files_people_send(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    listener = await vk_call.listen()
    await anna.send_photo(b"picture", caption="look")
    await anna.send_voice(b"OggS sound", duration=7)
    await anna.send_document(b"table", name="a.csv", file_size=5_000_000)
    await anna.send_sticker()
    messages = [event["object"]["message"] for event in await listener.events()]
    assert messages[0]["text"] == "look"
    photo, voice, doc, sticker = (message["attachments"][0] for message in messages)
    assert (photo["type"], voice["audio_message"]["duration"], doc["doc"]["size"]) == ("photo", 7, 5_000_000)
    assert (sticker["type"], doc["doc"]["ext"]) == ("sticker", "csv")
    for url, content in (
        (photo["photo"]["sizes"][-1]["url"], b"picture"),
        (voice["audio_message"]["link_mp3"], b"OggS sound"),
        (doc["doc"]["url"], b"table"),
    ):
        async with vk_call.session.get(url) as answer:
            assert await answer.read() == content


async def test_a_press_waits_for_its_answer(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    listener = await vk_call.listen("message_event")
    await vk_call.send(keyboard=BUTTON)
    pressing = asyncio.create_task(anna.tap(anna.last(), "5"))
    (event,) = await listener.events(5)
    about = event["object"]
    assert (about["payload"], about["conversation_message_id"]) == ({"score": 5}, anna.last().id)

    async def answer(**parameters: object) -> tuple[int, str]:
        return await vk_call.refusal(
            "messages.sendMessageEventAnswer",
            **{"event_id": about["event_id"], "user_id": 1, "peer_id": 1, **parameters},
        )

    for wrong in (
        {"event_data": "{"},
        {"event_data": {"type": "dance"}},
        {"event_data": {"type": "show_snackbar", "text": "я" * 91}},
        {"event_data": {"type": "show_snackbar"}},
        {"event_data": {"type": "open_link", "link": "example"}},
        {"event_data": {"type": "open_app", "app_id": "a"}},
        {"event_data": {"type": "show_snackbar", "text": "a", "more": "b" * 1000}},
        {"user_id": 2},
        {"event_id": "ffffffffffff"},
    ):
        assert (await answer(**wrong))[0] == 100, wrong
    snackbar = {"type": "show_snackbar", "text": "я" * 90}
    numbers = {"event_id": about["event_id"], "user_id": 1, "peer_id": 1}
    assert await vk_call("messages.sendMessageEventAnswer", **numbers, event_data=snackbar) == 1
    assert await pressing == "я" * 90
    assert (await answer())[0] == 100


async def test_a_press_under_the_input_field_names_no_message(community: VKSandbox, vk_call: VKCaller) -> None:
    anna = community.person(1)
    listener = await vk_call.listen("message_event")
    await vk_call.send(keyboard={**BUTTON, "inline": False, "one_time": True})
    await anna.press("5", deadline=None)
    assert anna.keyboard == ()
    await vk_call.send(keyboard={**BUTTON, "inline": False})
    await anna.tap(anna.last(), '{"score":5}', deadline=None)
    events = [event["object"] for event in await listener.events()]
    assert [event["payload"] for event in events] == [{"score": 5}, {"score": 5}]
    assert all("conversation_message_id" not in event for event in events)


async def test_answers_come_within_a_minute(
    community: VKSandbox, vk_call: VKCaller, machine_clock: MachineClock
) -> None:
    anna = community.person(1)
    listener = await vk_call.listen("message_event")
    await vk_call.send(keyboard=BUTTON)
    for _ in range(2):
        await anna.tap(anna.last(), "5", deadline=None)
    early, late = [event["object"]["event_id"] for event in await listener.events()]
    machine_clock.seconds += 60
    link = {"type": "open_link", "link": "https://example.com"}
    await vk_call("messages.sendMessageEventAnswer", event_id=early, user_id=1, peer_id=1, event_data=link)
    machine_clock.seconds += 1
    refused = await vk_call.refusal("messages.sendMessageEventAnswer", event_id=late, user_id=1, peer_id=1)
    assert refused[0] == 100
    with pytest.raises(TimeoutError, match="got no answer"):
        await anna.tap(anna.last(), "5", deadline=0.01)


@pytest.mark.parametrize(
    ("program", "inline", "callback", "refused"),
    [
        (OLD_PROGRAM, True, True, "too old for callback buttons"),
        (OLDER_PROGRAM, True, False, "too old for such keyboards"),
        (BARE_PROGRAM, False, False, "too old for text buttons"),
    ],
)
async def test_old_programs_show_less(
    community: VKSandbox, vk_call: VKCaller, program: VKProgram, inline: bool, callback: bool, refused: str
) -> None:
    old = community.add_person(9, program=program)
    listener = await vk_call.listen()
    await old.write("a")
    (event,) = await listener.events()
    assert event["object"]["client_info"] == {
        "button_actions": list(program.button_actions),
        "keyboard": program.keyboard,
        "inline_keyboard": program.inline_keyboard,
        "carousel": program.carousel,
        "lang_id": 0,
    }
    button = {"action": {"type": "callback" if callback else "text", "label": "5", "payload": "{}"}}
    await vk_call.send(9, keyboard={"inline": inline, "buttons": [[button]]})
    with pytest.raises(PermissionError, match=refused):
        await old.tap(old.last(), "5")
    if program.keyboard:
        await vk_call.send(9, keyboard={"buttons": [[{"action": {"type": "text", "label": "6"}}]]})
        await old.press("6")
        assert old.see()[-1].text == "6"


async def test_a_payload_can_come_as_the_schema_has_it(machine_clock: MachineClock, vk_call: VKCaller) -> None:
    async with VKSandbox.serve(options=VKSandboxOptions(payload_as_text=True)) as community:
        anna = community.add_person(1, started=True)
        call = VKCaller(community, vk_call.session)
        listener = await call.listen("message_event")
        await call.send(keyboard=BUTTON)
        await anna.tap(anna.last(), "5", deadline=None)
        assert (await listener.events())[0]["object"]["payload"] == '{"score":5}'


async def test_events_twice_broken_and_unknown(community: VKSandbox, vk_call: VKCaller) -> None:
    listener = await vk_call.listen()
    community.events.duplicate()
    await community.person(1).write("a")
    community.events.malform()
    await community.person(1).write("b")
    community.events.add_raw({"type": "group_dances", "object": {}})
    first, again, broken, _, unknown = await listener.events()
    assert first == again
    assert broken["object"] == {"message": "not a message"}
    assert unknown["type"] == "group_dances"


Answer = Callable[[dict[str, Any], str | None], Awaitable[web.Response]]


class Hook:
    """The bot's side of Callback API."""

    def __init__(self, code: str) -> None:
        self.url = ""
        self.code = code
        self.arrived: list[tuple[dict[str, Any], str | None]] = []
        self.answer: Answer | None = None
        self._changed = asyncio.Condition()

    async def handle(self, request: web.Request) -> web.Response:
        event = await request.json()
        if event["type"] == "confirmation":
            return web.Response(text=self.code)
        counter = request.headers.get("X-Retry-Counter")
        async with self._changed:
            self.arrived.append((event, counter))
            self._changed.notify_all()
        return web.Response(text="ok") if self.answer is None else await self.answer(event, counter)

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(lambda: len(self.arrived) >= count)

    def texts(self) -> list[str]:
        return [event["object"]["message"]["text"] for event, _ in self.arrived]


@pytest.fixture
async def hook(community: VKSandbox) -> AsyncIterator[Hook]:
    listening = Hook(community.callback.confirmation_code)
    application = web.Application()
    application.router.add_post("/callback", listening.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listening.url = f"http://127.0.0.1:{runner.addresses[0][1]}/callback"
    try:
        yield listening
    finally:
        await runner.cleanup()


async def add_server(call: VKCaller, url: str, secret: str = "s3cret", *kinds: str) -> dict[str, Any]:
    """An address VK has asked for the code, and what became of it."""
    group = call.sandbox.group_id
    added = await call("groups.addCallbackServer", group_id=group, url=url, title="Otklik", secret_key=secret)
    switched = dict.fromkeys(kinds, 1)
    await call("groups.setCallbackSettings", group_id=group, **added, api_version="5.199", **switched)
    async with asyncio.timeout(5):
        while True:
            found = await call("groups.getCallbackServers", group_id=group, server_ids=added["server_id"])
            (server,) = found["items"]
            if server["status"] != "wait":
                return dict(server)


async def test_a_confirmed_address_gets_events_with_its_secret(
    community: VKSandbox, vk_call: VKCaller, hook: Hook
) -> None:
    code = await vk_call("groups.getCallbackConfirmationCode", group_id=community.group_id)
    hook.code = code["code"]
    server = await add_server(vk_call, hook.url, "s3cret", "message_deny")
    assert server["status"] == "ok"
    await community.person(1).write("a")
    await community.person(1).deny()
    await hook.wait_for(2)
    (new, counter), (denied, _) = hook.arrived
    assert (new["type"], new["secret"], new["group_id"], counter) == ("message_new", "s3cret", community.group_id, None)
    assert (denied["type"], denied["object"]) == ("message_deny", {"user_id": 1})
    settings = await vk_call("groups.getCallbackSettings", group_id=community.group_id, server_id=server["id"])
    assert (settings["events"]["message_new"], settings["events"]["message_event"]) == (1, 0)


async def test_an_address_without_the_code_gets_nothing(community: VKSandbox, vk_call: VKCaller, hook: Hook) -> None:
    hook.code = "wrong"
    server = await add_server(vk_call, hook.url)
    assert server["status"] == "failed"
    await community.person(1).write("a")
    hook.code = community.callback.confirmation_code
    again = {"server_id": server["id"], "url": hook.url + "?again", "title": "Otklik"}
    await vk_call("groups.editCallbackServer", group_id=community.group_id, **again)
    async with asyncio.timeout(5):
        while community.callback.find(server["id"]).status != "ok":
            await asyncio.sleep(0)
    await community.person(1).write("b")
    await hook.wait_for(1)
    assert hook.texts() == ["b"]
    assert "secret" not in hook.arrived[0][0]
    assert (await add_server(vk_call, "http://127.0.0.1:9/"))["status"] == "failed"
    await vk_call("groups.deleteCallbackServer", group_id=community.group_id, server_id=server["id"])
    await community.person(1).write("c")
    assert (await vk_call.refusal("groups.deleteCallbackServer", group_id=community.group_id, server_id=99))[0] == 104
    await add_server(vk_call, hook.url, "other")
    await community.person(1).write("d")
    await hook.wait_for(2)
    assert hook.texts() == ["b", "d"]


@pytest.mark.parametrize("refused", ["\ufeffok", "ok\n", '"ok"', "500"])
async def test_an_event_comes_again_until_the_answer_is_ok(
    community: VKSandbox, vk_call: VKCaller, hook: Hook, refused: str
) -> None:
    async def refuse_a(event: dict[str, Any], counter: str | None) -> web.Response:
        if event["object"]["message"]["text"] != "a" or counter == "3":
            return web.Response(text="ok")
        return web.Response(status=500, text="ok") if refused == "500" else web.Response(text=refused)

    hook.answer = refuse_a
    await add_server(vk_call, hook.url)
    await community.person(1).write("a")
    await community.person(1).write("b")
    await hook.wait_for(5)
    first = [
        (event["event_id"], counter) for event, counter in hook.arrived if event["object"]["message"]["text"] == "a"
    ]
    assert [counter for _, counter in first] == [None, "1", "2", "3"]
    assert len({event_id for event_id, _ in first}) == 1
    assert hook.texts().index("b") == 1


async def test_a_slow_answer_is_none(community: VKSandbox, vk_call: VKCaller, hook: Hook) -> None:
    answered = asyncio.Event()

    async def hang_once(_event: dict[str, Any], counter: str | None) -> web.Response:
        if counter is None:
            await answered.wait()
        answered.set()
        return web.Response(text="ok")

    hook.answer = hang_once
    await add_server(vk_call, hook.url)
    community.callback.answer_seconds = 0.2
    await community.person(1).write("a")
    await hook.wait_for(2)
    assert [counter for _, counter in hook.arrived] == [None, "1"]


async def test_refused_addresses(community: VKSandbox, vk_call: VKCaller) -> None:
    right = {"group_id": community.group_id, "url": "http://127.0.0.1:9/", "title": "Otklik"}
    for wrong in ({"url": "nowhere"}, {"title": "a" * 15}, {"secret_key": "a" * 51}, {"title": ""}):
        assert (await vk_call.refusal("groups.addCallbackServer", **{**right, **wrong}))[0] == 100
    for _ in range(10):
        await vk_call("groups.addCallbackServer", **right)
    assert (await vk_call.refusal("groups.addCallbackServer", **right))[0] == 2000


async def test_both_ways_tell_the_same_event(community: VKSandbox, vk_call: VKCaller, hook: Hook) -> None:
    listener = await vk_call.listen()
    await add_server(vk_call, hook.url, "")
    await community.person(1).write("a")
    await hook.wait_for(1)
    assert await listener.events() == [hook.arrived[0][0]]


async def test_trouble_with_long_poll_itself(community: VKSandbox, vk_call: VKCaller) -> None:
    listener = await vk_call.listen()
    community.fail(Fault(FaultKind.ERROR, methods=frozenset(["a_check"]), code=2))
    assert await listener.check() == {"failed": 2}
    community.fail(Fault(FaultKind.SERVER_ERROR, methods=frozenset(["a_check"]), status=502))
    with pytest.raises(json.JSONDecodeError):
        await listener.check()
    await community.person(1).write("a")
    assert len(await listener.events()) == 1
    assert [call.status for call in community.journal.calls("a_check")] == [200, 0, 200]
