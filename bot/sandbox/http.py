"""A small, fast HTTP/1.1 server: keep-alive, pipelining, chunked bodies, and connections broken on purpose."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 64 * 1024 * 1024

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_JSON_HEADS = {
    status: f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: ".encode()
    for status, reason in _REASONS.items()
}


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> str:
        """What follows the question mark, still encoded."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class Response:
    """What to answer; `reset` breaks the connection with RST instead."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    reset: bool = False

    def encode(self) -> bytes:
        """The bytes on the wire."""
        if not self.headers and self.content_type == "application/json" and self.status in _JSON_HEADS:
            return b"%b%d\r\n\r\n%b" % (_JSON_HEADS[self.status], len(self.body), self.body)
        lines = [
            f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Unknown')}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


RESET = Response(0, reset=True)

Answer = Response | Coroutine[object, None, Response]
Handler = Callable[[Request], Answer]


class _BadRequestError(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Connection(asyncio.Protocol):
    """One client; requests of a connection are answered in their order."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._head: tuple[str, str, dict[str, str]] | None = None
        self._length: int | None = 0
        self._busy: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._server.connections.discard(self)
        if self._busy is not None:
            self._busy.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._busy is None:
            self._answer_buffered()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def reset(self) -> None:
        transport = self._transport
        if transport is None:
            return
        connection = cast(socket.socket | None, transport.get_extra_info("socket"))
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    def _answer_buffered(self) -> None:
        while self._transport is not None and not self._transport.is_closing():
            try:
                request = self._next_request()
            except _BadRequestError as error:
                self._write(Response(error.status, b'{"ok":false,"error_code":%d}' % error.status))
                self._transport.close()
                return
            if request is None:
                return
            answer = self._server.handler(request)
            if isinstance(answer, Response):
                self._write(answer)
            else:
                self._busy = asyncio.get_running_loop().create_task(self._write_later(answer))
                return

    async def _write_later(self, answer: Coroutine[object, None, Response]) -> None:
        try:
            response = await answer
        finally:
            self._busy = None
        self._write(response)
        self._answer_buffered()

    def _write(self, response: Response) -> None:
        if self._transport is None:
            return
        if response.reset:
            self.reset()
        else:
            self._transport.write(response.encode())

    def _next_request(self) -> Request | None:
        if self._head is None and not self._read_head():
            return None
        assert self._head is not None
        body = self._read_chunks() if self._length is None else self._read_exactly(self._length)
        if body is None:
            return None
        method, target, headers = self._head
        self._head = None
        return Request(method, target, headers, body)

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise _BadRequestError(431)
            return False
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        start = lines[0].split(" ")
        if len(start) != 3:
            raise _BadRequestError(400)
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if "chunked" in headers.get("transfer-encoding", ""):
            self._length = None
        else:
            length = headers.get("content-length", "0")
            if not length.isdecimal():
                raise _BadRequestError(400)
            self._length = int(length)
            if self._length > MAX_BODY_BYTES:
                raise _BadRequestError(413)
        if headers.get("expect", "").lower() == "100-continue" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._head = (start[0], start[1], headers)
        return True

    def _read_exactly(self, length: int) -> bytes | None:
        if len(self._buffer) < length:
            return None
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return body

    def _read_chunks(self) -> bytes | None:
        if len(self._buffer) > MAX_BODY_BYTES:
            raise _BadRequestError(413)
        position = 0
        chunks = []
        while True:
            line_end = self._buffer.find(b"\r\n", position)
            if line_end < 0:
                return None
            try:
                size = int(bytes(self._buffer[position:line_end]).split(b";")[0], 16)
            except ValueError:
                raise _BadRequestError(400) from None
            start = line_end + 2
            if len(self._buffer) < start + size + 2:
                return None
            chunks.append(bytes(self._buffer[start : start + size]))
            position = start + size + 2
            if size == 0:
                del self._buffer[:position]
                return b"".join(chunks)


class Server:
    """Listens on one loopback port and hands each request to `handler`.

    The handler answers at once with a `Response`, or with a coroutine for what takes time; the coroutine is cancelled
    when its client goes away.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.connections: set[_Connection] = set()
        self._listener: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Start to listen; `port` 0 takes a free one. Returns the port."""
        self._listener = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self), host, port, backlog=1024
        )
        address = self._listener.sockets[0].getsockname()
        return int(address[1])

    async def close(self) -> None:
        """Stop to listen and drop every connection."""
        if self._listener is None:
            return
        self._listener.close()
        tasks = [connection._busy for connection in self.connections if connection._busy is not None]
        for connection in tuple(self.connections):
            connection.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._listener.wait_closed()
        self._listener = None
