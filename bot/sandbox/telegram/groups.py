"""Groups to drive: the bot is added, promoted, kicked; people come and go; a group becomes a supergroup."""

from __future__ import annotations

from collections.abc import Callable

from bot.sandbox.telegram.happenings import Happenings
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.views import MessageView
from bot.sandbox.telegram.world import SUPERGROUP_IDS_BELOW, Chat, World

Wrap = Callable[[Chat], "Group"]


class Group:
    """A group or supergroup."""

    def __init__(self, chat: Chat, world: World, happenings: Happenings, wrap: Wrap) -> None:
        self.chat = chat
        self._world = world
        self._happenings = happenings
        self._wrap = wrap

    def __repr__(self) -> str:
        """For failed assertions."""
        return f"<Group {self.id} {self.chat.title}>"

    @property
    def id(self) -> int:
        """The chat's number, negative."""
        return self.chat.id

    @property
    def title(self) -> str:
        """Its name."""
        return self.chat.title or ""

    def see(self) -> tuple[MessageView, ...]:
        """All messages that are still there, oldest first."""
        return tuple(MessageView(message) for message in self.chat.messages if not message.deleted)

    def add_bot(self, by: Person, *, administrator: bool = False) -> None:
        """Somebody adds the bot, or makes it an administrator."""
        self._set_bot("administrator" if administrator else "member", by)

    def kick_bot(self, by: Person) -> None:
        """Somebody removes the bot."""
        self._set_bot("kicked", by)

    def silence_bot(self, *, silent: bool = True) -> None:
        """Take the bot's right to write, or give it back; the bot is not told."""
        self.chat.bot_may_write = not silent

    def add_member(self, person: Person, *, by: Person | None = None, status: str = "member") -> None:
        """Somebody comes in (`status`: creator, administrator or member)."""
        self._happenings.member_status(self.chat, (by or person).user, person.user, status)

    def remove_member(self, person: Person, *, by: Person | None = None) -> None:
        """Somebody leaves, or is removed `by` another."""
        status = "left" if by is None else "kicked"
        self._happenings.member_status(self.chat, (by or person).user, person.user, status)

    def add_topic(self, title: str) -> int:
        """Open a topic of a forum; returns its `message_thread_id`."""
        if not self.chat.is_forum:
            raise ValueError("only a forum has topics")
        by = self._world.users[next(iter(self.chat.members))]
        created = self._happenings.service(
            self.chat, by, {"forum_topic_created": {"name": title, "icon_color": 7322096}}
        )
        self.chat.topics[created.id] = title
        return created.id

    def close_topic(self, thread_id: int) -> None:
        """Delete a topic."""
        self.chat.topics.pop(thread_id, None)

    def upgrade(self) -> Group:
        """Make the group a supergroup with a new number; the old one refuses messages and names the new one."""
        if self.chat.type == "supergroup":
            raise ValueError("it is a supergroup already")
        old = self.chat
        new = Chat(
            SUPERGROUP_IDS_BELOW - abs(old.id),
            "supergroup",
            title=old.title,
            bot_status=old.bot_status,
            members=dict(old.members),
            upgraded_from=old.id,
        )
        self._world.chats[new.id] = new
        by = self._world.users[next(iter(old.members))] if old.members else self._world.bot
        self._happenings.service(old, by, {"migrate_to_chat_id": new.id})
        old.upgraded_to = new.id
        self._happenings.service(new, by, {"migrate_from_chat_id": old.id})
        self._world.changes.note("members", new.id)
        return self._wrap(new)

    def _set_bot(self, status: str, by: Person) -> None:
        old = self.chat.bot_status
        if old == status:
            return
        self.chat.bot_status = status
        if old in ("left", "kicked"):
            self._happenings.service(self.chat, by.user, {"new_chat_members": [self._world.bot.payload()]})
        self._happenings.bot_status(self.chat, by.user, old, status)
