"""A shop's CRM that takes webhooks over HTTP on this machine and checks their signatures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError


@dataclass(frozen=True, slots=True)
class Taken:
    """A request as it came."""

    id: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        """What it tells."""
        told: dict[str, object] = json.loads(self.body)
        return told

    @property
    def type(self) -> str:
        """What happened."""
        return str(self.json["type"])

    def altered(self) -> Taken:
        """The same as somebody else would have it."""
        return replace(self, body=self.body + b" ")

    def is_signed_by(self, secret: str) -> bool:
        """Whether whoever knows the secret sent exactly this, within the last five minutes."""
        try:
            Webhook(secret).verify(self.body, dict(self.headers))
        except WebhookVerificationError:
            return False
        return True


class Receiver:
    """What was taken so far, in order."""

    def __init__(self) -> None:
        self.url = ""
        self.taken: list[Taken] = []
        self._arrived = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        """Note a request and answer that it was taken."""
        self.taken.append(Taken(request.headers["webhook-id"], dict(request.headers), await request.read()))
        self._arrived.set()
        return web.Response(status=204)

    async def has_types(self, types: Sequence[str], *, deadline: float) -> bool:
        """Wait until each of these was told; False when it is not within so many seconds."""
        try:
            async with asyncio.timeout(deadline):
                while not {one.type for one in self.taken}.issuperset(types):
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def receiving() -> AsyncGenerator[Receiver, None]:
    """A receiver on a free port of this machine, while the context lasts."""
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/otklik", receiver.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        receiver.url = f"http://{host}:{port}/otklik"
        yield receiver
    finally:
        await runner.cleanup()
