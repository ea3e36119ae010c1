"""What VK knows: the community, people, dialogs, messages, files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.sandbox.changes import Changes
from bot.sandbox.vk.errors import VKError
from bot.sandbox.vk.programs import VKProgram

# Message ids count over all dialogs of a community; the number in the dialog (conversation_message_id) from 1 in each.
FIRST_MESSAGE_ID = 1001
# Addresses of files are signed and stop working; VK does not say when.
ADDRESS_SECONDS = 24 * 3600
_SIGNED_AT = "?at="
_ADDRESS_DATE = re.compile(r"\?at=\d+")

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode

LANGUAGES = {"ru": 0, "uk": 1, "be": 2, "en": 3, "es": 4, "fi": 5, "de": 6, "it": 7}


def dump(value: object) -> str:
    """Compact JSON."""
    return _encode(value)


@dataclass(frozen=True, slots=True)
class Community:
    """The community whose token the bot holds."""

    id: int
    name: str
    screen_name: str

    def payload(self) -> dict[str, object]:
        """As the type groups_group_full."""
        return {
            "id": self.id,
            "name": self.name,
            "screen_name": self.screen_name,
            "is_closed": 0,
            "type": "group",
            "photo_50": "https://vk.ru/images/community_50.png",
            "photo_100": "https://vk.ru/images/community_100.png",
            "photo_200": "https://vk.ru/images/community_200.png",
        }


@dataclass(slots=True, eq=False)
class User:
    """A person."""

    id: int
    first_name: str
    last_name: str = "Ivanova"
    language_code: str | None = "ru"
    program: VKProgram = field(default_factory=VKProgram)
    allowed: bool = False
    blacklisted: bool = False
    private: bool = False
    deactivated: bool = False

    def payload(self) -> dict[str, object]:
        """As the type users_user_full."""
        payload: dict[str, object] = {"id": self.id, "first_name": self.first_name, "last_name": self.last_name}
        if self.deactivated:
            return {"id": self.id, "first_name": "DELETED", "last_name": "", "deactivated": "deleted"}
        return {**payload, "can_access_closed": True, "is_closed": False}

    def client_info(self) -> dict[str, object]:
        """What a message tells of the program it was written with."""
        return {
            "button_actions": list(self.program.button_actions),
            "keyboard": self.program.keyboard,
            "inline_keyboard": self.program.inline_keyboard,
            "carousel": self.program.carousel,
            "lang_id": LANGUAGES.get(self.language_code or "ru", 0),
        }

    def refusal_to_write(self) -> VKError | None:
        """Why the community may not write to them."""
        if self.deactivated:
            return VKError(18)
        if self.blacklisted:
            return VKError(900)
        if not self.allowed:
            return VKError(901)
        return VKError(902) if self.private else None


@dataclass(slots=True, eq=False)
class File:
    """Something uploaded, by a person or by the community; `media` is what an attachment says of it."""

    id: int
    owner_id: int
    kind: str
    name: str
    content: bytes
    content_type: str
    access_key: str
    path: str
    media: dict[str, object]

    def attachment(self) -> dict[str, object]:
        """As the type messages_message_attachment."""
        return {"type": self.kind, self.kind: self.media}


@dataclass(slots=True, eq=False)
class Version:
    """What a message said before an edit."""

    text: str
    keyboard: str | None
    attachments: str | None


@dataclass(slots=True, eq=False)
class Message:
    """One message; `number` counts in its dialog, `id` over the community. Structures are kept as JSON text.

    `keyboard` is the inline one under it, `brought` the one it put under the input field. `payload` comes from a button
    that was pressed, `ref` from the link that was followed.
    """

    id: int
    number: int
    dialog: Dialog
    from_id: int
    date: int
    text: str
    keyboard: str | None = None
    brought: str | None = None
    attachments: str | None = None
    reply_to: int | None = None
    random_id: int = 0
    payload: str | None = None
    ref: str | None = None
    ref_source: str | None = None
    update_time: int | None = None
    earlier: list[Version] | None = None

    @property
    def out(self) -> bool:
        """Whether the community wrote it."""
        return self.from_id < 0

    def body(self) -> dict[str, object]:
        """As the type messages_message."""
        content: dict[str, object] = {
            "date": self.date,
            "from_id": self.from_id,
            "id": self.id,
            "version": 10_000_000 + self.id,
            "out": int(self.out),
            "fwd_messages": [],
            "important": False,
            "is_hidden": False,
            "attachments": json.loads(self.attachments) if self.attachments else [],
            "conversation_message_id": self.number,
            "text": self.text,
            "peer_id": self.dialog.peer_id,
            "random_id": self.random_id,
        }
        if self.keyboard is not None:
            content["keyboard"] = json.loads(self.keyboard)
        for name in ("payload", "ref", "ref_source", "update_time"):
            value = getattr(self, name)
            if value is not None:
                content[name] = value
        if self.reply_to is not None:
            replied = self.dialog.find(self.reply_to)
            if replied is not None:
                whole = replied.body()
                kept = ("date", "from_id", "text", "attachments", "conversation_message_id", "id", "peer_id")
                content["reply_message"] = {name: whole[name] for name in kept}
        return content


@dataclass(slots=True, eq=False)
class Dialog:
    """The messages of one person and the community; `keyboard` lies under the input field."""

    user: User
    messages: list[Message] = field(default_factory=list)
    keyboard: str | None = None
    ref: str | None = None
    ref_source: str | None = None

    @property
    def peer_id(self) -> int:
        """The dialog's number, which is the person's."""
        return self.user.id

    def find(self, number: int) -> Message | None:
        """A message by its number in the dialog."""
        return self.messages[number - 1] if 0 < number <= len(self.messages) else None


@dataclass(slots=True, eq=False)
class World:
    """Everything the sandbox keeps; `clock` tells business time, which dates the messages."""

    community: Community
    clock: Callable[[], datetime]
    address: str = ""
    changes: Changes = field(default_factory=Changes)
    users: dict[int, User] = field(default_factory=dict)
    dialogs: dict[int, Dialog] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    files: dict[tuple[int, int], File] = field(default_factory=dict)
    files_by_path: dict[str, File] = field(default_factory=dict)

    def date(self) -> int:
        """The present business time in whole seconds."""
        return int(self.clock().timestamp())

    def writable_dialog(self, peer_id: int) -> Dialog:
        """A dialog the community may write to; raises VKError, of somebody unknown the same as of a stranger."""
        dialog = self.dialogs.get(peer_id)
        if dialog is None:
            raise VKError(901)
        refusal = dialog.user.refusal_to_write()
        if refusal is not None:
            raise refusal
        return dialog

    def post(self, dialog: Dialog, from_id: int, text: str, **content: object) -> Message:
        """Add a message to a dialog; `content` are further fields of `Message`."""
        identifier = FIRST_MESSAGE_ID + len(self.messages)
        number = len(dialog.messages) + 1
        message = Message(identifier, number, dialog, from_id, self.date(), text, **content)  # type: ignore[arg-type]  # each its own
        dialog.messages.append(message)
        self.messages[identifier] = message
        self.changes.note("message", dialog.peer_id, number)
        return message

    def show_again(self, message: Message) -> dict[str, object]:
        """A message as the type messages_message, the addresses of its files signed now."""
        content = message.body()
        signed = _ADDRESS_DATE.sub(f"{_SIGNED_AT}{self.date()}", dump(content["attachments"]))
        return {**content, "attachments": json.loads(signed)}

    def find_file(self, path: str, query: str) -> File | None:
        """The file at an address; none once the address is too old."""
        signed_at = query.removeprefix(_SIGNED_AT[1:])
        fresh = signed_at.isdecimal() and self.date() - int(signed_at) <= ADDRESS_SECONDS
        return self.files_by_path.get(path) if fresh else None

    def edit(self, message: Message, text: str, keyboard: str | None, attachments: str | None) -> None:
        """Change what a message says, keeping what it said."""
        if message.earlier is None:
            message.earlier = []
        message.earlier.append(Version(message.text, message.keyboard, message.attachments))
        message.text, message.keyboard, message.attachments = text, keyboard, attachments
        message.update_time = self.date()
        self.changes.note("edit", message.dialog.peer_id, message.number)

    def keep_file(
        self,
        kind: str,
        owner_id: int,
        name: str,
        content: bytes,
        *,
        content_type: str,
        duration: int = 3,
        size: int | None = None,
    ) -> File:
        """Store a photo, doc or audio_message; `size` claims another size in bytes than that of `content`."""
        number = 457_000_000 + len(self.files) + 1
        key = f"key{number:x}"
        path = f"/files/{number}/{name}"
        claimed = len(content) if size is None else size
        url = f"{self.address}{path}{_SIGNED_AT}{self.date()}"
        media: dict[str, object] = {"id": number, "owner_id": owner_id, "access_key": key}
        if kind == "photo":
            sizes = (("s", 75, 56), ("x", 604, 453), ("z", 1080, 810))
            shown = [{"type": mark, "width": width, "height": height, "url": url} for mark, width, height in sizes]
            media |= {"album_id": -3, "date": self.date(), "text": "", "sizes": shown}
        elif kind == "audio_message":
            media |= {"duration": duration, "link_mp3": url, "link_ogg": url, "waveform": [0, 5, 12, 31, 18, 3]}
        else:
            extension = name.rpartition(".")[2]
            media |= {"title": name, "size": claimed, "ext": extension, "date": self.date(), "type": 1, "url": url}
        file = File(number, owner_id, kind, name, content, content_type, key, path, media)
        self.files[owner_id, number] = file
        self.files_by_path[path] = file
        return file
