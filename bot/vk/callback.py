"""Callback API: events as VK posts them, answered `ok` only once their work is committed."""

from __future__ import annotations

import hmac
import json
from typing import Final

import structlog

from bot.vk.handling import EventHandling

log = structlog.get_logger()

OK: Final = "ok"
"""The only answer VK takes for an event; anything else makes it come again."""


class StrangerError(PermissionError):
    """Whoever posted this is not VK, or it is about another community."""


class VkCallback:
    """Takes events as VK posts them; the HTTP route is the web's."""

    def __init__(self, handling: EventHandling, *, group_id: int, secret: str, confirmation: str) -> None:
        self._handling = handling
        self._group_id = group_id
        self._secret = secret.encode()
        self._confirmation = confirmation

    async def handle(self, body: bytes) -> str:
        """Handle one event: what to answer, after commit or once it is set aside.

        Raises StrangerError, or StorageAwayError when the database is away: answer 500, and VK sends it again.
        """
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError):
            raise StrangerError("this is not JSON") from None
        if not isinstance(raw, dict) or raw.get("group_id") != self._group_id:
            raise StrangerError("this is not about our community")
        if raw.get("type") == "confirmation" and "secret" not in raw:
            # VK asks before the owner has set the secret; the string opens nothing
            return self._confirmation
        if not self._is_secret(raw.get("secret")):
            raise StrangerError("the secret is missing or wrong")
        if raw.get("type") == "confirmation":
            return self._confirmation
        await self._handling.handle(raw)
        return OK

    def _is_secret(self, given: object) -> bool:
        """Whether it is our secret, in constant time; anything at all may stand in its place."""
        written = given.encode("utf-8", "surrogatepass") if isinstance(given, str) else b""
        return hmac.compare_digest(written, self._secret)
