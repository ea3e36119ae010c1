"""A shop's own system that takes webhooks over real HTTP and checks their signatures, and misbehaves when told to."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError


@dataclass(frozen=True, slots=True)
class Taken:
    """A request as it came."""

    id: str
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> dict[str, Any]:
        """The payload."""
        parsed = json.loads(self.body)
        assert isinstance(parsed, dict)
        return parsed

    @property
    def type(self) -> str:
        """What happened."""
        return str(self.json["type"])

    def is_signed_by(self, secret: str) -> bool:
        """Whether the library of Standard Webhooks accepts the request with this secret."""
        try:
            Webhook(secret).verify(self.body, self.headers)
        except WebhookVerificationError:
            return False
        return True


@dataclass
class Receiver:
    """What it took, and how it answers: what `answers` holds first, then 204.

    An answer is a status, `hang`, or `reset` in the middle of the status line.
    """

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    answers: deque[int | str] = field(default_factory=deque)
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    released: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or 0

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Note the request and answer as told."""
        self.taken.append(Taken(request.headers["webhook-id"], await request.read(), dict(request.headers)))
        answer = self.answers.popleft() if self.answers else 204
        if answer == "hang":
            await self.released.wait()
            answer = 204
        if isinstance(answer, str):
            assert request.transport is not None
            request.transport.write(b"HTTP/1.1 200 O")
            request.transport.abort()
            raise web.HTTPInternalServerError
        return web.Response(status=answer, headers=self.headers, text=self.text or None)

    def types(self) -> list[str]:
        """What it was told of, in order."""
        return [one.type for one in self.taken]


@asynccontextmanager
async def receiving() -> AsyncGenerator[Receiver, None]:
    """A receiver on a free port of this machine."""
    receiver = Receiver()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", receiver.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}/otklik"
    try:
        yield receiver
    finally:
        receiver.released.set()
        await runner.cleanup()
