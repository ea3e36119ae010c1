"""Webhook mode: each update is answered only after its work is committed, and how Telegram is told where we are."""

from __future__ import annotations

import hmac
import json
import re
from typing import Final

from bot.telegram.client import TelegramClient
from bot.telegram.updates import UpdateHandling

PATH: Final = "/telegram/webhook"
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class TelegramWebhook:
    """Takes updates as Telegram posts them; the HTTP route is the web's."""

    def __init__(self, handling: UpdateHandling, secret: str) -> None:
        if not _SECRET.fullmatch(secret):
            raise ValueError("OTKLIK_WEBHOOK_SECRET must be 1 to 256 of A-Z a-z 0-9 _ -")
        self._handling = handling
        self._secret = secret.encode()

    def is_from_telegram(self, header: str | None) -> bool:
        """Whether the secret header is right, in constant time; anything at all may stand in it."""
        return header is not None and hmac.compare_digest(header.encode("utf-8", "surrogateescape"), self._secret)

    async def handle(self, update: bytes) -> None:
        """Handle one update; returns after commit or once it is set aside.

        Raises StorageAwayError when the database is away: answer 500, and Telegram sends it again.
        """
        try:
            raw = json.loads(update)
        except (ValueError, RecursionError):
            await self._handling.handle_undecodable(update, "is not JSON")
            return
        await self._handling.handle(raw)


async def set_webhook(client: TelegramClient, public_url: str, secret: str, allowed_updates: list[str]) -> None:
    """Have updates posted to us; nothing pending is dropped. Raises TelegramCallError."""
    await client.call(
        "setWebhook",
        url=public_url.rstrip("/") + PATH,
        secret_token=secret,
        allowed_updates=allowed_updates,
    )


async def delete_webhook(client: TelegramClient) -> None:
    """Go back to polling; nothing pending is dropped. Raises TelegramCallError."""
    await client.call("deleteWebhook")
