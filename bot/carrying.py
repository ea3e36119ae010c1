"""Carries files from one messenger into another: what came by VK is shown to staff in Telegram, and the other way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from tempfile import TemporaryFile
from typing import BinaryIO, Final, Protocol

import structlog

from bot.screens.screen import AttachmentKind, Run, Screen, Style
from bot.screens.wording import Wording

log = structlog.get_logger()

MEGABYTE: Final = 1024 * 1024
MOST: Final[Mapping[str, Mapping[AttachmentKind, int]]] = {
    "telegram": {
        AttachmentKind.PHOTO: 10 * MEGABYTE,
        AttachmentKind.VOICE: 50 * MEGABYTE,
        AttachmentKind.DOCUMENT: 50 * MEGABYTE,
    },
    "vk": {
        AttachmentKind.PHOTO: 50 * MEGABYTE,
        AttachmentKind.VOICE: 50 * MEGABYTE,
        AttachmentKind.DOCUMENT: 50 * MEGABYTE,
    },
}
"""The largest file each messenger takes from us, in bytes (Bot API: 10 MB a picture, 50 MB anything else)."""

AT_ONCE: Final = 4
"""Files on their way at the same time in one process."""


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file that was fetched, under its own name where it has one."""

    name: str | None


class FileTooLargeError(Exception):
    """The file is larger than the other messenger takes; `shown_at` is where it can be looked at."""

    def __init__(self, size: int, shown_at: str | None) -> None:
        super().__init__(f"{size} bytes")
        self.size = size
        self.shown_at = shown_at


class FileGoneError(Exception):
    """The file is not there any more."""


class FileUnavailableError(Exception):
    """The file cannot be fetched now; later perhaps."""


class FileSource(Protocol):
    """A messenger files can be fetched from."""

    async def fetch(self, file_id: str, into: BinaryIO, most: int) -> FetchedFile:
        """Write the file into `into`, at most `most` bytes.

        Raises FileTooLargeError, FileGoneError or FileUnavailableError.
        """
        ...


class FileCarrier:
    """Turns an attachment of one messenger into content for another; of each channel that is connected a source."""

    def __init__(self) -> None:
        self._sources: dict[str, FileSource] = {}
        self._room = asyncio.Semaphore(AT_ONCE)

    def connect(self, channel: str, source: FileSource) -> None:
        """Fetch this channel's files from there."""
        self._sources[channel] = source

    @asynccontextmanager
    async def carried(
        self, screen: Screen, channel: str, language: str, *, patient: bool = False
    ) -> AsyncGenerator[Screen, None]:
        """The screen as it can be sent through the channel, for as long as it is being sent.

        Of a file that cannot come along it says so in `language`. A `patient` caller is told by FileUnavailableError
        that the file may come later.
        """
        attachment = screen.attachment
        if attachment is None or attachment.file_id is None or attachment.channel in (None, channel):
            yield screen
            return
        source = self._sources.get(attachment.channel or "")
        if source is None:
            yield _without_file(screen, Wording(language).text("carrying.not_connected"))
            return
        most = MOST[channel][attachment.kind]
        # the file is written and read piece by piece: only a few of its bytes are in memory at a time
        async with self._room:
            with TemporaryFile() as content:
                try:
                    fetched = await source.fetch(attachment.file_id, content, most)
                except FileTooLargeError as error:
                    log.warning("file_too_large", channel=channel, size=error.size)
                    shown = _too_large(screen, error, most, language)
                except FileGoneError as error:
                    log.warning("file_gone", channel=channel, why=str(error))
                    shown = _without_file(screen, Wording(language).text("carrying.gone"))
                except FileUnavailableError as error:
                    if patient:
                        raise
                    log.warning("file_unavailable", channel=channel, why=str(error))
                    shown = _without_file(screen, Wording(language).text("carrying.unavailable"))
                else:
                    content.seek(0)
                    brought = replace(
                        attachment, file_id=None, channel=None, content=content, name=attachment.name or fetched.name
                    )
                    shown = replace(screen, attachment=brought)
                yield shown


def _too_large(screen: Screen, error: FileTooLargeError, most: int, language: str) -> Screen:
    wording = Wording(language)
    said = wording.text("carrying.too_large", size=-(-error.size // MEGABYTE), most=most // MEGABYTE)
    told = _without_file(screen, said)
    if error.shown_at is None:
        return told
    where = (Run(wording.text("carrying.shown_at"), Style.ITALIC), Run(error.shown_at, url=error.shown_at))
    return replace(told, paragraphs=(*told.paragraphs, where))


def _without_file(screen: Screen, why: str) -> Screen:
    return replace(screen, attachment=None, paragraphs=(*screen.paragraphs, (Run(why, Style.ITALIC),)))
