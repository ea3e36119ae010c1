"""What somebody wrote, whoever it is: words or the kind of file, its id, and the message it answers."""

from __future__ import annotations

from aiogram.types import Message

from surveys.messages import IncomingMessage
from surveys.rules.dialogue import MessageKind
from surveys.rules.talking import StaffWords


def incoming(message: Message) -> IncomingMessage:
    """A message of a customer."""
    kind, file_id, _ = _content(message)
    reply_to = None if message.reply_to_message is None else message.reply_to_message.message_id
    return IncomingMessage(message.message_id, kind, message.text or message.caption, file_id, reply_to)


def staff_words(message: Message) -> StaffWords:
    """A message of staff; what a bot cannot pass on is of kind OTHER whatever is written under it."""
    kind, file_id, size = _content(message)
    if kind is MessageKind.TEXT and message.text is None:
        kind = MessageKind.OTHER
    return StaffWords(message.message_id, kind, message.text or message.caption, file_id, size)


def _content(message: Message) -> tuple[MessageKind, str | None, int | None]:
    if message.voice is not None:
        return MessageKind.VOICE, message.voice.file_id, message.voice.file_size
    if message.photo:
        return MessageKind.PHOTO, message.photo[-1].file_id, message.photo[-1].file_size
    if message.document is not None and message.animation is None:
        return MessageKind.DOCUMENT, message.document.file_id, message.document.file_size
    if message.text is not None or message.caption is not None:
        return MessageKind.TEXT, None, None
    return MessageKind.OTHER, None, None
