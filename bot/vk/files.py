"""Files customers sent in VK: named by the message they came with, fetched by an address VK gives anew each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO, Final

from bot.carrying import FetchedFile, FileGoneError, FileTooLargeError, FileUnavailableError
from bot.vk.client import TooLargeError, VkClient
from bot.vk.errors import RefusedError, VkCallError
from surveys.rules.dialogue import MessageKind

ATTACHED_FIELDS: Final[Mapping[str, MessageKind]] = {
    "photo": MessageKind.PHOTO,
    "audio_message": MessageKind.VOICE,
    "doc": MessageKind.DOCUMENT,
    "graffiti": MessageKind.PHOTO,
}
"""The types of attachments that are files, and what they are to us."""


def reference(user_id: int, number: int, place: int, media_id: object) -> str:
    """What a file is remembered by: the dialog, the message's number in it, and the file's place in the message.

    VK's addresses of files expire; the message gives fresh ones. By the file's own id another one in its place, after
    an edit, is told from it.
    """
    where = f"{user_id}:{number}:{place}"
    return f"{where}:{media_id}" if isinstance(media_id, int) else where


class VkFiles:
    """Fetches files out of a community's dialogs."""

    def __init__(self, client: VkClient, group_id: int) -> None:
        self._client = client
        self._group_id = group_id

    async def fetch(self, file_id: str, into: BinaryIO, most: int) -> FetchedFile:
        """Write a file into `into`; raises FileTooLargeError, FileGoneError or FileUnavailableError."""
        user_id, number, place = (int(part) for part in file_id.split(":")[:3])
        try:
            media = await self._media(user_id, number, place)
            address = _address_of(media)
            size = media.get("size")
            if isinstance(size, int) and size > most:
                raise FileTooLargeError(size, self.shown_at(file_id))
            await self._client.download(address, into, most)
        except TooLargeError as error:
            raise FileTooLargeError(error.size, self.shown_at(file_id)) from None
        except RefusedError as error:
            raise FileGoneError(error.description) from None
        except VkCallError as error:
            raise FileUnavailableError(error.description) from None
        title = media.get("title")
        return FetchedFile(title if isinstance(title, str) and title else None)

    def shown_at(self, file_id: str) -> str:
        """Where staff who answer for the community see the dialog."""
        return f"https://vk.com/gim{self._group_id}?sel={file_id.partition(':')[0]}"

    async def _media(self, user_id: int, number: int, place: int) -> Mapping[str, object]:
        answer = await self._client.call(
            "messages.getByConversationMessageId", peer_id=user_id, conversation_message_ids=str(number)
        )
        items = answer.get("items") if isinstance(answer, dict) else None
        message = items[0] if isinstance(items, list) and items else None
        attachments = message.get("attachments") if isinstance(message, dict) else None
        if not isinstance(attachments, list) or len(attachments) <= place:
            raise FileGoneError("the message is not there any more")
        attachment = attachments[place]
        media = attachment.get(attachment.get("type")) if isinstance(attachment, dict) else None
        if not isinstance(media, dict):
            raise FileGoneError("the message holds no such file")
        return media


def _address_of(media: Mapping[str, object]) -> str:
    """Where the file is: of a picture its largest size, of a voice message what every messenger plays."""
    sizes = media.get("sizes")
    if isinstance(sizes, list):
        known = [one for one in sizes if isinstance(one, dict) and isinstance(one.get("url"), str)]
        if known:
            return str(max(known, key=_area)["url"])
    for field in ("link_ogg", "url", "link_mp3"):
        if isinstance(media.get(field), str):
            return str(media[field])
    raise FileGoneError("VK names no address of the file")


def _area(size: Mapping[str, object]) -> int:
    width, height = size.get("width"), size.get("height")
    return width * height if isinstance(width, int) and isinstance(height, int) else 0
