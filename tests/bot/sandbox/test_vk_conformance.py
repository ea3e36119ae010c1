"""The check of calls against VK's schema finds what is wrong and nothing else; the sandbox itself keeps to it."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from bot.sandbox import VKSandbox, VKSandboxOptions
from bot.sandbox.vk.api import SIGNATURES
from bot.sandbox.vk.errors import MESSAGES
from tests.bot.sandbox.conftest import VKCaller
from tests.bot.sandbox.vk_conformance import (
    WITHOUT_SPEC,
    VKSpec,
    check_call,
    check_value,
    hold_vk_against_spec,
    vk_spec_or_none,
)


@pytest.fixture
def spec() -> VKSpec:
    found = vk_spec_or_none()
    if found is None:
        pytest.skip(WITHOUT_SPEC)
    return found


def keyboard(color: str = "positive", **action: object) -> str:
    shown = {"type": "callback", "label": "5", "payload": '{"a":1}', **action}
    return json.dumps({"inline": True, "buttons": [[{"action": shown, "color": color}]]})


FORWARD = json.dumps({"peer_id": 1, "conversation_message_ids": [5], "is_reply": True})


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("messages.send", {"peer_id": "1", "random_id": "-5", "message": "a", "v": "5.199"}),
        ("messages.send", {"peer_ids": "1,2", "random_id": "0", "message": "a", "keyboard": keyboard()}),
        ("messages.send", {"peer_id": "1", "random_id": "1", "message": "a", "keyboard": keyboard("secondary")}),
        ("messages.send", {"peer_id": "1", "random_id": "1", "message": "a", "forward": FORWARD}),
        ("messages.send", {"peer_id": "1", "random_id": "1", "message": "a", "dont_parse_links": "1"}),
        ("messages.edit", {"peer_id": "1", "cmid": "5", "message": "a"}),
        ("messages.sendMessageEventAnswer", {"event_id": "a", "user_id": "1", "peer_id": "1", "event_data": "{}"}),
        ("groups.setLongPollSettings", {"group_id": "1", "enabled": "1", "message_new": "1"}),
        ("groups.getById", {}),
        ("users.get", {"anything": "that is not in the folder"}),
        ("a_check", {"ts": "1"}),
    ],
)
def test_right_calls_pass(spec: VKSpec, method: str, parameters: dict[str, object]) -> None:
    assert check_call(spec, method, parameters) == []


@pytest.mark.parametrize(
    ("method", "parameters", "fault"),
    [
        ("messages.sendd", {}, "messages.sendd: no such method"),
        ("groups.join", {}, "groups.join: not with a community's token"),
        ("messages.send", {"text": "a"}, "messages.send.text: no such parameter"),
        ("messages.edit", {"message": "a"}, "messages.edit.peer_id: required"),
        ("messages.edit", {"peer_id": "me"}, "messages.edit.peer_id: 'me' is no integer"),
        ("messages.edit", {"peer_id": "1", "cmid": "-1"}, "messages.edit.cmid: less than 0"),
        ("messages.send", {"peer_ids": "1,a"}, "messages.send.peer_ids: 'a' is no integer"),
        ("messages.send", {"peer_ids": "1" + ",1" * 100}, "messages.send.peer_ids: more than 100"),
        ("messages.send", {"payload": "a" * 1001}, "messages.send.payload: longer than 1000"),
        ("messages.send", {"intent": "spam"}, "messages.send.intent: 'spam' is not one of"),
        ("messages.send", {"dont_parse_links": "yes"}, "messages.send.dont_parse_links: 'yes' is no boolean"),
        ("messages.send", {"keyboard": "{"}, "messages.send.keyboard: no JSON"),
        ("messages.send", {"keyboard": "{}"}, "messages.send.keyboard.buttons: required"),
        (
            "messages.send",
            {"keyboard": keyboard(payload={"a": 1})},
            "messages.send.keyboard.buttons[0][0].action.payload: dict is no string",
        ),
        ("messages.send", {"keyboard": keyboard("red")}, "messages.send.keyboard.buttons[0][0].color: 'red'"),
        ("messages.send", {"keyboard": keyboard(type="url")}, "messages.send.keyboard.buttons[0][0].action.type"),
        (
            "messages.send",
            {"keyboard": keyboard(link="a")},
            "messages.send.keyboard.buttons[0][0].action.link: no such",
        ),
        (
            "messages.sendMessageEventAnswer",
            {"event_id": "a", "user_id": "1", "peer_id": "1", "event_data": "a" * 1001},
            "messages.sendMessageEventAnswer.event_data: longer than 1000",
        ),
        ("groups.addCallbackServer", {"title": "a" * 15}, "groups.addCallbackServer.title: longer than 14"),
    ],
)
def test_wrong_calls_are_named(spec: VKSpec, method: str, parameters: dict[str, object], fault: str) -> None:
    faults = check_call(spec, method, parameters)
    assert any(found.startswith(fault) for found in faults), faults


async def test_a_wrong_call_fails_its_test(spec: VKSpec) -> None:
    async with (
        VKSandbox.serve(options=VKSandboxOptions(refuse_unknown=False)) as sandbox,
        aiohttp.ClientSession() as session,
    ):
        sandbox.add_person(1, started=True)
        await VKCaller(sandbox, session).send(txt="a")
        with pytest.raises(pytest.fail.Exception, match=r"messages\.send\.txt: no such parameter"):
            hold_vk_against_spec(sandbox)


async def test_a_token_in_an_address_fails_its_test() -> None:
    async with VKSandbox.serve() as sandbox, aiohttp.ClientSession() as session:
        query = {"access_token": sandbox.token, "v": "5.199"}
        async with session.get(f"{sandbox.api_url}/method/groups.getById", params=query) as answer:
            assert answer.status == 200
        with pytest.raises(pytest.fail.Exception, match="the token stands in the address"):
            hold_vk_against_spec(sandbox)


def test_the_sandbox_takes_what_the_schema_has(spec: VKSpec) -> None:
    for method, signature in SIGNATURES.items():
        if method.partition(".")[0] not in spec.sections:
            continue
        described = {field["name"]: field.get("required") is True for field in spec.methods[method]["parameters"]}
        # the name cmid had before
        assert set(signature.fields) - {"conversation_message_id"} <= set(described), method
        if method in ("groups.setLongPollSettings", "groups.setCallbackSettings"):
            assert set(signature.fields) == set(described), method
        assert {name for name, required in described.items() if required} <= set(signature.required), method


def test_errors_are_worded_as_in_the_schema(spec: VKSpec) -> None:
    assert {code: spec.errors[code] for code in MESSAGES} == MESSAGES


async def test_events_are_what_the_schema_says(spec: VKSpec, community: VKSandbox, vk_call: VKCaller) -> None:
    """The payload of a pressed button alone is known to come as an object where the schema has text."""
    vera = community.person(3)
    listener = await vk_call.listen("message_allow", "message_deny", "message_edit", "message_reply", "message_event")
    await vera.start("order-5")
    written = await vera.write("a")
    await vera.send_voice()
    await vera.write("b", reply_to=written)
    await vera.edit(written, "c")
    await vk_call.send(3, keyboard=json.loads(keyboard()))
    await vera.tap(vera.last(), "5", deadline=None)
    await vera.deny()
    await vera.allow("k")
    file = spec.folder / "callback" / "objects.json"
    definitions = "#/definitions/callback_"
    kinds = set()
    faults = []
    for event in await listener.events():
        kind, about = event["type"], event.pop("object")
        kinds.add(kind)
        faults += check_value(spec, kind, {"$ref": f"{definitions}base"}, {**event, "type": "message_new"}, file)
        schema = {"message_reply": "message", "message_edit": "message"}.get(kind, kind)
        faults += check_value(spec, kind, {"$ref": f"{definitions}{schema}"}, about, file)
    assert kinds == {"message_new", "message_edit", "message_reply", "message_event", "message_deny", "message_allow"}
    assert set(faults) == {"message_event.payload: dict is no string"}


async def test_answers_are_what_the_schema_says(spec: VKSpec, community: VKSandbox, vk_call: VKCaller) -> None:
    async def faults(method: str, outcome: str, **parameters: Any) -> list[str]:
        body = await vk_call.post(method, **parameters)
        section = method.partition(".")[0]
        described = spec.methods[method]["responses"][outcome]
        return check_value(spec, method, described, body, spec.folder / section / "methods.json")

    content = {"random_id": 0, "message": "a"}
    assert await faults("messages.send", "deprecatedResponse", peer_id=1, **content) == []
    assert await faults("messages.send", "userIdsResponse", peer_ids="1,2", **content) == []
    assert await faults("messages.getById", "response", peer_id=1, cmids="1,2") == []
    numbers = {"peer_id": 1, "conversation_message_ids": "1"}
    assert await faults("messages.getByConversationMessageId", "response", **numbers) == []
    allowed = {"group_id": community.group_id, "user_id": 1}
    assert await faults("messages.isMessagesFromGroupAllowed", "response", **allowed) == []
