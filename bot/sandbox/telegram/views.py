"""Messages as a person sees them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.sandbox.telegram.keyboards import Button, buttons_of
from bot.sandbox.telegram.world import Message


@dataclass(frozen=True, slots=True)
class Edition:
    """What a message said once."""

    text: str
    entities: tuple[dict[str, object], ...]
    buttons: tuple[Button, ...]


class MessageView:
    """One message, always as it is now: an edit shows at once."""

    __slots__ = ("_message",)

    def __init__(self, message: Message) -> None:
        self._message = message

    def __eq__(self, other: object) -> bool:
        """Two views of one message are equal."""
        return isinstance(other, MessageView) and other._message is self._message

    def __hash__(self) -> int:
        """By chat and number."""
        return hash((self.chat_id, self.id))

    def __repr__(self) -> str:
        """For failed assertions."""
        buttons = " ".join(f"[{button.text}]" for button in self.buttons)
        return f"<{self.chat_id}#{self.id} {self.sender_name}: {self.text!r} {buttons}>"

    @property
    def id(self) -> int:
        """Its number in the chat."""
        return self._message.id

    @property
    def chat_id(self) -> int:
        """The chat it is in."""
        return self._message.chat.id

    @property
    def sender_id(self) -> int:
        """Who wrote it."""
        return self._message.sender.id

    @property
    def sender_name(self) -> str:
        """The first name of who wrote it."""
        return self._message.sender.first_name

    @property
    def from_bot(self) -> bool:
        """Whether the bot wrote it."""
        return self._message.sender.is_bot

    @property
    def text(self) -> str:
        """Its text, or the caption of its file."""
        return self._message.text

    @property
    def entities(self) -> tuple[dict[str, object], ...]:
        """How parts of the text look, offsets in UTF-16 code units."""
        return _entities(self._message.entities)

    @property
    def buttons(self) -> tuple[Button, ...]:
        """The inline buttons, row by row."""
        return buttons_of(self._message.markup)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the inline buttons say."""
        return tuple(button.text for button in self.buttons)

    @property
    def reply_buttons(self) -> tuple[Button, ...]:
        """The reply keyboard it brought."""
        return buttons_of(self._message.keyboard)

    @property
    def kind(self) -> str:
        """text, photo, voice, document, sticker, contact or service."""
        return self._message.kind

    @property
    def file_id(self) -> str | None:
        """The file it carries, of a photo its largest size."""
        if self._message.media is None:
            return None
        media = json.loads(self._message.media)
        identifier = (media[-1] if isinstance(media, list) else media).get("file_id")
        return str(identifier) if identifier is not None else None

    @property
    def reply_to(self) -> int | None:
        """The number of the message it quotes."""
        return self._message.reply_to

    @property
    def thread_id(self) -> int | None:
        """The topic it is in."""
        return self._message.thread_id

    @property
    def at(self) -> datetime:
        """When it was sent, in business time."""
        return datetime.fromtimestamp(self._message.date, UTC)

    @property
    def edited(self) -> bool:
        """Whether it was edited."""
        return self._message.earlier is not None

    @property
    def editions(self) -> tuple[Edition, ...]:
        """What it said before each edit, oldest first."""
        return tuple(
            Edition(version.text, _entities(version.entities), buttons_of(version.markup))
            for version in self._message.earlier or ()
        )

    @property
    def deleted(self) -> bool:
        """Whether it was taken away."""
        return self._message.deleted

    def encode(self) -> str:
        """As JSON of the type Message."""
        return self._message.encode()


def _entities(text: str | None) -> tuple[dict[str, object], ...]:
    return tuple(json.loads(text)) if text is not None else ()
