"""What the page shows, as JSON: chats with their messages, the clock, the faults."""

from __future__ import annotations

import secrets

from bot.sandbox.changes import Change, Changes
from bot.sandbox.page.backstage import Messengers, PageOptions, Seat
from bot.sandbox.page.showing import Json, rows_of, show
from bot.sandbox.telegram.views import MessageView
from bot.sandbox.vk.people import VKPerson
from bot.sandbox.vk.views import VKMessageView


class Scene:
    """The messengers as the page sees them; `run` tells this run of the demo from the one before.

    `changes` are those of all messengers, numbered anew in the order in which they happened.
    """

    def __init__(self, messengers: Messengers, options: PageOptions) -> None:
        self.telegram = messengers.telegram
        self.vk = messengers.vk
        self.options = options
        self.changes = Changes()
        self.run = secrets.token_hex(4)
        self._chats = {seat.chat_id: seat for seat in options.seats}
        if len(self._chats) != len(options.seats):
            raise ValueError("two chats of the page have the same number")
        self._stops = [one.changes.watch(self._pass_on) for one in (self.telegram, self.vk)]

    def close(self) -> None:
        """Follow the messengers no longer."""
        for stop in self._stops:
            stop()

    def _pass_on(self, change: Change) -> None:
        self.changes.note(change.kind, change.chat_id, change.message_id, change.text)

    def state(self) -> Json:
        """Everything there is at this moment."""
        last = self.changes.last
        return {
            "run": self.run,
            "last": last,
            "zone": self.options.zone,
            "bot": self.telegram.world.bot.first_name,
            "clock": self.clock(),
            "faults": self.faults(),
            "seats": [
                {
                    **self.describe(seat),
                    "messages": [self._show_message(message) for message in _seen(seat)],
                }
                for seat in self.options.seats
            ],
        }

    def clock(self) -> Json:
        """Business time and how fast it runs."""
        backstage = self.options.backstage
        return {"now": backstage.now().timestamp(), "rate": backstage.rate}

    def faults(self) -> list[str]:
        """The kinds of trouble in force."""
        in_force = (*self.telegram.faults.in_force().values(), *self.vk.faults.in_force().values())
        return list(dict.fromkeys(fault.kind.value for fault in in_force))

    def describe(self, seat: Seat) -> Json:
        """A chat without its messages."""
        user = seat.person.user
        return {
            "key": seat.key,
            "messenger": seat.messenger,
            "role": seat.role,
            "customer": seat.customer,
            "name": user.first_name if seat.group is None else seat.group.title,
            "person": seat.person.id,
            "person_name": user.first_name,
            "chat": seat.chat_id,
            "group": seat.group is not None,
            "members": len(seat.group.chat.members) if seat.group is not None else 0,
            **_standing(seat),
        }

    def happened(self, changes: tuple[Change, ...]) -> list[Json]:
        """What of it concerns the page; a message that changed twice is shown once, as it is now."""
        told: dict[tuple[str, int, int | None], Json] = {}
        for change in changes:
            kind = "message" if change.kind in ("edit", "delete") else change.kind
            key = (kind, change.chat_id, change.message_id)
            shown = self._show(change)
            if shown is not None:
                told.setdefault(key, {"kind": kind, "chat": change.chat_id}).update(shown)
        return list(told.values())

    def _show(self, change: Change) -> Json | None:
        seat = self._chats.get(change.chat_id)
        match change.kind:
            case "clock":
                return {"clock": self.clock()}
            case "faults":
                return {"faults": self.faults()}
            case "commands" | "members" | "keyboard":
                return {"seats": [self.describe(one) for one in (self.options.seats if seat is None else (seat,))]}
            case _:
                return None if seat is None else self._show_in_chat(change, seat)

    def _show_in_chat(self, change: Change, seat: Seat) -> Json | None:
        if change.kind == "action":
            return {"action": change.text}
        if change.message_id is None or change.kind not in ("message", "edit", "delete"):
            return None
        message = self._find(seat, change.message_id)
        if message is None:
            return {"message_id": change.message_id}
        shown: Json = {"message": self._show_message(message)}
        # in VK a message may put a keyboard under the input field, or take it away
        return shown | ({"seats": [self.describe(seat)]} if seat.messenger == "vk" else {})

    def _find(self, seat: Seat, number: int) -> MessageView | VKMessageView | None:
        if isinstance(seat.person, VKPerson):
            said = self.vk.world.dialogs[seat.chat_id].find(number)
            return None if said is None else VKMessageView(said)
        found = self.telegram.world.chats[seat.chat_id].find(number)
        return None if found is None else MessageView(found)

    def _show_message(self, message: MessageView | VKMessageView) -> Json:
        return show(message, self.vk.world.community.name)


def _seen(seat: Seat) -> tuple[MessageView, ...] | tuple[VKMessageView, ...]:
    return seat.person.see() if isinstance(seat.person, VKPerson) else seat.person.see(seat.chat_id)


def _standing(seat: Seat) -> Json:
    """Whether the chat has begun and may be written in, its commands, and what lies under VK's input field."""
    person = seat.person
    if isinstance(person, VKPerson):
        begun = person.has_begun
        return {
            "started": begun,
            "blocked": begun and not person.user.allowed,
            "commands": [],
            "keyboard": rows_of(person.keyboard),
        }
    return {
        "started": seat.group is not None or person.user.started,
        "blocked": seat.group is None and person.user.blocked,
        "commands": [list(command) for command in person.commands(seat.chat_id)],
        "keyboard": None,
    }
