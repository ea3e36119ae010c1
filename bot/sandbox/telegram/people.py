"""People to drive: they write, tap, send files, block and look at what they see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from bot.sandbox.changes import Change
from bot.sandbox.telegram.entities import utf16_length
from bot.sandbox.telegram.happenings import Happenings
from bot.sandbox.telegram.receiving import Menus, Scope
from bot.sandbox.telegram.sending import MAX_CAPTION, MAX_TEXT
from bot.sandbox.telegram.taps import Popup
from bot.sandbox.telegram.views import MessageView
from bot.sandbox.telegram.world import Chat, Message, User, World, dump

DEADLINE = 5.0
LARGEST_ALBUM = 10
Predicate = Callable[[MessageView], bool]


class HasChatId(Protocol):
    """A group, or anything else with a chat's number."""

    @property
    def id(self) -> int:
        """The chat's number."""
        ...


Place = HasChatId | int | None


class Person:
    """Somebody with a messenger in hand.

    `chat` is a group or its number; left out, it is the private chat with the bot. What a real messenger would not let
    them do raises PermissionError, a message or button that is not there LookupError.
    """

    def __init__(self, user: User, world: World, happenings: Happenings, menus: Menus) -> None:
        self.user = user
        self.last_popup: Popup | None = None
        self._world = world
        self._happenings = happenings
        self._menus = menus

    def __repr__(self) -> str:
        """For failed assertions."""
        return f"<Person {self.id} {self.user.first_name}>"

    @property
    def id(self) -> int:
        """The Telegram id, also that of the private chat."""
        return self.user.id

    async def start(self, payload: str | None = None) -> MessageView:
        """Open the bot by its link or its Start button; lifts a block first."""
        if self.user.blocked:
            await self.unblock()
        return await self.write(f"/start {payload}" if payload else "/start")

    async def write(
        self, text: str, *, chat: Place = None, reply_to: MessageView | int | None = None, thread_id: int | None = None
    ) -> MessageView:
        """Write a message, at most 4,096 characters."""
        if not text.strip() or utf16_length(text) > MAX_TEXT:
            raise ValueError(f"a message has 1 to {MAX_TEXT} characters")
        place = self._place(chat)
        quoted = self._quoted(place, reply_to)
        return MessageView(self._happenings.write(self.user, place, text.strip(), reply_to=quoted, thread_id=thread_id))

    async def edit(self, message: MessageView, text: str) -> None:
        """Edit the words of an own message, or those under its file."""
        own = self._message(message, message.chat_id)
        self._place(message.chat_id)
        if own.sender is not self.user:
            raise PermissionError("only an own message can be edited")
        if own.kind not in ("text", "photo", "voice", "document"):
            raise PermissionError(f"a {own.kind} has no words to edit")
        limit = MAX_TEXT if own.kind == "text" else MAX_CAPTION
        if utf16_length(text) > limit or (own.kind == "text" and not text.strip()):
            raise ValueError(f"the words of a {own.kind} have at most {limit} characters")
        if text == own.text:
            return
        self._happenings.rewrite(own, text)

    async def send_photo(
        self,
        content: bytes = b"\xff\xd8\xff\xe0 photo",
        *,
        caption: str = "",
        chat: Place = None,
        reply_to: MessageView | int | None = None,
    ) -> MessageView:
        """Send a picture, which Telegram offers in two sizes."""
        small = self._world.keep_file("photo", "photo.jpg", content, "image/jpeg", width=90, height=67)
        large = self._world.keep_file("photo", "photo.jpg", content, "image/jpeg", width=1280, height=960)
        return self._send("photo", dump([small.media, large.media]), caption, chat, reply_to)

    async def send_album(
        self,
        contents: Sequence[bytes],
        *,
        caption: str = "",
        chat: Place = None,
        reply_to: MessageView | int | None = None,
    ) -> tuple[MessageView, ...]:
        """Send 2 to 10 pictures at once: a message each, all answering the same one, the first with the caption."""
        if not 2 <= len(contents) <= LARGEST_ALBUM:
            raise ValueError(f"an album has 2 to {LARGEST_ALBUM} pictures")
        place = self._place(chat)
        quoted, album_id = self._quoted(place, reply_to), f"{place.id}:{len(place.messages) + 1}"
        sent = []
        for number, content in enumerate(contents):
            small = self._world.keep_file("photo", "photo.jpg", content, "image/jpeg", width=90, height=67)
            large = self._world.keep_file("photo", "photo.jpg", content, "image/jpeg", width=1280, height=960)
            message = self._happenings.write(
                self.user,
                place,
                "" if number else caption,
                kind="photo",
                media=dump([small.media, large.media]),
                reply_to=quoted,
                album_id=album_id,
            )
            sent.append(MessageView(message))
        return tuple(sent)

    async def send_voice(
        self,
        content: bytes = b"OggS voice",
        *,
        duration: int = 3,
        file_size: int | None = None,
        chat: Place = None,
        reply_to: MessageView | int | None = None,
    ) -> MessageView:
        """Send a voice note; `file_size` claims another size than that of `content`."""
        file = self._world.keep_file(
            "voice", "voice.oga", content, "audio/ogg", duration=duration, mime_type="audio/ogg", file_size=file_size
        )
        return self._send("voice", dump(file.media), "", chat, reply_to)

    async def send_document(
        self,
        content: bytes = b"document",
        *,
        name: str = "document.txt",
        content_type: str = "text/plain",
        caption: str = "",
        file_size: int | None = None,
        chat: Place = None,
        reply_to: MessageView | int | None = None,
    ) -> MessageView:
        """Send a file; `file_size` claims another size than that of `content`."""
        file = self._world.keep_file(
            "document", name, content, content_type, file_name=name, mime_type=content_type, file_size=file_size
        )
        return self._send("document", dump(file.media), caption, chat, reply_to)

    async def send_sticker(
        self, emoji: str = "🙂", *, chat: Place = None, reply_to: MessageView | int | None = None
    ) -> MessageView:
        """Send a sticker."""
        file = self._world.keep_file(
            "sticker",
            "sticker.webp",
            b"RIFF sticker",
            "image/webp",
            type="regular",
            width=512,
            height=512,
            is_animated=False,
            is_video=False,
            emoji=emoji,
        )
        return self._send("sticker", dump(file.media), "", chat, reply_to)

    async def send_contact(
        self, phone_number: str, *, user_id: int | None = None, reply_to: MessageView | int | None = None
    ) -> MessageView:
        """Share the own phone number, or the contact card of another user, in the private chat."""
        contact = {"phone_number": phone_number, "first_name": self.user.first_name, "user_id": user_id or self.id}
        return self._send("contact", dump(contact), "", None, reply_to)

    async def tap(self, message: MessageView, choice: str, *, deadline: float | None = DEADLINE) -> str:
        """Tap the inline button with this label or data and wait for the answer; returns the pop-up's text.

        An empty text only stopped the spinner. Without a `deadline` nothing is waited for. Raises TimeoutError when the
        bot leaves the tap unanswered.
        """
        for button in message.buttons:
            if choice in (button.text, button.data):
                if button.data is None:
                    raise LookupError(f"the button {choice!r} opens {button.url} and sends nothing")
                return await self.forge_tap(message, button.data, deadline=deadline)
        raise LookupError(f"no button {choice!r} under {message!r}")

    async def forge_tap(self, message: MessageView, data: str, *, deadline: float | None = DEADLINE) -> str:
        """Tap with any data: an old keyboard's, a deleted message's, or made up."""
        place = self._place(message.chat_id)
        known = place.messages[message.id - 1]
        tap = self._happenings.tap(self.user, known, data)
        if deadline is None:
            return ""
        try:
            async with asyncio.timeout(deadline):
                self.last_popup = await tap.answered
        except TimeoutError:
            raise TimeoutError(f"the tap {data!r} on {message!r} got no answer in {deadline} s") from None
        return self.last_popup.text

    async def block(self) -> None:
        """Stop the bot."""
        if not self.user.blocked:
            self.user.blocked = True
            self._happenings.bot_status(self._world.chats[self.id], self.user, "member", "kicked")

    async def unblock(self) -> None:
        """Let the bot write again."""
        if self.user.blocked:
            self.user.blocked = False
            self._happenings.bot_status(self._world.chats[self.id], self.user, "kicked", "member")

    async def deactivate(self) -> None:
        """Delete the own account; the bot is not told."""
        self.user.deactivated = True

    def speak(self, language_code: str) -> None:
        """Change the messenger's language."""
        self.user.language_code = language_code
        self.user.forget_encoded()

    def see(self, chat: Place = None) -> tuple[MessageView, ...]:
        """All messages of a chat that are still there, oldest first."""
        place = self._world.chats[self._chat_id(chat)]
        return tuple(MessageView(message) for message in place.messages if not message.deleted)

    def last(self, chat: Place = None) -> MessageView:
        """The bot's newest message in a chat; raises LookupError when there is none."""
        for message in reversed(self.see(chat)):
            if message.from_bot:
                return message
        raise LookupError(f"the bot has written nothing to {self!r}")

    def commands(self, chat: Place = None) -> tuple[tuple[str, str], ...]:
        """The command menu this person is shown, as command and description."""
        place = self._world.chats[self._chat_id(chat)]
        return self._menus.shown(self._menu_scopes(place), self.user.language_code or "")

    async def wait_for(
        self,
        predicate: Predicate | None = None,
        *,
        chat: Place = None,
        after: MessageView | int | None = None,
        deadline: float = DEADLINE,
    ) -> MessageView:
        """The bot's newest message that fits, as soon as there is one, edits included.

        `after` leaves out that message and all before it. After `deadline` seconds a TimeoutError shows the chat.
        """
        place = self._world.chats[self._chat_id(chat)]
        bound = after.id if isinstance(after, MessageView) else after or 0
        arrived = asyncio.Event()

        def notice(change: Change) -> None:
            if change.chat_id == place.id:
                arrived.set()

        stop = self._world.changes.watch(notice)
        try:
            async with asyncio.timeout(deadline):
                while True:
                    found = _newest(place, bound, predicate)
                    if found is not None:
                        return found
                    arrived.clear()
                    await arrived.wait()
        except TimeoutError:
            shown = "\n".join(map(repr, self.see(place.id))) or "nothing"
            raise TimeoutError(f"no such message for {self!r} in {deadline} s; the chat shows:\n{shown}") from None
        finally:
            stop()

    async def wait_for_edit(
        self, message: MessageView, predicate: Predicate | None = None, *, deadline: float = DEADLINE
    ) -> MessageView:
        """Wait until a message was edited, and fits."""
        return await self.wait_for(
            lambda seen: seen == message and seen.edited and (predicate is None or predicate(seen)),
            chat=message.chat_id,
            after=message.id - 1,
            deadline=deadline,
        )

    def _send(
        self, kind: str, media: str, caption: str, chat: Place, reply_to: MessageView | int | None
    ) -> MessageView:
        place = self._place(chat)
        quoted = self._quoted(place, reply_to)
        message = self._happenings.write(self.user, place, caption, kind=kind, media=media, reply_to=quoted)
        return MessageView(message)

    def _chat_id(self, chat: Place) -> int:
        if chat is None:
            return self.id
        return chat if isinstance(chat, int) else chat.id

    def _place(self, chat: Place) -> Chat:
        place = self._world.chats.get(self._chat_id(chat))
        if place is None or not place.has(self.user):
            raise PermissionError(f"{self!r} is not in the chat {self._chat_id(chat)}")
        if self.user.deactivated:
            raise PermissionError(f"{self!r} has no account any more")
        if place.user is not None:
            if self.user.blocked:
                raise PermissionError(f"{self!r} has blocked the bot and must unblock it first")
            self.user.started = True
        if place.upgraded_to is not None:
            raise PermissionError(f"the group became the supergroup {place.upgraded_to}")
        return place

    def _message(self, message: MessageView | int, chat_id: int) -> Message:
        number = message if isinstance(message, int) else message.id
        found = self._world.chats[chat_id].find(number)
        if found is None:
            raise LookupError(f"message {number} is not in the chat {chat_id}")
        return found

    def _quoted(self, place: Chat, reply_to: MessageView | int | None) -> int | None:
        return None if reply_to is None else self._message(reply_to, place.id).id

    def _menu_scopes(self, place: Chat) -> tuple[Scope, ...]:
        if place.user is not None:
            return (("chat", place.id, 0), ("all_private_chats", 0, 0), ("default", 0, 0))
        scopes: list[Scope] = [("chat_member", place.id, self.id)]
        administrator = place.members.get(self.id) in ("creator", "administrator")
        if administrator:
            scopes.append(("chat_administrators", place.id, 0))
        scopes.append(("chat", place.id, 0))
        if administrator:
            scopes.append(("all_chat_administrators", 0, 0))
        return (*scopes, ("all_group_chats", 0, 0), ("default", 0, 0))


def _newest(place: Chat, bound: int, predicate: Predicate | None) -> MessageView | None:
    for message in reversed(place.messages[bound:]):
        if message.sender.is_bot and not message.deleted and message.service is None:
            view = MessageView(message)
            if predicate is None or predicate(view):
                return view
    return None
