"""Carries files from one messenger into another: what came by VK is shown to staff in Telegram, and the other way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from tempfile import TemporaryFile
from typing import BinaryIO, Final, Protocol

import structlog

from bot.screens.screen import Attachment, AttachmentKind, Run, Screen, Style
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


class NotConnectedHereError(FileGoneError):
    """The messenger the file is of is not connected."""


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
        self, screen: Screen, channel: str, language: str, *, patient: bool = False, whole: bool = False
    ) -> AsyncGenerator[Screen, None]:
        """The screen as it can be sent through the channel, for as long as it is being sent.

        Of a file that cannot come along it tells staff so in `language`. A `patient` caller is told by
        FileUnavailableError that the file may come later. To whom the screen goes `whole` or not at all, every reason
        is raised: FileTooLargeError, FileGoneError or FileUnavailableError.
        """
        attachment = screen.attachment
        if attachment is None or attachment.file_id is None or attachment.channel in (None, channel):
            yield screen
            return
        most = MOST[channel][attachment.kind]
        # the file is written and read piece by piece: only a few of its bytes are in memory at a time
        async with self._room:
            with TemporaryFile() as content:
                try:
                    shown = replace(screen, attachment=await self._fetch(attachment, content, most))
                except (FileTooLargeError, FileGoneError, FileUnavailableError) as error:
                    if whole or (patient and isinstance(error, FileUnavailableError)):
                        raise
                    log.warning("file_not_carried", channel=channel, error=type(error).__name__, why=str(error))
                    shown = _without_file(screen, error, most, Wording(language))
                yield shown

    async def _fetch(self, attachment: Attachment, content: BinaryIO, most: int) -> Attachment:
        """The attachment with its content; raises as FileSource does."""
        source = self._sources.get(attachment.channel or "")
        if source is None or attachment.file_id is None:
            raise NotConnectedHereError("its messenger is not connected")
        fetched = await source.fetch(attachment.file_id, content, most)
        content.seek(0)
        return replace(attachment, file_id=None, channel=None, content=content, name=attachment.name or fetched.name)


def _without_file(screen: Screen, error: Exception, most: int, wording: Wording) -> Screen:
    """The screen without its file, and why."""
    said: list[tuple[Run, ...]] = []
    match error:
        case FileTooLargeError(size=size, shown_at=shown_at):
            key = {"size": -(-size // MEGABYTE), "most": most // MEGABYTE}
            said.append((Run(wording.text("carrying.too_large", **key), Style.ITALIC),))
            if shown_at is not None:
                said.append((Run(wording.text("carrying.shown_at"), Style.ITALIC), Run(shown_at, url=shown_at)))
        case NotConnectedHereError():
            said.append((Run(wording.text("carrying.not_connected"), Style.ITALIC),))
        case FileGoneError():
            said.append((Run(wording.text("carrying.gone"), Style.ITALIC),))
        case _:
            said.append((Run(wording.text("carrying.unavailable"), Style.ITALIC),))
    return replace(screen, attachment=None, paragraphs=(*screen.paragraphs, *said))
