"""Messages as a person sees them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.sandbox.vk.keyboards import Button, buttons_of
from bot.sandbox.vk.world import Message, dump


@dataclass(frozen=True, slots=True)
class VKEdition:
    """What a message said once."""

    text: str
    buttons: tuple[Button, ...]


class VKMessageView:
    """One message, always as it is now: an edit shows at once."""

    __slots__ = ("_message",)

    def __init__(self, message: Message) -> None:
        self._message = message

    def __eq__(self, other: object) -> bool:
        """Two views of one message are equal."""
        return isinstance(other, VKMessageView) and other._message is self._message

    def __hash__(self) -> int:
        """By its number."""
        return hash(self._message.id)

    def __repr__(self) -> str:
        """For failed assertions."""
        inline = [f"[{button.text}]" for button in self.buttons]
        brought = [f"({button.text})" for button in self.reply_buttons]
        return f"<{self.chat_id}#{self.id} {self.sender_name}: {self.text!r} {' '.join(inline + brought)}>"

    @property
    def id(self) -> int:
        """Its number in the dialog (conversation_message_id)."""
        return self._message.number

    @property
    def message_id(self) -> int:
        """Its number over all dialogs of the community."""
        return self._message.id

    @property
    def chat_id(self) -> int:
        """The dialog it is in: the person's id."""
        return self._message.dialog.peer_id

    @property
    def sender_id(self) -> int:
        """Who wrote it; the community's id is negative."""
        return self._message.from_id

    @property
    def sender_name(self) -> str:
        """The first name of who wrote it, or `community`."""
        return "community" if self._message.out else self._message.dialog.user.first_name

    @property
    def from_bot(self) -> bool:
        """Whether the community wrote it."""
        return self._message.out

    @property
    def text(self) -> str:
        """Its text."""
        return self._message.text

    @property
    def buttons(self) -> tuple[Button, ...]:
        """The inline buttons, row by row."""
        return buttons_of(self._message.keyboard)

    @property
    def reply_buttons(self) -> tuple[Button, ...]:
        """The keyboard it put under the input field."""
        return buttons_of(self._message.brought or None)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the buttons it came with say: under it, or else under the input field."""
        return tuple(button.text for button in self.buttons or self.reply_buttons)

    @property
    def kind(self) -> str:
        """text, or the kind of its first attachment: photo, doc or audio_message."""
        attachments = self.attachments
        return str(attachments[0]["type"]) if attachments else "text"

    @property
    def attachments(self) -> tuple[dict[str, object], ...]:
        """What it carries, as the type messages_message_attachment."""
        return tuple(json.loads(self._message.attachments)) if self._message.attachments else ()

    @property
    def payload(self) -> str | None:
        """The payload of the button that wrote it, as JSON text."""
        return self._message.payload

    @property
    def reply_to(self) -> int | None:
        """The number in the dialog of the message it answers."""
        return self._message.reply_to

    @property
    def answered(self) -> VKMessageView | None:
        """The message it answers."""
        found = None if self._message.reply_to is None else self._message.dialog.find(self._message.reply_to)
        return None if found is None else VKMessageView(found)

    @property
    def at(self) -> datetime:
        """When it was sent, in business time."""
        return datetime.fromtimestamp(self._message.date, UTC)

    @property
    def edited(self) -> bool:
        """Whether it was edited."""
        return self._message.earlier is not None

    @property
    def editions(self) -> tuple[VKEdition, ...]:
        """What it said before each edit, oldest first."""
        return tuple(VKEdition(version.text, buttons_of(version.keyboard)) for version in self._message.earlier or ())

    def encode(self) -> str:
        """As JSON of the type messages_message."""
        return dump(self._message.body())
