"""Journeys counted before they are asked for again: large ones take seconds to count and an instant to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from db.database import Transaction

KEPT = timedelta(days=7)
"""Without being asked for; then it goes, and nothing is prepared any more once all are gone."""


@dataclass(frozen=True, slots=True)
class JourneyKey:
    """Which journey: its days, how long people are followed, and the catalogue it was counted under."""

    starts_on: date
    ends_on: date
    within: timedelta
    catalogue_version_id: int


@dataclass(frozen=True, slots=True)
class PreparedJourney:
    """What was counted, and when."""

    counted_at: datetime
    content: object


async def find(transaction: Transaction, key: JourneyKey) -> PreparedJourney | None:
    """What was counted last for this journey."""
    row = await transaction.row(
        """
        select counted_at, content from journey_counts
         where starts_on = $1 and ends_on = $2 and within = $3 and catalogue_version_id = $4
        """,
        key.starts_on,
        key.ends_on,
        key.within,
        key.catalogue_version_id,
    )
    return None if row is None else PreparedJourney(*row)


async def keep(
    transaction: Transaction, key: JourneyKey, content: object, *, counted_at: datetime, asked_at: datetime | None
) -> None:
    """Keep what was counted in place of what was before; `asked_at` is None when nobody asked for it just now."""
    await transaction.run(
        """
        insert into journey_counts as kept (starts_on, ends_on, within, catalogue_version_id, counted_at, asked_at,
                                            content)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (starts_on, ends_on, within, catalogue_version_id)
        do update set counted_at = excluded.counted_at, content = excluded.content,
                      asked_at = coalesce(excluded.asked_at, kept.asked_at)
        where kept.counted_at <= excluded.counted_at
        """,
        key.starts_on,
        key.ends_on,
        key.within,
        key.catalogue_version_id,
        counted_at,
        asked_at,
        content,
    )


async def note_asked(transaction: Transaction, key: JourneyKey, *, now: datetime) -> None:
    """Somebody read what is kept of this journey."""
    await transaction.run(
        """
        update journey_counts set asked_at = $5
         where starts_on = $1 and ends_on = $2 and within = $3 and catalogue_version_id = $4
        """,
        key.starts_on,
        key.ends_on,
        key.within,
        key.catalogue_version_id,
        now,
    )


async def tidy(transaction: Transaction, *, now: datetime) -> bool:
    """Drop what nobody reads any more; whether somebody asked for a large journey lately."""
    await transaction.run("delete from journey_counts where counted_at < $1::timestamptz - $2::interval", now, KEPT)
    return bool(
        await transaction.value(
            "select exists (select from journey_counts where asked_at >= $1::timestamptz - $2::interval)", now, KEPT
        )
    )
