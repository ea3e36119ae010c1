"""What all processes share about a channel: its pace, who polls it, whether it is paused, what it could not handle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db import budget, channels, leases
from db.database import Database
from db.outages import is_outage
from surveys.rules.pace import Limit, Slot, hold_of, limits_of, take_slots

__all__ = [
    "POLLING_LEASE",
    "ChannelState",
    "Slot",
    "channel_state",
    "forget_handled_events",
    "forget_idle_limits",
    "go_on",
    "hold_back",
    "is_event_handled",
    "is_outage",
    "note_event_handled",
    "pause_channel",
    "release_polling",
    "remember_bot",
    "remember_offset",
    "reserve_slots",
    "set_update_aside",
    "take_polling",
]

POLLING_LEASE = timedelta(seconds=20)
"""How long a poller that died keeps others from polling."""

IDLE_LIMIT = timedelta(minutes=5)

REPEATED_FOR = timedelta(days=2)
"""How long a messenger may bring an event again."""


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What is stored of a channel; instants are machine time."""

    username: str | None = None
    unknown_in_a_row: int = 0
    paused_until: datetime | None = None
    poll_offset: int | None = None
    last_update_at: datetime | None = None


async def reserve_slots(
    database: Database, channel: str, chat_ids: Sequence[int], *, rate: float, direct: bool, longest_wait: float
) -> list[Slot]:
    """One slot of the channel's pace for a message to each of these chats, in order; machine time in seconds.

    `rate` is messages a second, above 0. A slot further away than `longest_wait` is refused and not taken.
    """
    asked: list[tuple[Limit, ...]] = [limits_of(channel, chat_id, rate) for chat_id in chat_ids]
    held = hold_of(channel)
    keys = {limit.key for limits in asked for limit in limits} | {held.key}
    async with database.transaction() as transaction:
        next_at, now = await budget.lock_slots(transaction, keys)
        slots, changed = take_slots(
            next_at, asked, held_until=next_at[held.key], now=now, direct=direct, longest_wait=longest_wait
        )
        if changed:
            await budget.store_slots(transaction, changed)
    return slots


async def hold_back(database: Database, channel: str, seconds: float) -> None:
    """Send nothing through the channel for so many seconds: the messenger asked for it (429)."""
    async with database.autocommit() as transaction:
        await budget.hold(transaction, hold_of(channel).key, seconds)


async def forget_idle_limits(database: Database) -> int:
    """Delete the pace of chats nobody wrote to lately; the number deleted."""
    async with database.autocommit() as transaction:
        return await budget.forget_idle(transaction, IDLE_LIMIT.total_seconds())


async def take_polling(database: Database, channel: str, holder: str, *, lasting: timedelta = POLLING_LEASE) -> bool:
    """Become or stay the one process that polls the channel; False while another one is."""
    async with database.autocommit() as transaction:
        return await leases.take(transaction, f"poll:{channel}", holder, lasting)


async def release_polling(database: Database, channel: str, holder: str) -> None:
    """Let another process poll the channel at once."""
    async with database.autocommit() as transaction:
        await leases.release(transaction, f"poll:{channel}", holder)


async def remember_bot(database: Database, channel: str, username: str | None) -> None:
    """Remember under what name the bot is found; links need it in processes that have no token."""
    async with database.autocommit() as transaction:
        await channels.store_username(transaction, channel, username)


async def remember_offset(database: Database, channel: str, offset: int) -> None:
    """Note up to where updates were handled, and that some arrived just now; for `doctor` and `/readyz`."""
    async with database.autocommit() as transaction:
        await channels.store_poll_offset(transaction, channel, offset)


async def set_update_aside(
    database: Database, channel: str, *, update_id: int | None, error: str, content: str, received_at: datetime
) -> None:
    """Keep an update that could not be decoded or handled, so that it stops nothing and is not lost."""
    async with database.autocommit() as transaction:
        await channels.set_update_aside(
            transaction,
            channel,
            update_id=update_id,
            error=error,
            # PostgreSQL's text holds neither NUL nor halves of surrogate pairs
            content=content.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode(),
            received_at=received_at,
        )


async def is_event_handled(database: Database, channel: str, event_id: str) -> bool:
    """Whether this event was brought, and handled, before."""
    async with database.autocommit() as transaction:
        return await channels.is_event_handled(transaction, channel, event_id)


async def note_event_handled(database: Database, channel: str, event_id: str) -> None:
    """The event's work is committed: should the messenger bring it again, there is nothing to do."""
    async with database.autocommit() as transaction:
        await channels.add_handled_event(transaction, channel, event_id)


async def forget_handled_events(database: Database) -> int:
    """Forget events no messenger brings again; the number of them."""
    async with database.autocommit() as transaction:
        return await channels.forget_handled_events(transaction, REPEATED_FOR)


async def channel_state(database: Database, channel: str) -> ChannelState:
    """What is stored of the channel."""
    async with database.autocommit() as transaction:
        row = await channels.read(transaction, channel)
    if row is None:
        return ChannelState()
    return ChannelState(row.username, row.unknown_in_a_row, row.paused_until, row.poll_offset, row.last_update_at)


async def pause_channel(database: Database, channel: str, *, lasting: timedelta) -> None:
    """Send nothing through the channel for so long, in every process."""
    async with database.autocommit() as transaction:
        await channels.pause(transaction, channel, lasting)


async def go_on(database: Database, channel: str) -> None:
    """The channel answered again: send through it."""
    async with database.autocommit() as transaction:
        await channels.go_on(transaction, channel)
