"""How fast the bot may send, told by a machine clock that moves when asked."""

from __future__ import annotations

from typing import Any

from bot.sandbox import TelegramSandbox
from bot.sandbox.pace import Pace
from tests.bot.sandbox.conftest import Caller, MachineClock


async def _send(call: Caller, chat_id: int, text: str = "a") -> tuple[int, dict[str, Any]]:
    return await call.post("sendMessage", json={"chat_id": chat_id, "text": text})


async def test_thirty_a_second_over_all_chats(
    sandbox: TelegramSandbox, call: Caller, machine_clock: MachineClock
) -> None:
    for number in range(100, 140):
        sandbox.add_person(number, started=True)
    statuses = [(await _send(call, number))[0] for number in range(100, 131)]
    assert statuses == [200] * 30 + [429]
    machine_clock.seconds += 1 / 30
    assert [(await _send(call, number))[0] for number in (131, 132)] == [200, 429]
    machine_clock.seconds += 3600
    assert [(await _send(call, number))[0] for number in range(100, 131)] == [200] * 30 + [429]


async def test_one_a_second_to_a_chat_after_a_burst_of_three(call: Caller, machine_clock: MachineClock) -> None:
    assert [(await _send(call, 1))[0] for _ in range(3)] == [200] * 3
    status, body = await _send(call, 1)
    assert status == 429
    assert body == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    assert (await _send(call, 2))[0] == 200
    machine_clock.seconds += body["parameters"]["retry_after"]
    assert [(await _send(call, 1))[0] for _ in range(2)] == [200, 429]


async def test_twenty_a_minute_to_a_group(sandbox: TelegramSandbox, call: Caller, machine_clock: MachineClock) -> None:
    sandbox.add_group(-5, "Shop", [sandbox.person(1)])
    sent = 0
    for _ in range(40):
        status, _ = await _send(call, -5)
        if status == 429:
            break
        sent += 1
        machine_clock.seconds += 1
    # Twenty saved up, and one comes back every three seconds meanwhile.
    assert sent == 29
    _, body = await _send(call, -5)
    assert body["parameters"]["retry_after"] in (1, 2, 3)
    machine_clock.seconds += body["parameters"]["retry_after"]
    assert (await _send(call, -5))[0] == 200


async def test_edits_count_and_answers_do_not(
    sandbox: TelegramSandbox, call: Caller, machine_clock: MachineClock
) -> None:
    anna = sandbox.person(1)
    button = {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}
    await call("sendMessage", chat_id=1, text="a", reply_markup=button)
    await call("editMessageText", chat_id=1, message_id=1, text="b", reply_markup=button)
    await call("editMessageText", chat_id=1, message_id=1, text="c", reply_markup=button)
    assert (await call.refusal("editMessageText", chat_id=1, message_id=1, text="d"))[0] == 429
    for _ in range(40):
        await anna.tap(anna.last(), "a", deadline=None)
        (update,) = await call("getUpdates", offset=-1)
        await call("answerCallbackQuery", callback_query_id=update["callback_query"]["id"])
        await call("sendChatAction", chat_id=1, action="typing")
    await call("deleteMessage", chat_id=1, message_id=1)


async def test_refused_parameters_take_no_token(call: Caller) -> None:
    for _ in range(40):
        assert (await call.refusal("sendMessage", chat_id=1, text=""))[0] == 400
    assert (await _send(call, 1))[0] == 200


async def test_without_pace_nothing_is_held_back(sandbox: TelegramSandbox, call: Caller) -> None:
    sandbox.set_pace(enabled=False)
    assert {(await _send(call, 1))[0] for _ in range(100)} == {200}


async def test_a_webhook_may_be_set_once_a_second(call: Caller, machine_clock: MachineClock) -> None:
    await call("setWebhook", url="http://127.0.0.1:9/")
    status, body = await call.post("setWebhook", json={"url": "http://127.0.0.1:9/again"})
    assert (status, body["parameters"]) == (429, {"retry_after": 1})
    machine_clock.seconds += 1
    await call("setWebhook", url="http://127.0.0.1:9/again")
    await call("deleteWebhook")


def test_waiting_as_told_always_suffices(machine_clock: MachineClock) -> None:
    pace = Pace(machine_clock)
    for number in range(300):
        chat_id = -5 if number % 3 == 0 else number
        wait = pace.take(chat_id)
        if wait:
            machine_clock.seconds += wait
            assert pace.take(chat_id) == 0
