"""How fast messages may leave: each limit keeps the instant of its next free slot (the generic cell rate algorithm)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WHOLE_CHANNEL = 0
"""The chat id under which a channel's own pace is kept."""

SCHEDULED_BURST = 8
"""Slots the schedule may catch up after having been late; with DIRECT_AHEAD below Telegram's burst of 30."""

DIRECT_AHEAD = 16
"""Slots by which a direct answer overtakes the schedule."""

CHAT_INTERVAL = 1.0
CHAT_BURST = 3
"""One message a second to a chat, short bursts tolerated (Telegram's FAQ)."""

CHAT_SLACK = 0.1
"""Added where a chat's slot is waited for: an earlier message may have arrived that much after its own slot."""

GROUP_INTERVAL = 3.0
GROUP_BURST = 17
"""Twenty messages a minute to a group (Telegram's FAQ), three of them kept for staff's own commands."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One pace: a slot each `interval` seconds, and `burst` slots at once after a rest.

    `slack` seconds are added to a slot that is waited for.
    """

    name: str
    chat_id: int
    interval: float
    burst: int
    slack: float = 0.0

    @property
    def key(self) -> tuple[str, int]:
        """Under what the limit is stored."""
        return self.name, self.chat_id


@dataclass(frozen=True, slots=True)
class Slot:
    """When one message may leave, in seconds from now; `refused` when that is too far to hold it for."""

    wait: float
    refused: bool = False


def limits_of(channel: str, chat_id: int, rate: float) -> tuple[Limit, ...]:
    """The limits a message to this chat takes from; `rate` is the channel's messages a second."""
    whole = Limit(channel, WHOLE_CHANNEL, 1 / rate, SCHEDULED_BURST)
    chat = Limit(f"{channel}:chat", chat_id, CHAT_INTERVAL, CHAT_BURST, CHAT_SLACK)
    if chat_id > 0:
        return whole, chat
    return whole, chat, Limit(f"{channel}:group", chat_id, GROUP_INTERVAL, GROUP_BURST)


def hold_of(channel: str) -> Limit:
    """Where a channel keeps the instant before which the messenger wants nothing at all."""
    return Limit(f"{channel}:hold", WHOLE_CHANNEL, 0.0, 1)


def take_slots(
    next_at: Mapping[tuple[str, int], float],
    asked: Sequence[tuple[Limit, ...]],
    *,
    held_until: float,
    now: float,
    direct: bool,
    longest_wait: float,
) -> tuple[list[Slot], dict[tuple[str, int], float]]:
    """One slot for each message asked for, and what the limits' next free slots become.

    Times are machine seconds. A message that would have to wait longer than `longest_wait` is refused
    and takes nothing.
    """
    state = dict(next_at)
    slots: list[Slot] = []
    for limits in asked:
        starts = [max(state.get(limit.key, 0.0), now - (limit.burst - 1) * limit.interval) for limit in limits]
        at = max(now, held_until)
        for limit, start in zip(limits, starts, strict=True):
            ahead = DIRECT_AHEAD * limit.interval if direct and limit.chat_id == WHOLE_CHANNEL else 0.0
            if start - ahead > now:
                at = max(at, start - ahead + limit.slack)
        wait = at - now
        if wait > longest_wait:
            slots.append(Slot(wait, refused=True))
            continue
        slots.append(Slot(wait))
        for limit, start in zip(limits, starts, strict=True):
            state[limit.key] = max(start, at - (limit.burst - 1) * limit.interval) + limit.interval
    changed = {key: value for key, value in state.items() if next_at.get(key) != value}
    return slots, changed
