"""Counts of buyers kept for a day: three months of answers take seconds to count and an instant to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db.database import Transaction

KEPT = timedelta(days=7)
"""Without being asked for; then it goes, and nothing is prepared any more once all are gone."""


@dataclass(frozen=True, slots=True)
class BuyersKey:
    """Whose counts: the days in which their time began, and the digest of the part of everything that was counted."""

    since: date
    until: date
    scope: str


async def find(transaction: Transaction, key: BuyersKey, *, since: datetime, now: datetime) -> object:
    """What was counted last from `since` to `now`; None without it."""
    return await transaction.value(
        """
        select content from buyer_counts
         where since_on = $1 and until_on = $2 and scope = $3 and counted_at >= $4 and counted_at <= $5
        """,
        key.since,
        key.until,
        key.scope,
        since,
        now,
    )


async def keep(
    transaction: Transaction, key: BuyersKey, content: object, *, counted_at: datetime, asked_at: datetime | None
) -> None:
    """Keep what was counted in place of what was before; `asked_at` is None when nobody asked for it just now."""
    await transaction.run(
        """
        insert into buyer_counts as kept (since_on, until_on, scope, counted_at, asked_at, content)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (since_on, until_on, scope)
        do update set counted_at = excluded.counted_at, content = excluded.content,
                      asked_at = coalesce(excluded.asked_at, kept.asked_at)
        where kept.counted_at <= excluded.counted_at
        """,
        key.since,
        key.until,
        key.scope,
        counted_at,
        asked_at,
        content,
    )


async def note_asked(transaction: Transaction, key: BuyersKey, *, now: datetime) -> None:
    """Somebody read what is kept of them."""
    await transaction.run(
        "update buyer_counts set asked_at = $4 where since_on = $1 and until_on = $2 and scope = $3",
        key.since,
        key.until,
        key.scope,
        now,
    )


async def tidy(transaction: Transaction, *, now: datetime) -> bool:
    """Drop what nobody reads any more; whether somebody asked for any of it lately."""
    await transaction.run(
        "delete from buyer_counts where coalesce(asked_at, counted_at) < $1::timestamptz - $2::interval", now, KEPT
    )
    return bool(
        await transaction.value(
            "select exists (select from buyer_counts where asked_at >= $1::timestamptz - $2::interval)", now, KEPT
        )
    )
