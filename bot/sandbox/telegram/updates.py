"""Updates on their way to the bot: kept until acknowledged, at most as long as the real server keeps them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.sandbox.pace import MachineClock

# tdlib/telegram-bot-api, Client.cpp: add_update.
KEPT_SECONDS = 86_400.0
CALLBACK_KEPT_SECONDS = 150.0
FIRST_UPDATE_ID = 100_000_001
MALFORMED = '"message":{"message_id":"not a number"}'

UPDATE_TYPES = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "guest_message",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "managed_bot",
)
DEFAULT_TYPES = frozenset(UPDATE_TYPES) - {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(frozen=True, slots=True)
class Update:
    """One update as JSON text; webhooks keep the order within a `queue`, `expires_at` is machine time in seconds."""

    id: int
    body: str
    queue: tuple[str, int]
    expires_at: float


class Updates:
    """The updates nobody has acknowledged yet."""

    def __init__(self, clock: MachineClock) -> None:
        self.allowed: frozenset[str] = DEFAULT_TYPES
        self._clock = clock
        self._pending: deque[Update] = deque()
        self._next_id = FIRST_UPDATE_ID
        self._on_arrival: list[Callable[[Update], None]] = []
        self._malformed = 0
        self._duplicates = 0

    def allow(self, types: Iterable[str] | None) -> None:
        """Set which types are wanted from now on; None keeps the setting, none at all means the default."""
        if types is not None:
            self.allowed = frozenset(types) or DEFAULT_TYPES

    def on_arrival(self, listener: Callable[[Update], None]) -> None:
        """Call `listener` with every update that arrives."""
        self._on_arrival.append(listener)

    def malform(self, count: int = 1) -> None:
        """Put an update no library can decode before each of the next `count`."""
        self._malformed += count

    def start_ids_anew(self, first_id: int) -> None:
        """Number what comes next from here, as the real server does after a week without updates."""
        self._next_id = first_id

    def duplicate(self, count: int = 1) -> None:
        """Deliver each of the next `count` twice, with the same id."""
        self._duplicates += count

    def add(self, kind: str, body: str, queue: tuple[str, int]) -> int | None:
        """Queue an update of a type; returns its id, or None when the bot does not want the type."""
        if kind not in self.allowed:
            return None
        if self._malformed:
            self._malformed -= 1
            self._append(MALFORMED, queue, KEPT_SECONDS)
        kept = CALLBACK_KEPT_SECONDS if kind == "callback_query" else KEPT_SECONDS
        update = self._append(f'"{kind}":{body}', queue, kept)
        if self._duplicates:
            self._duplicates -= 1
            self._queue(update)
        return update.id

    def add_raw(self, fields: dict[str, object]) -> int:
        """Queue anything at all as an update, its id added."""
        inner = json.dumps(fields, separators=(",", ":"))[1:-1]
        update = self._append(inner or '"nothing":null', ("raw", 0), KEPT_SECONDS)
        return update.id

    def pending(self) -> tuple[Update, ...]:
        """All that wait, expired ones dropped, oldest first."""
        now = self._clock()
        if any(update.expires_at <= now for update in self._pending):
            self._pending = deque(update for update in self._pending if update.expires_at > now)
        return tuple(self._pending)

    def count(self) -> int:
        """How many wait."""
        return len(self.pending())

    def forget(self, update: Update) -> None:
        """One delivery of it is done."""
        for position, waiting in enumerate(self._pending):
            if waiting is update:
                del self._pending[position]
                return

    def clear(self) -> None:
        """Drop all."""
        self._pending.clear()

    def read(self, offset: int, limit: int) -> list[Update]:
        """Acknowledge what lies under `offset` and return up to `limit` of the rest.

        A negative offset keeps only that many of the newest, 0 acknowledges nothing.
        """
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popleft()
        elif offset > 0:
            while self._pending and self._pending[0].id < offset:
                self._pending.popleft()
        return list(self.pending()[:limit])

    def _append(self, inner: str, queue: tuple[str, int], kept: float) -> Update:
        update = Update(self._next_id, f'{{"update_id":{self._next_id},{inner}}}', queue, self._clock() + kept)
        self._next_id += 1
        self._queue(update)
        return update

    def _queue(self, update: Update) -> None:
        self._pending.append(update)
        for listener in self._on_arrival:
            listener(update)
