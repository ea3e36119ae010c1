"""What a call that went wrong means, against a server that misbehaves in every way."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.telegram.client import (
    ConflictError,
    MigratedError,
    NotConnectedError,
    OutcomeUnknownError,
    RefusedError,
    TelegramCallError,
    TelegramClient,
    TokenRefusedError,
    TooManyRequestsError,
    Upload,
    refusal_cause,
)
from surveys.rules.sending import RefusalCause

TOKEN = "123456:SECRET-secret-SECRET-secret-SECRET"
Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A raw HTTP server: keeps what it was asked, answers as told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, bytes]] = []
        self.reply: Reply = answer(200, {"ok": True, "result": True})
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
                body = await reader.readexactly(length)
                self.requests.append((head.split(b" ")[1].decode(), body))
                await self.reply(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def answer(status: int, body: object, *, kind: str = "application/json") -> Reply:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()

    async def reply(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(head.encode() + content)
        await writer.drain()

    return reply


def refused(code: int, description: str, **parameters: int) -> Reply:
    body: dict[str, object] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return answer(code, body)


async def cut(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def cut_in_the_middle(writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"ok":true,')
    await writer.drain()
    writer.close()


async def hang(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


@asynccontextmanager
async def running(server: Server) -> AsyncGenerator[TelegramClient, None]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    client = TelegramClient(TOKEN, server.url, timeout=0.3, connect_timeout=0.3)
    try:
        yield client
    finally:
        await client.close()
        listening.close()
        for task in server.serving:
            task.cancel()


async def error_of(reply: Reply) -> TelegramCallError:
    server = Server()
    server.reply = reply
    async with running(server) as client:
        with pytest.raises(TelegramCallError) as caught:
            await client.call("sendMessage", chat_id=1, text="x")
    assert TOKEN not in str(caught.value)
    assert "SECRET" not in repr(caught.value)
    return caught.value


async def test_parameters_travel_as_json_and_none_stays_at_home() -> None:
    server = Server()
    async with running(server) as client:
        await client.call("sendMessage", chat_id=-5, text="Ж\ud83d", reply_markup={"a": [1]}, reply_to=None)
    path, body = server.requests[0]
    assert path == f"/bot{TOKEN}/sendMessage"
    assert json.loads(body) == {"chat_id": -5, "text": "Ж?", "reply_markup": {"a": [1]}}


async def test_a_file_travels_as_multipart() -> None:
    server = Server()
    async with running(server) as client:
        await client.call("sendDocument", chat_id=5, document=Upload(b"\x00\x01", "a.bin"), reply_markup={"a": 1})
    body = server.requests[0][1]
    assert b'filename="a.bin"' in body
    assert b"\x00\x01" in body
    assert b'{"a": 1}' in body


async def test_one_connection_serves_many_calls() -> None:
    server = Server()
    async with running(server) as client:
        assert [await client.call("getMe") for _ in range(3)] == [True] * 3
    assert len(server.requests) == 3


async def test_429_says_how_long_to_wait() -> None:
    error = await error_of(refused(429, "Too Many Requests: retry after 7", retry_after=7))
    assert isinstance(error, TooManyRequestsError)
    assert error.retry_after == 7


async def test_a_group_that_became_a_supergroup() -> None:
    error = await error_of(refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009))
    assert isinstance(error, MigratedError)
    assert error.chat_id == -1009


@pytest.mark.parametrize(
    ("code", "description", "cause"),
    [
        (403, "Forbidden: bot was blocked by the user", RefusalCause.BLOCKED),
        (403, "Forbidden: user is deactivated", RefusalCause.DEACTIVATED),
        (400, "Bad Request: chat not found", RefusalCause.CHAT_NOT_FOUND),
        (403, "Forbidden: bot can't initiate conversation with a user", RefusalCause.CHAT_NOT_FOUND),
        (403, "Forbidden: bot was kicked from the supergroup chat", RefusalCause.KICKED),
        (403, "Forbidden: bot is not a member of the channel chat", RefusalCause.KICKED),
        (400, "Bad Request: not enough rights to send text messages to the chat", RefusalCause.KICKED),
        (400, "Bad Request: have no rights to send a message", RefusalCause.KICKED),
        (400, "Bad Request: need administrator rights in the channel chat", RefusalCause.KICKED),
        (400, "Bad Request: message thread not found", RefusalCause.TOPIC_GONE),
        (400, "Bad Request: TOPIC_CLOSED", RefusalCause.TOPIC_GONE),
        (400, "Bad Request: CHAT_RESTRICTED", RefusalCause.KICKED),
        (400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN", RefusalCause.KICKED),
        (400, "Bad Request: message is not modified: …", RefusalCause.NOT_MODIFIED),
        (400, "Bad Request: message to edit not found", RefusalCause.MESSAGE_GONE),
        (400, "Bad Request: message can't be edited", RefusalCause.MESSAGE_GONE),
        (400, "Bad Request: can't parse entities", RefusalCause.INVALID),
    ],
)
async def test_a_refusal_says_why(code: int, description: str, cause: RefusalCause) -> None:
    error = await error_of(refused(code, description))
    assert isinstance(error, RefusedError)
    assert (error.cause, error.code) == (cause, code)
    assert refusal_cause(description.upper()) is cause


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refused(401, "Unauthorized"), TokenRefusedError),
        (refused(404, "Not Found"), TokenRefusedError),
        (refused(409, "Conflict: terminated by other getUpdates request"), ConflictError),
        (answer(403, "<html>blocked by the provider</html>", kind="text/html"), NotConnectedError),
        (answer(302, "", kind="text/html"), NotConnectedError),
        (refused(500, "Internal Server Error: restart"), OutcomeUnknownError),
        (answer(502, "<html>Bad Gateway</html>", kind="text/html"), OutcomeUnknownError),
        (answer(200, "not json"), OutcomeUnknownError),
        (answer(200, "[1]"), OutcomeUnknownError),
        (cut, OutcomeUnknownError),
        (cut_in_the_middle, OutcomeUnknownError),
        (hang, OutcomeUnknownError),
    ],
)
async def test_what_is_certain_and_what_is_not(reply: Reply, kind: type[TelegramCallError]) -> None:
    assert type(await error_of(reply)) is kind


async def test_a_closed_port_means_certainly_not_executed() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with TelegramClient(TOKEN, f"http://127.0.0.1:{closed.getsockname()[1]}") as client:
            with pytest.raises(NotConnectedError) as caught:
                await client.call("getMe")
    assert "SECRET" not in str(caught.value)


async def test_a_name_that_does_not_resolve_means_certainly_not_executed() -> None:
    async with TelegramClient(TOKEN, "http://no-such-host.invalid") as client:
        with pytest.raises(NotConnectedError):
            await client.call("getMe")


async def test_tls_that_fails_means_certainly_not_executed() -> None:
    server = Server()
    async with running(server):
        client = TelegramClient(TOKEN, server.url.replace("http:", "https:"), connect_timeout=1)
        with pytest.raises(NotConnectedError):
            await client.call("getMe")
        await client.close()
    assert server.requests == []


async def test_a_kept_connection_that_the_server_closed_is_not_used_twice_for_one_call() -> None:
    server = Server()
    async with running(server) as client:
        await client.call("getMe")
        server.reply = cut
        with pytest.raises(OutcomeUnknownError):
            await client.call("sendMessage", chat_id=1, text="x")
    assert [path.rpartition("/")[2] for path, _ in server.requests] == ["getMe", "sendMessage"]
