"""Trouble on demand, and the control API that orders it from another process."""

from __future__ import annotations

import asyncio
import sys
import time

import aiohttp
import pytest

from bot.sandbox import Fault, FaultKind, TelegramSandbox
from tests.bot.sandbox.conftest import Caller

pytestmark = pytest.mark.usefixtures("unpaced")


async def test_faults_meet_the_calls_they_name(sandbox: TelegramSandbox, call: Caller) -> None:
    sandbox.fail(Fault(FaultKind.FORBIDDEN, methods=frozenset(["sendMessage"]), chat_id=2, times=2))
    await call("sendMessage", chat_id=1, text="a")
    await call("sendChatAction", chat_id=2, action="typing")
    for _ in range(2):
        refusal = await call.refusal("sendMessage", chat_id=2, text="a")
        assert refusal == (403, "Forbidden: bot was blocked by the user")
    await call("sendMessage", chat_id=2, text="a")


async def test_faults_stay_until_lifted(sandbox: TelegramSandbox, call: Caller) -> None:
    number = sandbox.fail(Fault(FaultKind.TOO_MANY_REQUESTS, times=None, retry_after=5))
    for _ in range(3):
        status, body = await call.post("sendMessage", json={"chat_id": 1, "text": "a"})
        assert (status, body["parameters"]) == (429, {"retry_after": 5})
    sandbox.faults.remove(number)
    await call("sendMessage", chat_id=1, text="a")


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.SERVER_ERROR, FaultKind.HANG, FaultKind.EMPTY])
async def test_lost_answers_before_and_after(
    sandbox: TelegramSandbox, call: Caller, kind: FaultKind, executed: bool
) -> None:
    sandbox.fail(Fault(kind, executed=executed, status=502, seconds=0.01))
    request = call.session.post(call.url("sendMessage"), json={"chat_id": 1, "text": "a"})
    if kind is FaultKind.SERVER_ERROR:
        async with request as answer:
            assert (answer.status, answer.content_type) == (502, "text/html")
    elif kind is FaultKind.EMPTY:
        async with request as answer:
            assert (answer.status, await answer.read()) == (200, b"")
    else:
        with pytest.raises(aiohttp.ClientError):
            await request
    assert len(sandbox.person(1).see()) == executed
    assert len(sandbox.journal.calls("sendMessage")) == 1


async def test_any_error_comes_on_demand(sandbox: TelegramSandbox, call: Caller) -> None:
    sandbox.fail(Fault(FaultKind.ERROR, code=409, description="Conflict: whatever"))
    assert await call.refusal("sendMessage", chat_id=1, text="a") == (409, "Conflict: whatever")
    assert sandbox.person(1).see() == ()


async def test_a_hanging_call_ends_when_the_caller_gives_up(sandbox: TelegramSandbox, call: Caller) -> None:
    sandbox.fail(Fault(FaultKind.HANG))
    with pytest.raises(TimeoutError):
        await call.session.post(call.url("getMe"), timeout=aiohttp.ClientTimeout(total=0.05))
    assert (await call("getMe"))["is_bot"] is True


async def test_a_slow_answer_comes(sandbox: TelegramSandbox, call: Caller) -> None:
    sandbox.fail(Fault(FaultKind.SLOW, seconds=0.05))
    started = time.monotonic()
    await call("getMe")
    assert time.monotonic() - started >= 0.05


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": FaultKind.HANG, "times": 0},
        {"kind": FaultKind.SLOW},
        {"kind": FaultKind.TOO_MANY_REQUESTS, "retry_after": 0},
        {"kind": FaultKind.ERROR},
        {"kind": FaultKind.RESET, "code": 5},
    ],
)
def test_faults_that_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"fault|slow|retry_after|error"):
        Fault(**wrong)  # type: ignore[arg-type]


class Remote:
    """The control API."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def __call__(self, method: str, path: str, body: object = None, status: int = 200) -> object:
        request = {} if method == "GET" else {"json": body if body is not None else {}}
        async with self._session.request(method, f"{self._url}/sandbox/{path}", **request) as answer:  # type: ignore[arg-type]
            decoded = await answer.json()
            assert answer.status == status, decoded
            return decoded


@pytest.fixture
def remote(sandbox: TelegramSandbox, call: Caller) -> Remote:
    return Remote(sandbox.api_url, call.session)


async def test_the_whole_sandbox_is_driven_over_http(sandbox: TelegramSandbox, call: Caller, remote: Remote) -> None:
    await remote("POST", "people", {"id": 10, "first_name": "Gleb"})
    await remote("POST", "people", {"id": 100, "count": 50, "started": True})
    await remote("POST", "people/10/start", {"payload": "k"})
    await call(
        "sendMessage", chat_id=10, text="?", reply_markup={"inline_keyboard": [[{"text": "5", "callback_data": "5"}]]}
    )
    tap = asyncio.create_task(remote("POST", "people/10/tap", {"message_id": 2, "choice": "5"}))
    updates = await call("getUpdates", timeout=5)
    while "callback_query" not in updates[-1]:
        updates = await call("getUpdates", offset=updates[-1]["update_id"] + 1, timeout=5)
    await call("answerCallbackQuery", callback_query_id=updates[-1]["callback_query"]["id"], text="ok")
    assert await tap == {"popup": "ok", "alert": False}
    messages = await remote("GET", "chats/10/messages?after=1")
    assert [message["text"] for message in messages] == ["?"]  # type: ignore[index,union-attr]
    await remote("POST", "groups", {"id": -5, "title": "Shop", "members": [10]})
    await remote("POST", "people/10/voice", {"chat": -5})
    await remote("POST", "groups/-5/kick_bot", {"person": 10})
    await remote("POST", "people/10/block")
    assert (await call.refusal("sendMessage", chat_id=10, text="a"))[0] == 403
    state = await remote("GET", "state")
    assert (state["people"], state["pace"]) == (54, False)  # type: ignore[index]
    changes = await remote("GET", f"changes?after={state['last_change'] - 1}")  # type: ignore[index]
    assert changes[0]["kind"] == "members"  # type: ignore[index]
    calls = await remote("GET", "calls?method=sendMessage")
    assert [entry["status"] for entry in calls] == [200, 403]  # type: ignore[index,union-attr]


async def test_trouble_is_ordered_over_http(sandbox: TelegramSandbox, call: Caller, remote: Remote) -> None:
    await remote("POST", "faults", {"kind": "too_many_requests", "methods": ["getMe"], "retry_after": 9, "times": None})
    assert (await call.refusal("getMe"))[0] == 429
    await remote("DELETE", "faults")
    await call("getMe")
    await remote("POST", "updates", {"malformed": 1, "duplicate": 1})
    await sandbox.person(1).write("a")
    assert len(await call("getUpdates")) == 3
    await remote("POST", "pace", {"enabled": True})
    assert sandbox.pace.enabled


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("POST", "people/99/start", {}, 404),
        ("POST", "people/1/dance", {}, 404),
        ("POST", "people", {"id": "x"}, 400),
        ("POST", "people", {"id": 1}, 400),
        ("POST", "faults", {"kind": "earthquake"}, 400),
        ("POST", "faults", {"kind": "hang", "nonsense": 1}, 400),
        ("POST", "people/1/tap", {"message_id": 9, "choice": "a"}, 404),
        ("GET", "chats/77/messages", None, 404),
        ("GET", "changes?after=x", None, 400),
    ],
)
async def test_wrong_orders_are_named(remote: Remote, method: str, path: str, body: object, status: int) -> None:
    answer = await remote(method, path, body, status)
    assert answer["error"]  # type: ignore[index]


async def test_web_pages_cannot_drive_the_sandbox(sandbox: TelegramSandbox, call: Caller) -> None:
    address = f"{sandbox.api_url}/sandbox/people/1/block"
    async with call.session.post(address, data={"a": "b"}) as answer:
        assert answer.status == 415
    async with call.session.post(address) as answer:
        assert answer.status == 415
    async with call.session.post(address, json={}, headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
    assert not sandbox.person(1).user.blocked


async def test_the_sandbox_runs_as_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox", "--no-pace", "--people", "3", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        url, token = (await process.stdout.readline()).decode().split()
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{url}/bot{token}/sendMessage", json={"chat_id": 3, "text": "a"}) as answer,
        ):
            assert (await answer.json())["ok"] is True
    finally:
        process.terminate()
        assert await process.wait() == 0
