"""Events on their way to the bot: one envelope for Bots Long Poll and Callback API."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Protocol

from bot.sandbox.vk.world import dump

VERSION = "5.199"

# What a community can be asked to report (5.199); the sandbox itself makes those of messages alone.
EVENT_TYPES = frozenset(
    (
        "audio_new",
        "board_post_delete",
        "board_post_edit",
        "board_post_new",
        "board_post_restore",
        "donut_money_withdraw",
        "donut_money_withdraw_error",
        "donut_subscription_cancelled",
        "donut_subscription_create",
        "donut_subscription_expired",
        "donut_subscription_price_changed",
        "donut_subscription_prolonged",
        "group_change_photo",
        "group_change_settings",
        "group_join",
        "group_leave",
        "group_officers_edit",
        "like_add",
        "like_remove",
        "market_comment_delete",
        "market_comment_edit",
        "market_comment_new",
        "market_comment_restore",
        "message_allow",
        "message_deny",
        "message_edit",
        "message_event",
        "message_new",
        "message_reaction_event",
        "message_read",
        "message_reply",
        "message_typing_state",
        "photo_comment_delete",
        "photo_comment_edit",
        "photo_comment_new",
        "photo_comment_restore",
        "photo_new",
        "poll_vote_new",
        "user_block",
        "user_unblock",
        "video_comment_delete",
        "video_comment_edit",
        "video_comment_new",
        "video_comment_restore",
        "video_new",
        "wall_post_new",
        "wall_reply_delete",
        "wall_reply_edit",
        "wall_reply_new",
        "wall_reply_restore",
        "wall_repost",
    )
)
CALLBACK_EVENT_TYPES = EVENT_TYPES | {
    "lead_forms_new",
    "market_order_edit",
    "market_order_new",
    "wall_schedule_post_delete",
    "wall_schedule_post_new",
}


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

    def payload(self, known: frozenset[str]) -> dict[str, int]:
        """Every known type and whether it is wanted."""
        return {kind: int(kind in self.kinds) for kind in sorted(known)}


class Receiver(Protocol):
    """A way events reach the bot."""

    def wants(self, kind: str) -> bool:
        """Whether events of this type are for it."""
        ...

    def take(self, event: Event) -> None:
        """An event arrives, wanted or not."""
        ...


class Events:
    """Makes events and offers each to the ways they reach the bot."""

    def __init__(self, group_id: int) -> None:
        self._group_id = group_id
        self._count = 0
        self._duplicates = 0
        self._malformed = 0
        self._receivers: list[Receiver] = []

    def add_receiver(self, receiver: Receiver) -> None:
        """Offer every event to a receiver from now on."""
        self._receivers.append(receiver)

    def is_wanted(self, kind: str) -> bool:
        """Whether anybody wants events of this type."""
        return any(receiver.wants(kind) for receiver in self._receivers)

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
        for receiver in self._receivers:
            receiver.take(event)

    def _next_id(self) -> str:
        self._count += 1
        return sha1(f"{self._group_id}:{self._count}".encode(), usedforsecurity=False).hexdigest()
