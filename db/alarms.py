"""Alarms: what rose, by which numbers, and what ended it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from db.database import Transaction

Numbers = Mapping[str, object]
"""Evidence as it is stored: JSON."""


@dataclass(frozen=True, slots=True)
class StoredAlarm:
    """An alarm; open until `cleared_at`. `location` is None for one that is not about a location."""

    id: int
    kind: str
    touchpoint: str | None
    location: str | None
    risen_at: datetime
    evidence: Numbers = field(hash=False)
    cleared_at: datetime | None = None
    ending: str | None = None
    clearing: Numbers | None = field(default=None, hash=False)


_VIEW = "select id, kind, touchpoint, location, risen_at, evidence, cleared_at, ending, clearing from alarms"


async def rise(
    transaction: Transaction,
    kind: str,
    touchpoint: str | None,
    location: str | None,
    evidence: Numbers,
    *,
    now: datetime,
) -> int | None:
    """A new alarm's id; None when one of this kind and place is open already."""
    risen = await transaction.value(
        """
        insert into alarms (kind, touchpoint, location, risen_at, evidence) values ($1, $2, $3, $4, $5)
        on conflict (kind, touchpoint, location) where cleared_at is null do nothing
        returning id
        """,
        kind,
        touchpoint,
        location,
        now,
        evidence,
    )
    assert risen is None or isinstance(risen, int)
    return risen


async def end(transaction: Transaction, alarm_id: int, ending: str, clearing: Numbers | None, *, now: datetime) -> bool:
    """The alarm is over; False when somebody else ended it."""
    return bool(
        await transaction.run(
            "update alarms set cleared_at = $4, ending = $2, clearing = $3 where id = $1 and cleared_at is null",
            alarm_id,
            ending,
            clearing,
            now,
        )
    )


async def find(transaction: Transaction, alarm_id: int) -> StoredAlarm | None:
    """One alarm as it stands."""
    row = await transaction.row(f"{_VIEW} where id = $1", alarm_id)
    return None if row is None else StoredAlarm(*row)


async def list_open(transaction: Transaction) -> list[StoredAlarm]:
    """The open alarms, the newest first."""
    rows = await transaction.rows(f"{_VIEW} where cleared_at is null order by risen_at desc, id desc")
    return [StoredAlarm(*row) for row in rows]


async def list_cleared(transaction: Transaction, *, limit: int) -> list[StoredAlarm]:
    """The alarms that ended last, the last one first."""
    rows = await transaction.rows(
        f"{_VIEW} where cleared_at is not null order by cleared_at desc, id desc limit $1", limit
    )
    return [StoredAlarm(*row) for row in rows]


async def list_risen(transaction: Transaction, *, start: datetime, end: datetime) -> list[StoredAlarm]:
    """The alarms that rose in [start, end), in that order."""
    rows = await transaction.rows(f"{_VIEW} where risen_at >= $1 and risen_at < $2 order by risen_at, id", start, end)
    return [StoredAlarm(*row) for row in rows]


async def cleared_since(
    transaction: Transaction, kind: str, since: datetime
) -> dict[tuple[str | None, str | None], datetime]:
    """When alarms of the kind last ended since then, by touchpoint and location."""
    rows = await transaction.rows(
        """
        select touchpoint, location, max(cleared_at) as cleared_at from alarms
         where kind = $1 and cleared_at >= $2 group by touchpoint, location
        """,
        kind,
        since,
    )
    return {(row["touchpoint"], row["location"]): row["cleared_at"] for row in rows}


async def lock_untold(transaction: Transaction, alarm_id: int, detail: str) -> set[str]:
    """The recipients whose notice still waits; it waits on until the transaction ends."""
    rows = await transaction.rows(
        """
        select recipient from schedule
         where subject_id = $1 and kind = 'notice' and detail = $2 and state = 'due'
           for no key update
        """,
        alarm_id,
        detail,
    )
    return {row["recipient"] for row in rows}


async def recipients(transaction: Transaction, alarm_id: int, detail: str) -> list[str]:
    """To whom the notice was scheduled and may have come."""
    rows = await transaction.rows(
        """
        select recipient from schedule
         where subject_id = $1 and kind = 'notice' and detail = $2 and state in ('due', 'sending', 'sent', 'unknown')
         order by recipient
        """,
        alarm_id,
        detail,
    )
    return [row["recipient"] for row in rows]
