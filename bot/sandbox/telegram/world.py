"""What the messenger knows: users, chats, messages, files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.sandbox.changes import Changes
from bot.sandbox.telegram.errors import ApiError, bad_request, forbidden

SUPERGROUP_IDS_BELOW = -1_000_000_000_000
_PRESENT = frozenset(("creator", "administrator", "member"))

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def dump(value: object) -> str:
    """Compact JSON."""
    return _encode(value)


@dataclass(slots=True, eq=False)
class User:
    """A person, or the bot itself."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    seen_in_group: bool = False
    _encoded: str | None = None

    def encoded(self) -> str:
        """The payload as JSON."""
        if self._encoded is None:
            self._encoded = dump(self.payload())
        return self._encoded

    def forget_encoded(self) -> None:
        """The payload changed."""
        self._encoded = None

    def payload(self) -> dict[str, object]:
        """As the type User."""
        payload: dict[str, object] = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        for name in ("last_name", "username", "language_code"):
            value = getattr(self, name)
            if value is not None:
                payload[name] = value
        return payload


@dataclass(slots=True, eq=False)
class File:
    """Something uploaded, by a person or by the bot."""

    id: str
    kind: str
    name: str
    content: bytes
    content_type: str
    size: int
    path: str
    media: dict[str, object]


@dataclass(slots=True, eq=False)
class Version:
    """What a message said before an edit."""

    text: str
    entities: str | None
    markup: str | None


@dataclass(slots=True, eq=False)
class Message:
    """One message; its structures are kept as JSON text, so that a hundred thousand messages fit."""

    id: int
    chat: Chat
    sender: User
    date: int
    text: str
    entities: str | None = None
    markup: str | None = None
    keyboard: str | None = None
    kind: str = "text"
    media: str | None = None
    service: str | None = None
    reply_to: int | None = None
    thread_id: int | None = None
    edit_date: int | None = None
    deleted: bool = False
    earlier: list[Version] | None = None
    album_id: str | None = None

    def encode(self, *, with_reply: bool = True) -> str:
        """As JSON of the type Message."""
        sender, chat = self.sender.encoded(), self.chat.encoded()
        parts = [f'{{"message_id":{self.id},"from":{sender},"chat":{chat},"date":{self.date}']
        if self.thread_id is not None:
            parts.append(f'"message_thread_id":{self.thread_id},"is_topic_message":true')
        if self.reply_to is not None and with_reply:
            replied = self.chat.find(self.reply_to)
            if replied is not None:
                parts.append(f'"reply_to_message":{replied.encode(with_reply=False)}')
        if self.album_id is not None:
            parts.append(f'"media_group_id":{dump(self.album_id)}')
        if self.edit_date is not None:
            parts.append(f'"edit_date":{self.edit_date}')
        parts.extend(self._encode_content())
        if self.markup is not None:
            parts.append(f'"reply_markup":{self.markup}')
        return ",".join(parts) + "}"

    def _encode_content(self) -> list[str]:
        if self.service is not None:
            return [self.service[1:-1]]
        if self.kind == "text":
            parts = [f'"text":{dump(self.text)}']
        else:
            parts = [f'"{self.kind}":{self.media}']
            if self.text:
                parts.append(f'"caption":{dump(self.text)}')
        if self.entities is not None:
            parts.append(f'"{"entities" if self.kind == "text" else "caption_entities"}":{self.entities}')
        return parts


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat, a group or a supergroup; message ids count from 1 in each."""

    id: int
    type: str
    title: str | None = None
    username: str | None = None
    user: User | None = None
    is_forum: bool = False
    bot_status: str = "member"
    bot_may_write: bool = True
    upgraded_to: int | None = None
    upgraded_from: int | None = None
    members: dict[int, str] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    action: str | None = None
    _encoded: str | None = None

    def payload(self) -> dict[str, object]:
        """As the type Chat."""
        payload: dict[str, object] = {"id": self.id, "type": self.type}
        if self.user is not None:
            payload["first_name"] = self.user.first_name
            for name in ("last_name", "username"):
                value = getattr(self.user, name)
                if value is not None:
                    payload[name] = value
        else:
            payload["title"] = self.title
            if self.username is not None:
                payload["username"] = self.username
        if self.is_forum:
            payload["is_forum"] = True
        return payload

    def encoded(self) -> str:
        """The payload as JSON."""
        if self._encoded is None:
            self._encoded = dump(self.payload())
        return self._encoded

    def forget_encoded(self) -> None:
        """The payload changed."""
        self._encoded = None

    def find(self, message_id: int) -> Message | None:
        """A message that is still there."""
        if not 0 < message_id <= len(self.messages):
            return None
        message = self.messages[message_id - 1]
        return None if message.deleted else message

    def has(self, user: User) -> bool:
        """Whether the user is in this chat now."""
        return self.user is user or self.members.get(user.id) in _PRESENT

    def refusal_to_write(self) -> ApiError | None:
        """Why the bot may not write here."""
        if self.user is not None:
            return _private_refusal(self.user)
        kind = "supergroup" if self.type == "supergroup" else "group"
        if self.upgraded_to is not None:
            return bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.upgraded_to)
        if self.bot_status == "kicked":
            return forbidden(f"bot was kicked from the {kind} chat")
        if self.bot_status == "left":
            return forbidden(f"bot is not a member of the {kind} chat")
        if not self.bot_may_write:
            return bad_request("not enough rights to send text messages to the chat")
        return None


def _private_refusal(user: User) -> ApiError | None:
    if user.deactivated:
        return forbidden("user is deactivated")
    if not user.started:
        if user.seen_in_group:
            return forbidden("bot can't initiate conversation with a user")
        return bad_request("chat not found")
    if user.blocked:
        return forbidden("bot was blocked by the user")
    return None


@dataclass(slots=True, eq=False)
class World:
    """Everything the sandbox keeps; `clock` tells business time, which dates the messages."""

    bot: User
    clock: Callable[[], datetime]
    changes: Changes = field(default_factory=Changes)
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    files_by_path: dict[str, File] = field(default_factory=dict)

    def date(self) -> int:
        """The present business time in whole seconds."""
        return int(self.clock().timestamp())

    def chat(self, chat_id: int) -> Chat:
        """A chat the bot can see; raises ApiError."""
        chat = self.chats.get(chat_id)
        if chat is None or (chat.user is not None and not chat.user.started and not chat.user.seen_in_group):
            raise bad_request("chat not found")
        return chat

    def writable_chat(self, chat_id: int) -> Chat:
        """A chat the bot may write to; raises ApiError."""
        chat = self.chats.get(chat_id)
        if chat is None:
            raise bad_request("chat not found")
        refusal = chat.refusal_to_write()
        if refusal is not None:
            raise refusal
        return chat

    def post(self, chat: Chat, sender: User, text: str, **content: object) -> Message:
        """Add a message to a chat; `content` are further fields of `Message`."""
        number = len(chat.messages) + 1
        message = Message(number, chat, sender, self.date(), text, **content)  # type: ignore[arg-type]  # each its own
        chat.messages.append(message)
        self.changes.note("message", chat.id, message.id)
        return message

    def edit(self, message: Message, text: str, entities: str | None, markup: str | None) -> None:
        """Change what a message says, keeping what it said."""
        earlier = Version(message.text, message.entities, message.markup)
        if message.earlier is None:
            message.earlier = []
        message.earlier.append(earlier)
        message.text, message.entities, message.markup = text, entities, markup
        message.edit_date = self.date()
        self.changes.note("edit", message.chat.id, message.id)

    def delete(self, message: Message) -> None:
        """Take a message away; its place stays."""
        message.deleted = True
        self.changes.note("delete", message.chat.id, message.id)

    def keep_file(self, kind: str, name: str, content: bytes, content_type: str, **media: object) -> File:
        """Store a file; `media` are further fields of its type, `file_size` may claim another size."""
        number = len(self.files) + 1
        identifier = f"sandbox-{kind}-{number}"
        claimed = media.pop("file_size", None)
        size = claimed if isinstance(claimed, int) else len(content)
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        described = {"file_id": identifier, "file_unique_id": f"{kind}{number}", "file_size": size, **media}
        path = f"{kind}s/file_{number}.{suffix}"
        file = File(identifier, kind, name, content, content_type, size, path, described)
        self.files[identifier] = file
        self.files_by_path[file.path] = file
        return file
