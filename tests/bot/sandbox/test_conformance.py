"""The check of calls against the Bot API's description finds what is wrong and nothing else."""

from __future__ import annotations

import json

import aiohttp
import pytest

from bot.sandbox import SandboxOptions, TelegramSandbox
from bot.sandbox.forms import Upload
from bot.sandbox.telegram.api import SIGNATURES
from tests.bot.sandbox.conformance import WITHOUT_SPEC, Spec, check_call, hold_against_spec, spec_or_none


@pytest.fixture
def spec() -> Spec:
    found = spec_or_none()
    if found is None:
        pytest.skip(WITHOUT_SPEC)
    return found


KEYBOARD = {"inline_keyboard": [[{"text": "5", "callback_data": "r:1:5"}]]}


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("getMe", {}),
        ("sendMessage", {"chat_id": 1, "text": "a", "reply_markup": KEYBOARD}),
        ("sendMessage", {"chat_id": "1", "text": "a", "reply_markup": json.dumps(KEYBOARD)}),
        ("sendMessage", {"chat_id": "1", "text": "a", "disable_notification": "true"}),
        ("sendMessage", {"chat_id": 1, "text": "a", "reply_parameters": {"message_id": 3}}),
        ("sendMessage", {"chat_id": 1, "text": "a", "reply_markup": {"keyboard": [[{"text": "a"}]]}}),
        ("sendPhoto", {"chat_id": 1, "photo": "file"}),
        ("sendPhoto", {"chat_id": 1, "photo": Upload("a.jpg", b"a")}),
        ("setMyCommands", {"commands": [{"command": "a", "description": "b"}], "scope": {"type": "default"}}),
        ("setMyCommands", {"commands": "[]", "scope": '{"type":"chat","chat_id":1}'}),
        ("getUpdates", {"offset": "-1", "timeout": 5, "allowed_updates": ["message"]}),
    ],
)
def test_right_calls_pass(spec: Spec, method: str, parameters: dict[str, object]) -> None:
    assert check_call(spec, method, parameters) == []


@pytest.mark.parametrize(
    ("method", "parameters", "fault"),
    [
        ("sendMesage", {}, "sendMesage: no such method"),
        ("sendMessage", {"chat_id": 1, "txt": "a", "text": "a"}, "sendMessage.txt: no such parameter"),
        ("sendMessage", {"chat_id": 1}, "sendMessage.text: required"),
        ("sendMessage", {"chat_id": 1, "text": 5}, "sendMessage.text: int is no String"),
        ("sendMessage", {"chat_id": True, "text": "a"}, "sendMessage.chat_id: bool is no Integer"),
        ("editMessageText", {"message_id": "x", "text": "a"}, "editMessageText.message_id: str is no Integer"),
        (
            "sendMessage",
            {"chat_id": 1, "text": "a", "reply_markup": {"inline_keyboard": [[{"text": "a", "date": 1}]]}},
            "sendMessage.reply_markup.inline_keyboard[0][0].date: no such parameter",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "a", "reply_markup": '{"inline_keyboard": [[{"callback_data": "1"}]]}'},
            "sendMessage.reply_markup.inline_keyboard[0][0].text: required",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "a", "reply_parameters": {"message_id": "3"}},
            "sendMessage.reply_parameters.message_id: str is no Integer",
        ),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat"}}, "setMyCommands.scope.chat_id: required"),
        ("sendMessage", {"chat_id": 1, "text": "a", "entities": "[{"}, "sendMessage.entities: no JSON"),
    ],
)
def test_wrong_calls_are_named(spec: Spec, method: str, parameters: dict[str, object], fault: str) -> None:
    faults = check_call(spec, method, parameters)
    assert any(found.startswith(fault) for found in faults), faults


async def test_a_wrong_call_fails_its_test(spec: Spec) -> None:
    async with (
        TelegramSandbox.serve(options=SandboxOptions(refuse_unknown=False)) as sandbox,
        aiohttp.ClientSession() as session,
    ):
        sandbox.add_person(1, started=True)
        call = {"chat_id": 1, "text": "a", "parse_mod": "HTML"}
        async with session.post(f"{sandbox.api_url}/bot{sandbox.token}/sendMessage", json=call) as answer:
            assert answer.status == 200
        with pytest.raises(pytest.fail.Exception, match=r"sendMessage\.parse_mod: no such parameter"):
            hold_against_spec(sandbox)


def test_the_sandbox_takes_what_the_description_has(spec: Spec) -> None:
    for method, signature in SIGNATURES.items():
        described = {field["name"]: field["required"] for field in spec["methods"][method].get("fields", [])}
        assert set(signature.fields) <= set(described), method
        required = {name for name, is_required in described.items() if is_required}
        # setWebhook without an address and setMyCommands' absence of one are told apart by the real server itself.
        assert required - {"url"} <= set(signature.missing), method
