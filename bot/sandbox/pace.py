"""Token buckets in machine time: how fast a messenger lets its bots send."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

MachineClock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Rate:
    """`tokens` every `seconds`, and at most `burst` saved up."""

    tokens: float
    seconds: float
    burst: float

    @property
    def per_second(self) -> float:
        """Tokens that come back in a second."""
        return self.tokens / self.seconds


@dataclass(frozen=True, slots=True)
class PaceLimits:
    """Telegram's limits as its FAQ states them (core.telegram.org/bots/faq); the burst of a chat is what is observed.

    They hold for every call that sends or edits a message. answerCallbackQuery, deletions, chat actions and reads are
    free.
    """

    overall: Rate = Rate(30, 1, 30)
    chat: Rate = Rate(1, 1, 3)
    group: Rate = Rate(20, 60, 20)


class Bucket:
    """One token bucket."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate, at: float) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at = at

    def wait(self, at: float) -> float:
        """Seconds until a token is there; 0 when one is."""
        rate = self._rate
        self._tokens = min(rate.burst, self._tokens + (at - self._at) * rate.per_second)
        self._at = at
        # Sums of binary fractions come out a hair under a whole token.
        missing = 1 - self._tokens
        return 0.0 if missing <= 1e-9 else missing / rate.per_second

    def take(self) -> None:
        """Take one token; only after `wait` said 0."""
        self._tokens -= 1


class Pace:
    """All buckets of one bot."""

    def __init__(self, clock: MachineClock, limits: PaceLimits | None = None, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._clock = clock
        self._limits = limits or PaceLimits()
        self._overall = Bucket(self._limits.overall, clock())
        self._chats: dict[int, Bucket] = {}
        self._groups: dict[int, Bucket] = {}

    def take(self, chat_id: int) -> int:
        """Take a token from every bucket the chat is under, or from none.

        Returns 0, or the whole seconds after which to try again. Negative ids are groups.
        """
        if not self.enabled:
            return 0
        now = self._clock()
        buckets = [self._overall]
        chat = self._chats.get(chat_id)
        if chat is None:
            chat = self._chats[chat_id] = Bucket(self._limits.chat, now)
        buckets.append(chat)
        if chat_id < 0:
            group = self._groups.get(chat_id)
            if group is None:
                group = self._groups[chat_id] = Bucket(self._limits.group, now)
            buckets.append(group)
        wait = max(bucket.wait(now) for bucket in buckets)
        if wait > 0:
            return max(1, math.ceil(wait))
        for bucket in buckets:
            bucket.take()
        return 0
