"""Figures that say whether the installation can do its work; each is cheap enough to be asked every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """A channel as stored; instants are machine time."""

    channel: str
    unknown_in_a_row: int
    paused_until: datetime | None
    is_paused: bool
    last_update_at: datetime | None


@dataclass(frozen=True, slots=True)
class FailingChat:
    """A team chat that refuses our messages."""

    chat: str
    since: datetime
    failure: str | None


@dataclass(frozen=True, slots=True)
class SetAsideFigure:
    """How many updates of a channel could not be handled, and when the last of them came."""

    channel: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class QueueFigure:
    """What one kind has in the queue, and the earliest instant at which any of it was due."""

    kind: str
    state: str
    count: int
    oldest_due_at: datetime


async def revision(transaction: Transaction) -> str | None:
    """The revision the schema is at, None when it was never migrated."""
    if await transaction.value("select to_regclass('alembic_version')") is None:
        return None
    value = await transaction.value("select version_num from alembic_version")
    return str(value) if value is not None else None


async def catalogue_version(transaction: Transaction) -> int | None:
    """The version of the catalogue in force."""
    value = await transaction.value("select max(id) from catalogue_versions")
    return value if isinstance(value, int) else None


async def channel_figures(transaction: Transaction) -> tuple[ChannelFigures, ...]:
    """Every channel that was ever used."""
    rows = await transaction.rows(
        """
        select channel, unknown_in_a_row, paused_until, coalesce(paused_until > clock_timestamp(), false) as is_paused,
               last_update_at
          from channels order by channel
        """
    )
    return tuple(ChannelFigures(**dict(row)) for row in rows)


async def failing_chats(transaction: Transaction) -> tuple[FailingChat, ...]:
    """Team chats that refused the last message."""
    rows = await transaction.rows(
        "select chat, failing_since as since, failure from team_chats where failing_since is not null order by chat"
    )
    return tuple(FailingChat(**dict(row)) for row in rows)


async def set_aside_figures(transaction: Transaction, *, since: datetime) -> tuple[SetAsideFigure, ...]:
    """Channels of which updates that came since then could not be handled."""
    rows = await transaction.rows(
        """
        select channel, count(*) as count, max(received_at) as last_at
          from updates_set_aside where received_at > $1 group by channel order by channel
        """,
        since,
    )
    return tuple(SetAsideFigure(**dict(row)) for row in rows)


async def queue_figures(transaction: Transaction, *, now: datetime) -> tuple[QueueFigure, ...]:
    """What is due by now or being sent; both states have partial indexes, so the settled past costs nothing."""
    rows = await transaction.rows(
        """
        select kind, state, count(*) as count, min(due_at) as oldest_due_at
          from schedule where state = 'due' and due_at <= $1 group by kind, state
        union all
        select kind, state, count(*), min(due_at) from schedule where state = 'sending' group by kind, state
        """,
        now,
    )
    return tuple(QueueFigure(**dict(row)) for row in rows)


async def open_cases(transaction: Transaction) -> dict[str, int]:
    """How many cases are in each unsettled state."""
    rows = await transaction.rows(
        "select state, count(*) as count from cases where state in ('open', 'claimed', 'waiting') group by state"
    )
    return {row["state"]: row["count"] for row in rows}


async def waiting_invitations(transaction: Transaction) -> int:
    """How many events wait for a reachable messenger."""
    value = await transaction.value("select count(*) from invitations where state = 'waiting'")
    assert isinstance(value, int)
    return value


async def server_time(transaction: Transaction) -> datetime:
    """Machine time as the server has it."""
    now = await transaction.value("select clock_timestamp()")
    assert isinstance(now, datetime)
    return now
