"""What people do, turned into events as the bot gets them."""

from __future__ import annotations

import json

from bot.sandbox.vk.events import Events
from bot.sandbox.vk.keyboards import is_one_time
from bot.sandbox.vk.taps import Tap, Taps
from bot.sandbox.vk.world import Dialog, Message, User, World, dump


class Happenings:
    """The way from the people to the bot. `payload_as_text` sends a pressed button's payload as VK's schema has it."""

    def __init__(self, world: World, events: Events, taps: Taps, *, payload_as_text: bool = False) -> None:
        self._world = world
        self._events = events
        self._taps = taps
        self._payload_as_text = payload_as_text

    def write(
        self,
        dialog: Dialog,
        text: str,
        *,
        payload: str | None = None,
        attachments: list[dict[str, object]] | None = None,
        reply_to: int | None = None,
    ) -> Message:
        """A person writes, which allows the community to answer; a link followed before is told with it."""
        user = dialog.user
        user.allowed = True
        message = self._world.post(
            dialog,
            user.id,
            text,
            payload=payload,
            attachments=dump(attachments) if attachments else None,
            reply_to=reply_to,
            ref=dialog.ref,
            ref_source=dialog.ref_source,
        )
        dialog.ref = dialog.ref_source = None
        self._events.add("message_new", {"message": message.body(), "client_info": user.client_info()}, user.id)
        return message

    def rewrite(self, message: Message, text: str, attachments: str | None) -> None:
        """A person edits what they wrote."""
        self._world.edit(message, text, message.keyboard, attachments)
        self._events.add("message_edit", message.body(), message.dialog.peer_id)

    def use_up(self, dialog: Dialog) -> None:
        """A button under the input field was pressed: a keyboard for one press goes."""
        if dialog.keyboard is not None and is_one_time(dialog.keyboard):
            dialog.keyboard = None
            self._world.changes.note("keyboard", dialog.peer_id)

    def tap(self, dialog: Dialog, number: int | None, payload: str) -> Tap:
        """A person presses a callback button; of one under the input field VK names no message (vkbottle#498)."""
        tap = self._taps.make(dialog.peer_id, number)
        about: dict[str, object] = {
            "user_id": dialog.user.id,
            "peer_id": dialog.peer_id,
            "event_id": tap.id,
            "payload": payload if self._payload_as_text else json.loads(payload),
        }
        if number is not None:
            about["conversation_message_id"] = number
        self._events.add("message_event", about, dialog.peer_id)
        return tap

    def allow(self, user: User, key: str) -> None:
        """A person allows messages without writing; `key` is what the shop's widget passed."""
        user.allowed = True
        self._events.add("message_allow", {"user_id": user.id, "key": key}, user.id)
        self._world.changes.note("members", user.id)

    def deny(self, user: User) -> None:
        """A person forbids messages."""
        user.allowed = False
        self._events.add("message_deny", {"user_id": user.id}, user.id)
        self._world.changes.note("members", user.id)

    def tell_sent(self, message: Message) -> None:
        """The community's own message, for who wants to hear of those too."""
        if self._events.is_wanted("message_reply"):
            self._events.add("message_reply", message.body(), message.dialog.peer_id)
