"""Files of Telegram, fetched for another messenger."""

from __future__ import annotations

import asyncio
from typing import BinaryIO, Final

from bot.carrying import MEGABYTE, FetchedFile, FileGoneError, FileTooLargeError, FileUnavailableError
from bot.telegram.client import RefusedError, TelegramCallError, TelegramClient

FETCHED_AT_MOST: Final = 20 * MEGABYTE
"""Bytes of the largest file the Bot API gives to bots."""


class TelegramFiles:
    """Fetches what people sent to the bot."""

    def __init__(self, client: TelegramClient) -> None:
        self._client = client

    async def fetch(self, file_id: str, into: BinaryIO, most: int) -> FetchedFile:
        """Write a file into `into`; raises FileTooLargeError, FileGoneError or FileUnavailableError."""
        try:
            content, name = await self._client.download(file_id)
        except RefusedError as error:
            if "too big" in error.description:
                raise FileTooLargeError(FETCHED_AT_MOST + 1, None) from None
            raise FileGoneError(error.description) from None
        except TelegramCallError as error:
            raise FileUnavailableError(error.description) from None
        if len(content) > most:
            raise FileTooLargeError(len(content), None)
        await asyncio.to_thread(into.write, content)
        return FetchedFile(name)
