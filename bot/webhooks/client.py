"""Posts to a webhook's target: signed, within ten seconds, to no private address, never following a redirect."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Final

import aiohttp
from standardwebhooks import Webhook

from surveys.due import WebhookAttempt
from surveys.rules.sending import Accepted, NotExecuted, RefusalCause, Refused, SendOutcome, Unknown
from surveys.rules.targets import check_target, shown_host, why_refused
from surveys.rules.webhooks import WebhookError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp.abc import AbstractResolver

TIMEOUT: Final = 10.0
CONNECT_TIMEOUT: Final = 5.0
LARGEST_ANSWER: Final = 4096
_DRAIN_SECONDS: Final = 1.0
_USER_AGENT: Final = "Otklik webhooks"


class AddressRefusedError(OSError):
    """A name led to an address to which no webhook may go."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one request; `answer` is the beginning of the body, where it was asked for."""

    outcome: SendOutcome
    attempt: WebhookAttempt
    answer: str = ""


class WebhookClient:
    """Sends to targets of webhooks; open it as a context.

    Every connection is checked at the moment it is made, so a name that leads elsewhere later is refused as well.
    """

    def __init__(
        self,
        *,
        private_allowed: bool = False,
        timeout: float = TIMEOUT,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._private_allowed = private_allowed
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_TIMEOUT)
        self._resolver = resolver
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> WebhookClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End all connections."""
        sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            await session.close()

    async def tell(self, url: str, secrets: Sequence[str], key: str, body: bytes, *, with_answer: bool = False) -> Told:
        """Post the body under its webhook-id, signed now with each secret; never raises for what the target does."""
        try:
            check_target(url, private_allowed=self._private_allowed)
        except WebhookError as error:
            return Told(NotExecuted(0, str(error)), WebhookAttempt(None, None))
        began = time.monotonic()
        outcome, status, answer = await self._post(url, _headers(secrets, key, body), body, with_answer=with_answer)
        return Told(outcome, WebhookAttempt(status, round(time.monotonic() - began, 3)), answer)

    async def _post(
        self, url: str, headers: dict[str, str], body: bytes, *, with_answer: bool
    ) -> tuple[SendOutcome, int | None, str]:
        session = self._session(encrypted=url.startswith("https:"))
        status: int | None = None
        try:
            async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                status = response.status
                outcome = _outcome(response)
                answer = await _beginning(response, needed=with_answer)
        except aiohttp.InvalidURL:
            outcome, answer = NotExecuted(0, "url: no such address can be called"), ""
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            outcome, answer = NotExecuted(0, _why_not_connected(error)), ""
        except TimeoutError:
            outcome, answer = Unknown(f"no answer within {self._timeout.total:g} s"), ""
        except (aiohttp.ClientError, OSError) as error:
            outcome, answer = Unknown(f"the connection broke before the answer ({type(error).__name__})"), ""
        return outcome, status, answer

    def _session(self, *, encrypted: bool) -> aiohttp.ClientSession:
        session = self._sessions.get(encrypted)
        if session is None:
            connector = aiohttp.TCPConnector(
                limit=0,
                resolver=self._resolver,
                # a name is looked up for every connection, and what it leads to is checked
                use_dns_cache=False,
                socket_factory=_SocketGuard(encrypted=encrypted, private_allowed=self._private_allowed),
            )
            session = self._sessions[encrypted] = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={
                    "User-Agent": _USER_AGENT,
                    "Content-Type": "application/json",
                    "Accept-Encoding": "identity",
                },
                auto_decompress=False,
            )
        return session


@dataclass(frozen=True, slots=True)
class _SocketGuard:
    """Opens the socket of a connection when its very address may be connected to; raises AddressRefusedError."""

    encrypted: bool
    private_allowed: bool

    def __call__(self, info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        host = str(address[0])
        refusal = why_refused(host, encrypted=self.encrypted, private_allowed=self.private_allowed)
        if refusal is not None:
            raise AddressRefusedError(refusal)
        return socket.socket(family=family, type=kind, proto=protocol)


def _headers(secrets: Sequence[str], key: str, body: bytes) -> dict[str, str]:
    # machine time: receivers hold it against their own clock
    at = datetime.now(UTC)
    text = body.decode()
    return {
        "webhook-id": key,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(key, at, text) for secret in secrets),
    }


def _outcome(response: aiohttp.ClientResponse) -> SendOutcome:
    status = response.status
    if 200 <= status < 300:
        return Accepted(status)
    told = f"answered {_named(status)}"
    if 300 <= status < 400:
        place = response.headers.get("Location")
        leads = f" to {shown_host(place)}" if place else ""
        return NotExecuted(0, f"{told}, a redirect{leads}; redirects are not followed: set the final address")
    if status == HTTPStatus.GONE:
        return Refused(RefusalCause.GONE, f"{told}: it wants nothing more")
    if status >= 500 and status != HTTPStatus.SERVICE_UNAVAILABLE:
        return Unknown(told)
    return NotExecuted(_seconds(response.headers.get("Retry-After")), told)


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _seconds(retry_after: str | None) -> float:
    """The seconds of a Retry-After header; 0 for a date or nonsense, then the usual pause holds."""
    if retry_after is None or not (retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10):
        return 0.0
    return float(retry_after)


async def _beginning(response: aiohttp.ClientResponse, *, needed: bool) -> str:
    """Read a small body so that the connection can be used again; what follows is not waited for."""
    read = b""
    with contextlib.suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while len(read) < LARGEST_ANSWER and (chunk := await response.content.read(LARGEST_ANSWER - len(read))):
                read += chunk
    if not response.content.at_eof():
        response.close()
    return read.decode(errors="replace") if needed else ""


def _why_not_connected(error: aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError) -> str:
    match error:
        case aiohttp.ConnectionTimeoutError():
            return f"no connection within {CONNECT_TIMEOUT:g} s"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return f"its certificate is not trusted ({type(error).__name__})"
        case aiohttp.ClientConnectorDNSError():
            return "its name is not known (DNS)"
    cause = error.os_error
    if isinstance(cause, AddressRefusedError):
        return str(cause)
    return f"not connected ({os.strerror(cause.errno) if cause.errno else cause})"
