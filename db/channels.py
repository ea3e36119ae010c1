"""What is known of each channel: the bot's name, where polling stands, whether it is paused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel; instants are machine time."""

    channel: str
    username: str | None
    unknown_in_a_row: int
    paused_until: datetime | None
    poll_offset: int | None
    last_update_at: datetime | None


async def read(transaction: Transaction, channel: str) -> ChannelRow | None:
    """The channel, once anything was stored for it."""
    row = await transaction.row(
        """
        select channel, username, unknown_in_a_row, paused_until, poll_offset, last_update_at
          from channels where channel = $1
        """,
        channel,
    )
    return ChannelRow(**dict(row)) if row else None


async def known(transaction: Transaction) -> frozenset[str]:
    """The channels whose bot has answered this installation."""
    rows = await transaction.rows("select channel from channels where username is not null")
    return frozenset(row["channel"] for row in rows)


async def store_username(transaction: Transaction, channel: str, username: str | None) -> None:
    """Remember under what name the bot is found."""
    await transaction.run(
        """
        insert into channels (channel, username) values ($1, $2)
        on conflict (channel) do update set username = excluded.username
         where channels.username is distinct from excluded.username
        """,
        channel,
        username,
    )


async def store_poll_offset(transaction: Transaction, channel: str, offset: int) -> None:
    """Remember up to where updates were handled, and that updates arrived just now."""
    await transaction.run(
        """
        insert into channels (channel, poll_offset, last_update_at) values ($1, $2, clock_timestamp())
        on conflict (channel) do update
           set poll_offset = excluded.poll_offset, last_update_at = excluded.last_update_at
        """,
        channel,
        offset,
    )


async def pause(transaction: Transaction, channel: str, lasting: timedelta) -> None:
    """Send nothing through the channel for so long, in every process."""
    await transaction.run(
        """
        insert into channels (channel, paused_until) values ($1, clock_timestamp() + $2::interval)
        on conflict (channel) do update set paused_until = excluded.paused_until
        """,
        channel,
        lasting,
    )


async def go_on(transaction: Transaction, channel: str) -> None:
    """End a pause."""
    await transaction.run("update channels set paused_until = null, unknown_in_a_row = 0 where channel = $1", channel)


async def set_update_aside(
    transaction: Transaction, channel: str, *, update_id: int | None, error: str, content: str, received_at: datetime
) -> None:
    """Keep an update that could not be handled."""
    await transaction.run(
        """
        insert into updates_set_aside (channel, update_id, error, content, received_at)
        select $1, $2, $3, $4, $5
         where not exists (
               select from updates_set_aside
                where channel = $1 and update_id is not distinct from $2 and (update_id is not null or content = $4))
        """,
        channel,
        update_id,
        error,
        content,
        received_at,
    )


async def is_event_handled(transaction: Transaction, channel: str, event_id: str) -> bool:
    """Whether the event is noted as handled."""
    found = await transaction.value(
        "select exists (select from handled_events where channel = $1 and event_id = $2)", channel, event_id
    )
    return found is True


async def add_handled_event(transaction: Transaction, channel: str, event_id: str) -> None:
    """Note the event as handled."""
    await transaction.run(
        """
        insert into handled_events (channel, event_id, handled_at) values ($1, $2, clock_timestamp())
        on conflict (channel, event_id) do nothing
        """,
        channel,
        event_id,
    )


async def forget_handled_events(transaction: Transaction, older_than: timedelta) -> int:
    """Delete what was handled longer ago than that; the number deleted."""
    return await transaction.run(
        "delete from handled_events where handled_at < clock_timestamp() - $1::interval", older_than
    )
