"""What a call to VK that went wrong means, against a server that misbehaves in every way."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import pytest

from bot.vk.client import Events, LongPollServer, PollFailure, TooLargeError, VkClient
from bot.vk.errors import (
    HeldBackError,
    NotConnectedError,
    NotPermittedError,
    OutcomeUnknownError,
    RefusedError,
    TokenRefusedError,
    VkCallError,
)
from bot.vk.messenger import outcome_of, random_id_of
from surveys.rules.sending import NotExecuted, RefusalCause, Refused, Unknown

TOKEN = "vk1.a.SECRET-secret-SECRET-secret-SECRET"
Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A raw HTTP server: keeps what it was asked, answers as told, the last reply for ever."""

    def __init__(self, *replies: Reply) -> None:
        self.requests: list[tuple[str, bytes]] = []
        self.replies = list(replies)
        self.url = ""
        self.serving: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.current_task()
        assert serving is not None
        self.serving.add(serving)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                self.requests.append((head.decode(), await reader.readexactly(length)))
                await (self.replies.pop(0) if len(self.replies) > 1 else self.replies[0])(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def answer(status: int, body: object, *, kind: str = "application/json") -> Reply:
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()

    async def reply(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(head.encode() + content)
        await writer.drain()

    return reply


def refused(code: int) -> Reply:
    return answer(
        200, {"error": {"error_code": code, "error_msg": "no", "request_params": [{"key": "a", "value": "b"}]}}
    )


async def cut(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def hang(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


@asynccontextmanager
async def running(server: Server) -> AsyncGenerator[VkClient, None]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    client = VkClient(TOKEN, server.url, timeout=0.3, connect_timeout=0.3)
    try:
        yield client
    finally:
        await client.close()
        listening.close()
        for task in server.serving:
            task.cancel()


async def error_of(reply: Reply) -> VkCallError:
    async with running(Server(reply)) as client:
        with pytest.raises(VkCallError) as caught:
            await client.call("messages.send", peer_ids="1", message="x", random_id=1)
    assert "SECRET" not in f"{caught.value} {caught.value!r}"
    return caught.value


async def test_the_token_travels_in_the_body_alone() -> None:
    server = Server(answer(200, {"response": 1}))
    async with running(server) as client:
        assert await client.call("messages.edit", message="Ж\ud83d", keyboard={"a": [1]}, flag=True, absent=None) == 1
    head, body = server.requests[0]
    assert head.startswith("POST /method/messages.edit HTTP/1.1")
    assert TOKEN not in head
    fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    assert fields == {"message": "Ж?", "keyboard": '{"a":[1]}', "flag": "1", "access_token": TOKEN, "v": "5.199"}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refused(1), OutcomeUnknownError),
        (refused(10), OutcomeUnknownError),
        (refused(9), HeldBackError),
        (refused(5), TokenRefusedError),
        (refused(27), TokenRefusedError),
        (refused(7), NotPermittedError),
        (refused(14), NotPermittedError),
        (refused(15), NotPermittedError),
        (refused(29), NotPermittedError),
        (refused(912), NotPermittedError),
        (refused(944), NotPermittedError),
        (refused(901), RefusedError),
        (answer(502, "<html>Bad Gateway</html>", kind="text/html"), OutcomeUnknownError),
        (answer(200, "<html>", kind="text/html"), OutcomeUnknownError),
        (answer(200, ""), OutcomeUnknownError),
        (answer(200, "[1]"), OutcomeUnknownError),
        (answer(403, "<html>blocked by the provider</html>", kind="text/html"), NotConnectedError),
        (cut, OutcomeUnknownError),
        (hang, OutcomeUnknownError),
    ],
)
async def test_what_is_certain_and_what_is_not(reply: Reply, kind: type[VkCallError]) -> None:
    assert type(await error_of(reply)) is kind


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (18, RefusalCause.DEACTIVATED),
        (900, RefusalCause.BLOCKED),
        (901, RefusalCause.CHAT_NOT_FOUND),
        (902, RefusalCause.BLOCKED),
        (909, RefusalCause.MESSAGE_GONE),
        (911, RefusalCause.INVALID),
        (913, RefusalCause.INVALID),
        (914, RefusalCause.INVALID),
        (917, RefusalCause.BLOCKED),
        (920, RefusalCause.MESSAGE_GONE),
        (922, RefusalCause.BLOCKED),
        (936, RefusalCause.CHAT_NOT_FOUND),
        (943, RefusalCause.INVALID),
        (945, RefusalCause.BLOCKED),
        (950, RefusalCause.CHAT_NOT_FOUND),
        (4711, RefusalCause.INVALID),
    ],
)
async def test_a_refusal_says_why(code: int, cause: RefusalCause) -> None:
    outcome = outcome_of(await error_of(refused(code)))
    assert isinstance(outcome, Refused)
    assert outcome.cause is cause


@pytest.mark.parametrize(
    ("code", "seconds", "whole_channel"),
    [(9, 60, False), (5, 60, True), (7, 60, True), (14, 300, True), (29, 900, True), (912, 60, True), (944, 900, True)],
)
async def test_what_is_held_back_waits(code: int, seconds: float, whole_channel: bool) -> None:
    outcome = outcome_of(await error_of(refused(code)))
    assert isinstance(outcome, NotExecuted)
    assert (outcome.retry_after, outcome.whole_channel) == (seconds, whole_channel)


@pytest.mark.parametrize("code", [1, 10])
async def test_vks_own_trouble_leaves_the_outcome_unknown(code: int) -> None:
    assert isinstance(outcome_of(await error_of(refused(code))), Unknown)


async def test_a_call_that_came_too_fast_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.vk.client.PACE_STEP", 0.001)
    server = Server(refused(6), refused(6), answer(200, {"response": 7}))
    async with running(server) as client:
        assert await client.call("groups.getById") == 7
    error = await error_of(refused(6))
    assert outcome_of(error) == NotExecuted(1.0, "6 no", whole_channel=True)


async def test_an_unknown_outcome_is_never_made_again_by_the_client() -> None:
    server = Server(answer(502, "<html>"))
    async with running(server) as client:
        with pytest.raises(OutcomeUnknownError):
            await client.call("messages.send")
    assert len(server.requests) == 1


async def test_a_closed_port_means_certainly_not_executed() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with VkClient(TOKEN, f"http://127.0.0.1:{closed.getsockname()[1]}") as client:
            with pytest.raises(NotConnectedError) as caught:
                await client.call("groups.getById")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"ts": "7", "updates": [{"a": 1}]}, Events(7, [{"a": 1}])),
        ({"ts": 7, "updates": []}, Events(7, [])),
        ({"failed": 1, "ts": "9"}, PollFailure(1, 9)),
        ({"failed": 2}, PollFailure(2, None)),
        ({"failed": 3}, PollFailure(3, None)),
    ],
)
async def test_long_poll_answers(body: object, expected: Events | PollFailure) -> None:
    server = Server(answer(200, body))
    async with running(server) as client:
        assert await client.events(LongPollServer(f"{server.url}/lp", "k", 1), 5, wait=0) == expected
    assert server.requests[0][0].startswith("GET /lp?act=a_check&key=k&ts=5&wait=0 ")


@pytest.mark.parametrize("body", ["", "<html>", {"ts": "x", "updates": []}, {"updates": []}, {"ts": 1}])
async def test_what_long_poll_never_says_is_an_error(body: object) -> None:
    server = Server(answer(200, body))
    async with running(server) as client:
        with pytest.raises(OutcomeUnknownError):
            await client.events(LongPollServer(f"{server.url}/lp", "k", 1), 5, wait=0)


async def test_a_file_is_read_piece_by_piece_and_no_further_than_allowed() -> None:
    server = Server(answer(200, b"x" * 200_000, kind="image/jpeg"))
    async with running(server) as client:
        content = io.BytesIO()
        assert await client.download(f"{server.url}/file", content, 200_000) == 200_000
        assert content.getvalue() == b"x" * 200_000
        with pytest.raises(TooLargeError) as caught:
            await client.download(f"{server.url}/file", io.BytesIO(), 199_999)
        assert caught.value.size == 200_000
        server.replies = [answer(404, "gone")]
        with pytest.raises(RefusedError):
            await client.download(f"{server.url}/file", io.BytesIO(), 1)


def test_a_random_id_is_stable_int32_and_never_nothing() -> None:
    keys = [f"{number}:1.0:0" for number in range(2000)]
    found = [random_id_of(key) for key in keys]
    assert found == [random_id_of(key) for key in keys]
    assert len(set(found)) == len(keys)
    assert all(0 < one < 2**31 for one in found)
    assert random_id_of(None) != random_id_of(None)
