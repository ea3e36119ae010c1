"""What the page shows, as JSON: chats with their messages, the clock, the faults."""

from __future__ import annotations

import secrets

from bot.sandbox.changes import Change
from bot.sandbox.page.backstage import PageOptions, Seat
from bot.sandbox.telegram.control import show_message
from bot.sandbox.telegram.server import TelegramSandbox
from bot.sandbox.telegram.views import MessageView

Json = dict[str, object]


class Scene:
    """The sandbox as the page sees it; `run` tells this run of the demo from the one before."""

    def __init__(self, sandbox: TelegramSandbox, options: PageOptions) -> None:
        self.sandbox = sandbox
        self.options = options
        self.run = secrets.token_hex(4)
        self._chats = {seat.chat_id: seat for seat in options.seats}

    def state(self) -> Json:
        """Everything there is at this moment."""
        last = self.sandbox.changes.last
        return {
            "run": self.run,
            "last": last,
            "zone": self.options.zone,
            "bot": self.sandbox.world.bot.first_name,
            "clock": self.clock(),
            "faults": self.faults(),
            "seats": [
                {
                    **self.describe(seat),
                    "messages": [show_message(message) for message in seat.person.see(seat.chat_id)],
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
        return [fault.kind.value for fault in self.sandbox.faults.in_force().values()]

    def describe(self, seat: Seat) -> Json:
        """A chat without its messages."""
        user = seat.person.user
        return {
            "key": seat.key,
            "role": seat.role,
            "customer": seat.customer,
            "name": user.first_name if seat.group is None else seat.group.title,
            "person": seat.person.id,
            "person_name": user.first_name,
            "chat": seat.chat_id,
            "group": seat.group is not None,
            "members": len(seat.group.chat.members) if seat.group is not None else 0,
            "started": seat.group is not None or user.started,
            "blocked": seat.group is None and user.blocked,
            "commands": [list(command) for command in seat.person.commands(seat.chat_id)],
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
            case "commands" | "members":
                return {"seats": [self.describe(one) for one in (self.options.seats if seat is None else (seat,))]}
            case _:
                return None if seat is None else self._show_in_chat(change)

    def _show_in_chat(self, change: Change) -> Json | None:
        if change.kind == "action":
            return {"action": change.text}
        if change.message_id is None or change.kind not in ("message", "edit", "delete"):
            return None
        found = self.sandbox.world.chats[change.chat_id].find(change.message_id)
        return {"message_id": change.message_id} if found is None else {"message": show_message(MessageView(found))}
