"""VK's pace, trouble on demand, and the control API that orders it from another process."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Fault, FaultKind, Rate, VKPaceLimits, VKSandbox, VKSandboxOptions
from bot.sandbox.vk.errors import MESSAGES
from tests.bot.sandbox.conftest import MachineClock, VKCaller


async def test_twenty_calls_in_any_second(community: VKSandbox, vk_call: VKCaller, machine_clock: MachineClock) -> None:
    community.set_pace(enabled=True)
    for _ in range(10):
        await vk_call("groups.getById")
    machine_clock.seconds += 0.5
    for _ in range(10):
        await vk_call.send()
    assert await vk_call.refusal("groups.getById") == (6, "Too many requests per second")
    machine_clock.seconds += 0.5
    for _ in range(10):
        await vk_call("groups.getById")
    assert (await vk_call.refusal("messages.send", peer_id=1, random_id=0, message="a"))[0] == 6
    assert len(community.person(1).see()) == 10
    community.set_pace(enabled=False)
    for _ in range(50):
        await vk_call("groups.getById")


async def test_one_person_may_be_written_to_too_often(machine_clock: MachineClock, vk_call: VKCaller) -> None:
    limits = VKPaceLimits(peer=Rate(1, 60, 2))
    async with VKSandbox.serve(options=VKSandboxOptions(machine_clock=machine_clock, limits=limits)) as community:
        for number in (1, 2):
            community.add_person(number, started=True)
        call = VKCaller(community, vk_call.session)
        await call.send(random_id=1)
        await call.send(random_id=2)
        refused = await call.refusal("messages.send", peer_id=1, random_id=3, message="a")
        assert refused == (9, "Flood control")
        await call.send(random_id=2)
        await call.send(2)
        machine_clock.seconds += 60
        await call.send(random_id=3)
        assert len(community.person(1).see()) == 3


@pytest.mark.parametrize("code", sorted(MESSAGES))
async def test_every_error_comes_on_demand(community: VKSandbox, vk_call: VKCaller, code: int) -> None:
    community.fail(Fault(FaultKind.ERROR, methods=frozenset(["messages.send"]), chat_id=1, code=code))
    await vk_call.send(2)
    body = await vk_call.post("messages.send", peer_id=1, random_id=0, message="a")
    assert (body["error"]["error_code"], body["error"]["error_msg"]) == (code, MESSAGES[code])
    assert ("captcha_sid" in body["error"]) == (code == 14)
    assert community.person(1).see() == ()
    await vk_call.send(1)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(FaultKind.TOO_MANY_REQUESTS), 6),
        (Fault(FaultKind.FORBIDDEN), 901),
        (Fault(FaultKind.SERVER_ERROR), 10),
        (Fault(FaultKind.ERROR, code=777, description="Never seen before"), 777),
    ],
)
async def test_the_trouble_every_messenger_has(
    community: VKSandbox, vk_call: VKCaller, fault: Fault, code: int
) -> None:
    community.fail(fault)
    assert (await vk_call.refusal("messages.send", peer_id=1, random_id=0, message="a"))[0] == code
    await vk_call.send()


async def test_trouble_with_a_recipient_stands_in_the_response(community: VKSandbox, vk_call: VKCaller) -> None:
    community.fail(Fault(FaultKind.ERROR, chat_id=1, code=902))
    community.fail(Fault(FaultKind.ERROR, chat_id=1, code=10))
    content = {"peer_ids": "1", "random_id": 0, "message": "a"}
    (outcome,) = await vk_call("messages.send", **content)
    assert outcome["error"] == {"code": 902, "description": MESSAGES[902]}
    assert (await vk_call.refusal("messages.send", **content))[0] == 10
    assert community.person(1).see() == ()
    assert [call.error for call in community.journal.calls()] == [f"902 {MESSAGES[902]}", f"10 {MESSAGES[10]}"]


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.SERVER_ERROR, FaultKind.HANG, FaultKind.EMPTY])
async def test_lost_answers_before_and_after(
    community: VKSandbox, vk_call: VKCaller, kind: FaultKind, executed: bool
) -> None:
    community.fail(Fault(kind, executed=executed, status=502, seconds=0.01))
    form: dict[str, Any] = {"access_token": community.token, "v": "5.199", "peer_id": 1, "random_id": 5, "message": "a"}
    request = vk_call.session.post(vk_call.url("messages.send"), data=form)
    if kind in (FaultKind.RESET, FaultKind.HANG):
        with pytest.raises(aiohttp.ClientError):
            await request
    else:
        async with request as answer:
            body = await answer.read()
        expected = (200, b"") if kind is FaultKind.EMPTY else (502, b"<html>")
        assert (answer.status, body[:6]) == expected
    anna = community.person(1)
    assert len(anna.see()) == executed
    sent = await vk_call.send(random_id=5)
    assert [message.message_id for message in anna.see()] == [sent]


async def test_slow_and_lost_uploads(community: VKSandbox, vk_call: VKCaller) -> None:
    server = await vk_call("docs.getMessagesUploadServer", peer_id=1)

    async def upload() -> str:
        form = aiohttp.FormData()
        form.add_field("file", b"a", filename="a.txt")
        async with vk_call.session.post(server["upload_url"], data=form) as answer:
            return await answer.text()

    community.fail(Fault(FaultKind.ERROR, methods=frozenset(["upload"]), code=22))
    assert await upload() == '{"error":22}'
    community.fail(Fault(FaultKind.SLOW, methods=frozenset(["upload"]), seconds=0.01))
    assert '"file"' in await upload()
    community.fail(Fault(FaultKind.RESET, methods=frozenset(["upload"])))
    with pytest.raises(aiohttp.ClientError):
        await upload()


class Remote:
    """The control API."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def __call__(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        request: dict[str, Any] = {} if method == "GET" else {"json": body if body is not None else {}}
        async with self._session.request(method, f"{self._url}/sandbox/{path}", **request) as answer:
            decoded = await answer.json()
            assert answer.status == status, decoded
            return decoded


@pytest.fixture
def remote(community: VKSandbox, vk_call: VKCaller) -> Remote:
    return Remote(community.api_url, vk_call.session)


async def test_the_whole_sandbox_is_driven_over_http(community: VKSandbox, vk_call: VKCaller, remote: Remote) -> None:
    listener = await vk_call.listen("message_event")
    await remote("POST", "people", {"id": 10, "first_name": "Gleb"})
    await remote("POST", "people", {"id": 11, "program": "bare"})
    await remote("POST", "people", {"id": 100, "count": 50, "started": True})
    await remote("POST", "people/10/follow", {"ref": "k", "ref_source": "s"})
    await remote("POST", "people/10/start")
    assert (await listener.events())[0]["object"]["message"]["ref"] == "k"
    button = {"action": {"type": "callback", "label": "5", "payload": {"score": 5}}}
    await vk_call.send(10, keyboard={"inline": True, "buttons": [[button]]})
    await vk_call.send(10, keyboard={"buttons": [[button]]})
    tap = asyncio.create_task(remote("POST", "people/10/tap", {"message_id": 2, "choice": "5"}))
    (event,) = await listener.events(5)
    numbers = {"event_id": event["object"]["event_id"], "user_id": 10, "peer_id": 10}
    shown = {"type": "open_link", "link": "https://example.com"}
    await vk_call("messages.sendMessageEventAnswer", **numbers, event_data=shown)
    assert await tap == {"popup": "", "link": "https://example.com"}
    assert await remote("GET", "people/10/keyboard") == [["5"]]
    messages = await remote("GET", "chats/10/messages?after=1")
    assert [(message["text"], message["reply_keyboard"]) for message in messages] == [("a", None), ("a", [["5"]])]
    for act in ("photo", "voice", "document", "sticker"):
        assert (await remote("POST", f"people/10/{act}"))["attachments"]
    await remote("POST", "people/10/write", {"text": "b", "reply_to": 2})
    await remote("POST", "people/10/deny")
    assert (await vk_call.refusal("messages.send", peer_id=10, random_id=0, message="a"))[0] == 901
    await remote("POST", "people/10/allow", {"key": "k"})
    await remote("POST", "people/10/deactivate")
    state = await remote("GET", "state")
    assert (state["people"], state["pace"], state["longpoll"]["enabled"]) == (55, False, True)
    changes = await remote("GET", f"changes?after={state['last_change'] - 1}")
    assert changes[0]["kind"] == "members"
    calls = await remote("GET", "calls?method=messages.send")
    assert [entry["error"] is None for entry in calls] == [True, True, False]


async def test_trouble_is_ordered_over_http(community: VKSandbox, vk_call: VKCaller, remote: Remote) -> None:
    await remote("POST", "faults", {"kind": "error", "methods": ["groups.getById"], "code": 29, "times": None})
    assert (await vk_call.refusal("groups.getById"))[0] == 29
    assert (await remote("GET", "state"))["faults"] == [{"number": 1, "kind": "error", "times": None}]
    await remote("DELETE", "faults")
    await vk_call("groups.getById")
    listener = await vk_call.listen()
    await remote("POST", "events", {"malformed": 1, "duplicate": 1, "raw": {"type": "group_dances"}})
    await community.person(1).write("a")
    assert len(await listener.events()) == 4
    await remote("POST", "longpoll/expire")
    assert await listener.check() == {"failed": 2}
    await remote("POST", "longpoll/shake", status=404)
    await remote("POST", "pace", {"enabled": True})
    assert community.pace.enabled


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("POST", "people/99/start", {}, 404),
        ("POST", "people/1/dance", {}, 404),
        ("POST", "people", {"id": "x"}, 400),
        ("POST", "people", {"id": 1}, 400),
        ("POST", "people/1/press", {"choice": "a"}, 400),
        ("POST", "people/1/tap", {"message_id": 9, "choice": "a"}, 404),
        ("POST", "faults", {"kind": "error"}, 400),
        ("GET", "chats/77/messages", None, 404),
    ],
)
async def test_wrong_orders_are_named(remote: Remote, method: str, path: str, body: object, status: int) -> None:
    assert (await remote(method, path, body, status))["error"]


async def test_web_pages_cannot_drive_the_sandbox(community: VKSandbox, vk_call: VKCaller) -> None:
    address = f"{community.api_url}/sandbox/people/1/deny"
    async with vk_call.session.post(address, data={"a": "b"}) as answer:
        assert answer.status == 415
    async with vk_call.session.post(address, json={}, headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
    assert community.person(1).user.allowed


async def test_both_sandboxes_run_as_a_process_of_their_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox", "--messenger", "both", "--people", "3", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        url, token = (await process.stdout.readline()).decode().split()
        vk_url, vk_token, group_id = (await process.stdout.readline()).decode().split()
        form = {"access_token": vk_token, "v": "5.199", "peer_id": 3, "random_id": 0, "message": "a"}
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{url}/bot{token}/getMe") as answer:
                assert (await answer.json())["ok"] is True
            async with session.post(f"{vk_url}/method/messages.send", data=form) as answer:
                assert (await answer.json())["response"] > 0
            allowed = {**form, "group_id": group_id, "user_id": 3}
            del allowed["peer_id"], allowed["random_id"], allowed["message"]
            async with session.post(f"{vk_url}/method/messages.isMessagesFromGroupAllowed", data=allowed) as answer:
                assert (await answer.json())["response"] == {"is_allowed": 1}
    finally:
        process.terminate()
        assert await process.wait() == 0
