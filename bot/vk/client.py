"""VK's API over HTTP: forms with the token in the body, and one of our own errors for everything that is no result."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Final

import aiohttp

from bot.network import proxy_for, words_of
from bot.vk.errors import (
    TOO_MANY_A_SECOND,
    HeldBackError,
    NotConnectedError,
    OutcomeUnknownError,
    RefusedError,
    VkCallError,
    error_of,
)
from surveys.rules.sending import RefusalCause

VERSION: Final = "5.199"
LONG_POLL: Final = 25
"""Seconds a Long Poll request stays open without an event, as VK recommends."""

PACE_RETRIES: Final = 3
"""How often a call that came too fast (6) is made again before it counts as held back."""

PACE_STEP: Final = 0.35
CHUNK: Final = 64 * 1024


class TooLargeError(VkCallError):
    """A file is larger than it may be; `size` as far as it is known, in bytes."""

    def __init__(self, size: int) -> None:
        super().__init__("file", f"larger than allowed: {size} bytes")
        self.size = size


@dataclass(frozen=True, slots=True)
class LongPollServer:
    """Where events are asked for, and the number of the newest; the key is a secret."""

    address: str
    key: str
    ts: int


@dataclass(frozen=True, slots=True)
class Events:
    """What came, and the number behind it."""

    ts: int
    events: list[object]


@dataclass(frozen=True, slots=True)
class PollFailure:
    """Why Long Poll gives no events: 1 a part of history is gone (`ts` goes on), 2 the key expired, 3 all anew."""

    failed: int
    ts: int | None


class VkClient:
    """One community at one API server; opened on first use, closed with `close` or `async with`.

    Times are seconds: `connect_timeout` to get a connection, `timeout` for a call's answer. The token travels in the
    body of a POST alone. Where the environment names an HTTP proxy for the server, everything goes through it.
    """

    def __init__(
        self,
        token: str,
        api_url: str = "https://api.vk.ru",
        *,
        timeout: float = 30,
        connect_timeout: float = 10,
        connections: int = 100,
    ) -> None:
        self._token = token
        self._base = f"{api_url.rstrip('/')}/method/"
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._limit = connections
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> VkClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(self, method: str, **params: object) -> object:
        """What the method answers; parameters that are None are left out, structures travel as JSON.

        Raises VkCallError: one of its kinds in bot.vk.errors.
        """
        form = {name: _written(value) for name, value in params.items() if value is not None}
        form.update(access_token=self._token, v=VERSION)
        for attempt in range(1, PACE_RETRIES + 2):
            try:
                status, body = await self._post(method, self._base + method, form, self._timeout)
                return _result(method, status, body)
            except HeldBackError as error:
                if error.code != TOO_MANY_A_SECOND or attempt > PACE_RETRIES:
                    raise
                await asyncio.sleep(PACE_STEP * attempt)
        raise AssertionError("the last attempt returns or raises")

    async def longpoll_server(self, group_id: int) -> LongPollServer:
        """Where to ask for events; raises as `call` does."""
        method = "groups.getLongPollServer"
        answer = await self.call(method, group_id=group_id)
        fields = answer if isinstance(answer, dict) else {}
        address, key, ts = fields.get("server"), fields.get("key"), _number(fields.get("ts"))
        if not isinstance(address, str) or not isinstance(key, str) or ts is None:
            raise OutcomeUnknownError(method, "the answer names no server, key and ts")
        return LongPollServer(address, key, ts)

    async def events(self, server: LongPollServer, ts: int, wait: int = LONG_POLL) -> Events | PollFailure:
        """What came behind `ts`, after at most `wait` seconds; raises as `call` does."""
        # VK documents the query alone here; the key opens nothing but this queue, for an hour
        asked = {"act": "a_check", "key": server.key, "ts": str(ts), "wait": str(wait)}
        status, body = await self._request("GET", "a_check", server.address, wait + 10, params=asked)
        answer = _json(body)
        if not isinstance(answer, dict) or status != 200:
            raise OutcomeUnknownError("a_check", f"HTTP {status} without an answer of Long Poll")
        failed = _number(answer.get("failed"))
        if failed is not None:
            return PollFailure(failed, _number(answer.get("ts")))
        after, events = _number(answer.get("ts")), answer.get("updates")
        if after is None or not isinstance(events, list):
            raise OutcomeUnknownError("a_check", "the answer has neither events nor a failure")
        return Events(after, events)

    async def upload(self, address: str, field: str, content: bytes | BinaryIO, name: str) -> dict[str, object]:
        """What an upload server answers to a file; raises as `call` does."""
        form = aiohttp.FormData()
        form.add_field(field, content, filename=name, content_type="application/octet-stream")
        status, body = await self._post("upload", address, form, self._timeout * 2)
        answer = _json(body)
        if status != 200 or not isinstance(answer, dict):
            raise OutcomeUnknownError("upload", f"HTTP {status} without an answer of the upload server")
        return answer

    async def download(self, address: str, into: BinaryIO, most: int) -> int:
        """Write a file of VK's into `into`, piece by piece: its size. Raises TooLargeError over `most` bytes.

        Raises RefusedError for a file that is not there (any more), otherwise as `call` does.
        """
        size = 0
        try:
            async with self._open_session().get(
                address, timeout=self._limits(self._timeout * 2), proxy=proxy_for(address)
            ) as response:
                if response.status != 200:
                    raise _download_refused(response.status)
                if response.content_length is not None and response.content_length > most:
                    raise TooLargeError(response.content_length)
                async for chunk in response.content.iter_chunked(CHUNK):
                    size += len(chunk)
                    if size > most:
                        raise TooLargeError(size)
                    await asyncio.to_thread(into.write, chunk)
        except (aiohttp.ClientError, OSError) as error:
            raise OutcomeUnknownError("file", words_of(error)) from None
        return size

    async def _post(
        self, method: str, address: str, data: dict[str, str] | aiohttp.FormData, seconds: float
    ) -> tuple[int, bytes]:
        return await self._request("POST", method, address, seconds, data=data)

    async def _request(
        self,
        verb: str,
        method: str,
        address: str,
        seconds: float,
        *,
        data: dict[str, str] | aiohttp.FormData | None = None,
        params: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        try:
            # aiohttp raises the first three while it gets a connection, before a byte of the request is written,
            # and does not repeat a POST by itself when a kept-alive connection turns out to be closed
            async with self._open_session().request(
                verb,
                address,
                data=data,
                params=params,
                timeout=self._limits(seconds),
                proxy=proxy_for(address),
                allow_redirects=False,
            ) as response:
                return response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise NotConnectedError(method, words_of(error)) from None
        except (aiohttp.ClientError, OSError) as error:
            raise OutcomeUnknownError(method, words_of(error)) from None

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._limit, ttl_dns_cache=300, keepalive_timeout=30),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _limits(self, seconds: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(
            total=seconds + self._connect_timeout, connect=self._connect_timeout, sock_read=seconds
        )


def _written(value: object) -> str:
    """As a form carries it; halves of surrogate pairs are replaced."""
    match value:
        case bool():
            text = "1" if value else "0"
        case str():
            text = value
        case int():
            text = str(value)
        case _:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


def _result(method: str, status: int, body: bytes) -> object:
    answer = _json(body)
    if isinstance(answer, dict):
        if "response" in answer:
            return answer["response"]
        error = answer.get("error")
        if isinstance(error, dict) and isinstance(error.get("error_code"), int):
            raise error_of(method, error["error_code"], str(error.get("error_msg") or ""))
    if 300 <= status < 500 and status != 408:
        raise NotConnectedError(method, f"HTTP {status} from something that is no VK API server")
    raise OutcomeUnknownError(method, f"HTTP {status} without an answer of VK's API")


def _download_refused(status: int) -> VkCallError:
    if status in (403, 404, 410):
        return RefusedError("file", f"HTTP {status}", status, RefusalCause.MESSAGE_GONE)
    return OutcomeUnknownError("file", f"HTTP {status}")


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _number(value: object) -> int | None:
    """A number as VK writes it, here and there as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else None
