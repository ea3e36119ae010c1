"""Events on their way to the bot: one envelope for Bots Long Poll and Callback API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha1

from bot.sandbox.vk.world import dump

VERSION = "5.199"

# What a community can be asked to report; the sandbox itself makes those of messages.
EVENT_TYPES = frozenset(
    (
        "message_new",
        "message_reply",
        "message_edit",
        "message_allow",
        "message_deny",
        "message_typing_state",
        "message_read",
        "message_event",
        "message_reaction_event",
        "group_join",
        "group_leave",
        "user_block",
        "user_unblock",
    )
)


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `envelope` is its JSON text without the closing brace, `peer_id` whom it is about.

    A `raw` one is delivered whether its type is wanted or not.
    """

    id: str
    kind: str
    peer_id: int
    envelope: str
    raw: bool = False

    def body(self, secret: str = "") -> str:
        """As delivered; a Callback API server's secret is a field of the body."""
        return f'{self.envelope},"secret":{dump(secret)}}}' if secret else self.envelope + "}"


@dataclass(slots=True)
class Wanted:
    """Which events a receiver asked for; a fresh community reports new messages alone."""

    enabled: bool = False
    version: str = VERSION
    kinds: set[str] = field(default_factory=lambda: {"message_new"})

    def wants(self, event: Event) -> bool:
        """Whether an event is for it."""
        return self.enabled and (event.raw or event.kind in self.kinds)

    def change(self, switched: Iterable[tuple[str, bool]]) -> None:
        """Switch types on and off; the others stay as they are."""
        for kind, on in switched:
            (self.kinds.add if on else self.kinds.discard)(kind)

    def payload(self) -> dict[str, int]:
        """Every type and whether it is wanted."""
        return {kind: int(kind in self.kinds) for kind in sorted(EVENT_TYPES)}


class Events:
    """Makes events and hands each to whoever listens."""

    def __init__(self, group_id: int) -> None:
        self._group_id = group_id
        self._count = 0
        self._duplicates = 0
        self._malformed = 0
        self._listeners: list[Callable[[Event], None]] = []

    def on_arrival(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with every event that arrives."""
        self._listeners.append(listener)

    def duplicate(self, count: int = 1) -> None:
        """Deliver each of the next `count` twice, with the same event_id."""
        self._duplicates += count

    def malform(self, count: int = 1) -> None:
        """Put an event no library can decode before each of the next `count`."""
        self._malformed += count

    def add(self, kind: str, about: dict[str, object], peer_id: int) -> Event:
        """Send an event of a type."""
        if self._malformed:
            self._malformed -= 1
            self._send(self._make(kind, {"message": "not a message"}, peer_id))
        event = self._make(kind, about, peer_id)
        self._send(event)
        if self._duplicates:
            self._duplicates -= 1
            self._send(event)
        return event

    def add_raw(self, fields: dict[str, object]) -> str:
        """Send anything at all as an event; group_id, event_id and v are added. Returns the event_id."""
        kind = str(fields.get("type", "unknown"))
        identifier = self._next_id()
        whole = {"group_id": self._group_id, "event_id": identifier, "v": VERSION, **fields}
        self._send(Event(identifier, kind, 0, json.dumps(whole, ensure_ascii=False)[:-1], raw=True))
        return identifier

    def make_confirmation(self) -> Event:
        """The question whether an address belongs to the community; only its server gets it."""
        identifier = self._next_id()
        envelope = f'{{"group_id":{self._group_id},"type":"confirmation","event_id":"{identifier}","v":"{VERSION}"'
        return Event(identifier, "confirmation", 0, envelope)

    def _make(self, kind: str, about: dict[str, object], peer_id: int) -> Event:
        identifier = self._next_id()
        head = f'"group_id":{self._group_id},"type":"{kind}","event_id":"{identifier}","v":"{VERSION}"'
        return Event(identifier, kind, peer_id, f'{{{head},"object":{dump(about)}')

    def _send(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)

    def _next_id(self) -> str:
        self._count += 1
        return sha1(f"{self._group_id}:{self._count}".encode(), usedforsecurity=False).hexdigest()
