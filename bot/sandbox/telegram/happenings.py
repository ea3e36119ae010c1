"""What people do, turned into updates as the bot gets them."""

from __future__ import annotations

from bot.sandbox.telegram.entities import find_commands
from bot.sandbox.telegram.membership import PRESENT, member_payload
from bot.sandbox.telegram.taps import Tap, Taps
from bot.sandbox.telegram.updates import Updates
from bot.sandbox.telegram.world import Chat, Message, User, World, dump


class Happenings:
    """The way from the people to the bot."""

    def __init__(self, world: World, updates: Updates, taps: Taps) -> None:
        self._world = world
        self._updates = updates
        self._taps = taps

    def write(
        self,
        user: User,
        chat: Chat,
        text: str,
        *,
        kind: str = "text",
        media: str | None = None,
        reply_to: int | None = None,
        thread_id: int | None = None,
        album_id: str | None = None,
    ) -> Message:
        """A person posts to a chat; the bot is told when it may see it."""
        entities = find_commands(text)
        message = self._world.post(
            chat,
            user,
            text,
            kind=kind,
            media=media,
            entities=dump(entities) if entities else None,
            reply_to=reply_to,
            thread_id=thread_id,
            album_id=album_id,
        )
        if chat.user is None:
            user.seen_in_group = True
        if self._bot_sees(message):
            self._updates.add("message", message.encode(), ("chat", chat.id))
        return message

    def rewrite(self, message: Message, text: str) -> None:
        """A person edits what they wrote."""
        entities = find_commands(text)
        self._world.edit(message, text, dump(entities) if entities else None, message.markup)
        if self._bot_sees(message):
            self._updates.add("edited_message", message.encode(), ("chat", message.chat.id))

    def tap(self, user: User, message: Message, data: str) -> Tap:
        """A person taps an inline button; of a deleted message the bot learns only its number."""
        tap = self._taps.make(message.chat.id, message.id)
        shown = message.encode()
        if message.deleted:
            shown = f'{{"chat":{message.chat.encoded()},"message_id":{message.id},"date":0}}'
        instance = str(7_000_000_000_000_000_000 + abs(message.chat.id))
        body = f'"from":{user.encoded()},"message":{shown},"chat_instance":"{instance}","data":{dump(data)}'
        self._updates.add("callback_query", f'{{"id":"{tap.id}",{body}}}', ("user", user.id))
        return tap

    def bot_status(self, chat: Chat, by: User, old: str, new: str) -> None:
        """The bot's own place in a chat changed."""
        self._membership("my_chat_member", chat, by, self._world.bot, change=(old, new))
        self._world.changes.note("members", chat.id)

    def member_status(self, chat: Chat, by: User, user: User, new: str) -> None:
        """Somebody's place in a group changed; a bot that is no administrator hears of coming and going alone."""
        old = chat.members.get(user.id, "left")
        chat.members[user.id] = new
        if chat.bot_status == "administrator":
            self._membership("chat_member", chat, by, user, change=(old, new))
        if (old in PRESENT) != (new in PRESENT):
            field = "new_chat_members" if new in PRESENT else "left_chat_member"
            content = [user.payload()] if new in PRESENT else user.payload()
            self.service(chat, by, {field: content})
        self._world.changes.note("members", chat.id)

    def service(self, chat: Chat, by: User, content: dict[str, object]) -> Message:
        """A message the messenger itself puts into a chat."""
        message = self._world.post(chat, by, "", kind="service", service=dump(content))
        if chat.user is not None or chat.bot_status in PRESENT:
            self._updates.add("message", message.encode(), ("chat", chat.id))
        return message

    def _membership(self, kind: str, chat: Chat, by: User, user: User, *, change: tuple[str, str]) -> None:
        old, new = change
        body = dump(
            {
                "chat": chat.payload(),
                "from": by.payload(),
                "date": self._world.date(),
                "old_chat_member": member_payload(user, old),
                "new_chat_member": member_payload(user, new),
            }
        )
        self._updates.add(kind, body, ("membership", chat.id if kind == "my_chat_member" else user.id))

    def _bot_sees(self, message: Message) -> bool:
        """Privacy mode: in a group a bot that is no administrator gets commands and replies to itself alone."""
        chat = message.chat
        if chat.user is not None or chat.bot_status == "administrator":
            return True
        if chat.bot_status not in PRESENT:
            return False
        replied = chat.find(message.reply_to) if message.reply_to is not None else None
        if replied is not None and replied.sender.is_bot:
            return True
        if not message.text.startswith("/"):
            return False
        _, at, name = message.text.split(maxsplit=1)[0].partition("@")
        return not at or name.lower() == str(self._world.bot.username).lower()
