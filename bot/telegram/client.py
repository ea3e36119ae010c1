"""The Bot API over HTTP: posts JSON and reads no more of an answer than `ok`, `result` and what an error says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Final

import aiohttp

from bot.network import proxy_for, words_of
from surveys.rules.sending import RefusalCause

JSON_HEADERS: Final = {"Content-Type": "application/json"}
LONG_POLL: Final = 30
"""Seconds that getUpdates stays open without an update; the server caps it at 50."""


class TelegramCallError(Exception):
    """A call that brought no result; never names the token."""

    def __init__(self, method: str, description: str) -> None:
        super().__init__(f"{method}: {description}")
        self.method = method
        self.description = description


class NotConnectedError(TelegramCallError):
    """The request never reached a Bot API server: certainly not executed."""


class TooManyRequestsError(TelegramCallError):
    """429: not executed; to be left alone for `retry_after` seconds."""

    def __init__(self, method: str, description: str, retry_after: float) -> None:
        super().__init__(method, description)
        self.retry_after = retry_after


class TokenRefusedError(TelegramCallError):
    """401, or 404 for every method: the token is wrong or revoked; not executed."""


class ConflictError(TelegramCallError):
    """409: somebody else polls this bot, or a webhook is set."""


class MigratedError(TelegramCallError):
    """The group became the supergroup `chat_id`; not executed."""

    def __init__(self, method: str, description: str, chat_id: int) -> None:
        super().__init__(method, description)
        self.chat_id = chat_id


class RefusedError(TelegramCallError):
    """Another 4xx: will never be executed as it is."""

    def __init__(self, method: str, description: str, code: int, cause: RefusalCause) -> None:
        super().__init__(method, description)
        self.code = code
        self.cause = cause


class OutcomeUnknownError(TelegramCallError):
    """Nobody can tell whether the call was executed: 5xx, reset or time-out after the request was written."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes along: its bytes, or an open file that is read as it is sent."""

    content: bytes | BinaryIO
    name: str


_CAUSES: Final = (
    ("bot was blocked", RefusalCause.BLOCKED),
    ("user is deactivated", RefusalCause.DEACTIVATED),
    ("bot was kicked", RefusalCause.KICKED),
    ("bot is not a member", RefusalCause.KICKED),
    ("group chat was deactivated", RefusalCause.KICKED),
    ("group chat was deleted", RefusalCause.KICKED),
    ("not enough rights", RefusalCause.KICKED),
    ("have no rights to send", RefusalCause.KICKED),
    ("need administrator rights", RefusalCause.KICKED),
    ("chat_admin_required", RefusalCause.KICKED),
    ("chat_write_forbidden", RefusalCause.KICKED),
    ("chat_guest_send_forbidden", RefusalCause.KICKED),
    ("chat_send_", RefusalCause.KICKED),
    ("chat_restricted", RefusalCause.KICKED),
    ("channel_private", RefusalCause.KICKED),
    ("topic_closed", RefusalCause.TOPIC_GONE),
    ("topic_deleted", RefusalCause.TOPIC_GONE),
    ("message thread not found", RefusalCause.TOPIC_GONE),
    ("chat not found", RefusalCause.CHAT_NOT_FOUND),
    ("user not found", RefusalCause.CHAT_NOT_FOUND),
    ("peer_id_invalid", RefusalCause.CHAT_NOT_FOUND),
    ("can't initiate conversation", RefusalCause.CHAT_NOT_FOUND),
    ("message is not modified", RefusalCause.NOT_MODIFIED),
    ("message to edit not found", RefusalCause.MESSAGE_GONE),
    ("message can't be edited", RefusalCause.MESSAGE_GONE),
    ("message_id_invalid", RefusalCause.MESSAGE_GONE),
    ("there is no text in the message to edit", RefusalCause.MESSAGE_GONE),
    ("there is no caption in the message to edit", RefusalCause.MESSAGE_GONE),
)
"""What the server's descriptions mean (tdlib/telegram-bot-api Client.cpp; notes of 2026-11)."""


def refusal_cause(description: str) -> RefusalCause:
    """Why the server refuses, by its description."""
    lowered = description.lower()
    for words, cause in _CAUSES:
        if words in lowered:
            return cause
    return RefusalCause.INVALID


class TelegramClient:
    """One bot at one Bot API server; opened on first use, closed with `close` or `async with`.

    Times are seconds: `connect_timeout` to get a connection, `timeout` for a call's answer. Where the
    environment names an HTTP proxy for the server, everything goes through it.
    """

    def __init__(
        self,
        token: str,
        api_url: str = "https://api.telegram.org",
        *,
        timeout: float = 30,
        connect_timeout: float = 10,
        connections: int = 100,
    ) -> None:
        server = api_url.rstrip("/")
        self._base = f"{server}/bot{token}/"
        self._file_base = f"{server}/file/bot{token}/"
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._limit = connections
        self._proxy = proxy_for(api_url)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> TelegramClient:
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
        """The result of a method; parameters that are None are left out, an `Upload` goes along as a file.

        Raises TelegramCallError: one of its kinds in this module.
        """
        given = {name: value for name, value in params.items() if value is not None}
        if any(isinstance(value, Upload) for value in given.values()):
            return await self._send(method, _form(given), self._timeout)
        return await self.post(method, json.dumps(given, ensure_ascii=False, separators=(",", ":")))

    async def post(self, method: str, body: str) -> object:
        """The result of a method whose parameters are a ready JSON object; raises as `call` does."""
        return await self._send(method, body.encode("utf-8", "replace"), self._timeout)

    async def get_updates(
        self, *, offset: int | None, allowed_updates: list[str], wait: int = LONG_POLL, limit: int = 100
    ) -> list[object]:
        """The next updates as they came, after at most `wait` seconds; raises as `call` does."""
        params: dict[str, object] = {"timeout": wait, "limit": limit, "allowed_updates": allowed_updates}
        if offset is not None:
            params["offset"] = offset
        updates = await self._send("getUpdates", json.dumps(params).encode(), wait + 10)
        if not isinstance(updates, list):
            raise OutcomeUnknownError("getUpdates", "the result is not a list")
        return updates

    async def download(self, file_id: str) -> tuple[bytes, str]:
        """The content of a file that the messenger keeps, at most 20 MB, and its name there; raises as `call` does.

        The name is the Bot API's own, but ends as that of the file somebody sent.
        """
        file = await self.call("getFile", file_id=file_id)
        path = file.get("file_path") if isinstance(file, dict) else None
        if not isinstance(path, str):
            raise OutcomeUnknownError("getFile", "no file_path in the result")
        try:
            async with self._open_session().get(
                self._file_base + path, timeout=self._limits(self._timeout), proxy=self._proxy
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise OutcomeUnknownError("file", words_of(error)) from None
        if response.status != 200:
            raise RefusedError("file", f"HTTP {response.status}", response.status, RefusalCause.INVALID)
        return content, path.rpartition("/")[2]

    async def _send(self, method: str, data: bytes | aiohttp.FormData, seconds: float) -> object:
        try:
            # aiohttp raises the first three while it gets a connection, before a byte of the request is written,
            # and does not repeat a POST by itself when a kept-alive connection turns out to be closed
            async with self._open_session().post(
                self._base + method,
                data=data,
                headers=JSON_HEADERS if isinstance(data, bytes) else None,
                timeout=self._limits(seconds),
                proxy=self._proxy,
                allow_redirects=False,
            ) as response:
                status = response.status
                body = await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise NotConnectedError(method, words_of(error)) from None
        except (aiohttp.ClientError, OSError) as error:
            raise OutcomeUnknownError(method, words_of(error)) from None
        return _result(method, status, body)

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


def _result(method: str, status: int, body: bytes) -> object:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict):
        if answer.get("ok") is True and "result" in answer:
            return answer["result"]
        if answer.get("ok") is False:
            code = answer.get("error_code")
            raise _error(method, code if isinstance(code, int) else status, answer)
    if status == 429:
        raise TooManyRequestsError(method, f"HTTP {status}", 1.0)
    if 300 <= status < 500:
        raise NotConnectedError(method, f"HTTP {status} from something that is no Bot API server")
    raise OutcomeUnknownError(method, f"HTTP {status} without a Bot API answer")


def _error(method: str, code: int, answer: dict[str, object]) -> TelegramCallError:
    description = str(answer.get("description") or f"HTTP {code}")
    parameters = answer.get("parameters")
    given = parameters if isinstance(parameters, dict) else {}
    if code == 429:
        retry_after = given.get("retry_after")
        return TooManyRequestsError(method, description, float(retry_after) if retry_after else 1.0)
    if code >= 500:
        return OutcomeUnknownError(method, description)
    if isinstance(given.get("migrate_to_chat_id"), int):
        return MigratedError(method, description, given["migrate_to_chat_id"])
    if code == 409:
        return ConflictError(method, description)
    if code == 401 or (code == 404 and description in ("Not Found", "HTTP 404")):
        return TokenRefusedError(method, description)
    return RefusedError(method, description, code, refusal_cause(description))


def _form(params: dict[str, object]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in params.items():
        if isinstance(value, Upload):
            form.add_field(name, value.content, filename=value.name, content_type="application/octet-stream")
        elif isinstance(value, str):
            form.add_field(name, value)
        else:
            form.add_field(name, json.dumps(value, ensure_ascii=False))
    return form
