"""Kept-alive HTTP/1.1 connections for one server: as much of the protocol as posting JSON takes.

A third of aiohttp's time a call (notes on speed), and it knows for certain whether a request was written.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import certifi

IDLE_SECONDS: Final = 30.0
"""A connection unused for longer may be closed by the server at any moment: it is not used again."""

LARGEST_HEAD: Final = 64 * 1024
LARGEST_BODY: Final = 64 * 1024 * 1024


class NotWrittenError(Exception):
    """No connection: not a byte of the request was written."""


class LostAfterWriteError(Exception):
    """The request was written, its answer did not come whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes


class Connections:
    """At most `limit` connections to the server of a URL; seconds everywhere."""

    def __init__(self, url: str, *, limit: int, connect_timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http or https URL: {url}")
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = parts.scheme == "https"
        self._context: ssl.SSLContext | None = None
        shown_host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        shown = shown_host if parts.port is None else f"{shown_host}:{parts.port}"
        self._head = f" HTTP/1.1\r\nHost: {shown}\r\nContent-Type: application/json\r\nContent-Length: "
        self._connect_timeout = connect_timeout
        self._room = asyncio.Semaphore(limit)
        self._idle: deque[_Connection] = deque()
        self._open: set[_Connection] = set()

    async def post(self, path: str, body: bytes, seconds: float) -> Answer:
        """The answer to a POST of JSON; raises NotWrittenError or LostAfterWriteError, never repeats it."""
        async with self._room:
            connection = self._reuse() or await self._connect()
            head = f"POST {path}{self._head}{len(body)}\r\n\r\n"
            try:
                answer = await connection.exchange(head.encode("ascii") + body, seconds)
            except BaseException:
                self._drop(connection)
                raise
            if connection.reusable:
                self._idle.append(connection)
            else:
                self._drop(connection)
            return answer

    async def close(self) -> None:
        """Close all connections; calls under way are lost."""
        for connection in list(self._open):
            self._drop(connection)
        self._idle.clear()
        # transports tell their protocols in the loop's next turn
        await asyncio.sleep(0)

    def _reuse(self) -> _Connection | None:
        oldest = asyncio.get_running_loop().time() - IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and connection.last_used > oldest:
                return connection
            self._drop(connection)
        return None

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        if self._tls and self._context is None:
            self._context = ssl.create_default_context(cafile=certifi.where())
        try:
            async with asyncio.timeout(self._connect_timeout):
                _, connection = await loop.create_connection(
                    _Connection,
                    self._host,
                    self._port,
                    ssl=self._context,
                    happy_eyeballs_delay=0.25,
                )
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise NotWrittenError(reason) from None
        except ValueError as error:
            raise NotWrittenError(type(error).__name__) from None
        self._open.add(connection)
        return connection

    def _drop(self, connection: _Connection) -> None:
        self._open.discard(connection)
        connection.abort()


class _Connection(asyncio.Protocol):
    """One connection, one exchange at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._buffer = b""
        self._status = 0
        self._body_at = 0
        self._length: int | None = None
        self._chunked = False
        self._keeps_alive = True
        self.last_used = 0.0

    @property
    def usable(self) -> bool:
        """Whether a request may be written."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def reusable(self) -> bool:
        """Whether the server lets the connection serve another request."""
        return self._keeps_alive and self.usable

    async def exchange(self, request: bytes, seconds: float) -> Answer:
        """Write the request and wait for its whole answer."""
        if self._transport is None or self._transport.is_closing():
            raise NotWrittenError("the connection was closed before it could be used")
        loop = asyncio.get_running_loop()
        self._forget()
        self._waiting = loop.create_future()
        self._transport.write(request)
        deadline = loop.call_later(seconds, self._fail, "no answer in time")
        try:
            return await self._waiting
        finally:
            deadline.cancel()
            self._waiting = None
            self.last_used = loop.time()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the event loop."""
        if self._waiting is not None and not self._waiting.done():
            if self._status and self._length is None and not self._chunked and error is None:
                # without a length the body ends with the connection
                self._keeps_alive = False
                self._waiting.set_result(Answer(self._status, self._buffer[self._body_at :]))
            else:
                self._fail("the connection was lost")
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        if self._waiting is None or self._waiting.done():
            # nobody asked: whatever this is, the connection is not in step any more
            self.abort()
            return
        self._buffer = self._buffer + data if self._buffer else data
        try:
            if not self._status and not self._read_head():
                return
            self._read_body()
        except (ValueError, IndexError):
            self._fail("the answer is no HTTP")

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > LARGEST_HEAD:
                raise ValueError
            return False
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        version, status = lines[0].split(" ", 2)[:2]
        if not version.startswith("HTTP/1."):
            raise ValueError
        if status.startswith("1"):
            self._buffer = self._buffer[end + 4 :]
            return self._read_head()
        self._keeps_alive = version != "HTTP/1.0"
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self._note_header(name.lower(), value.strip())
        self._body_at = end + 4
        self._status = int(status)
        if self._status in (204, 304):
            self._length = 0
        return True

    def _note_header(self, name: str, value: str) -> None:
        if name == "content-length":
            self._length = int(value)
            if not 0 <= self._length <= LARGEST_BODY:
                raise ValueError
        elif name == "transfer-encoding":
            self._chunked = value.lower() == "chunked"
        elif name == "connection":
            self._keeps_alive = value.lower() != "close"

    def _read_body(self) -> None:
        if self._chunked:
            body = _unchunked(self._buffer, self._body_at)
            if body is not None:
                self._finish(body)
        elif self._length is not None:
            end = self._body_at + self._length
            if len(self._buffer) > end:
                self._keeps_alive = False
            if len(self._buffer) >= end:
                self._finish(self._buffer[self._body_at : end])
        if len(self._buffer) > LARGEST_BODY + LARGEST_HEAD:
            raise ValueError

    def _finish(self, body: bytes) -> None:
        assert self._waiting is not None
        self._waiting.set_result(Answer(self._status, body))
        self._buffer = b""

    def _fail(self, reason: str) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(LostAfterWriteError(reason))

    def _forget(self) -> None:
        self._buffer = b""
        self._status = 0
        self._length = None
        self._chunked = False


def _unchunked(buffer: bytes, start: int) -> bytes | None:
    """The body, None while it is not whole."""
    parts: list[bytes] = []
    at = start
    while True:
        line_end = buffer.find(b"\r\n", at)
        if line_end < 0:
            return None
        size = int(buffer[at:line_end].split(b";")[0], 16)
        if size > LARGEST_BODY:
            raise ValueError
        if size == 0:
            # trailers may follow; an empty line ends them
            return b"".join(parts) if buffer.find(b"\r\n\r\n", line_end) >= 0 else None
        at = line_end + 2 + size + 2
        if len(buffer) < at:
            return None
        parts.append(buffer[line_end + 2 : at - 2])
