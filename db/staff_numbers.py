"""What happened to a case, move by move, and what somebody of staff did lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class CaseMoveRow:
    """A move of a case: who made it, and when."""

    move: str
    moved_at: datetime
    actor: str
    actor_name: str | None


@dataclass(frozen=True, slots=True)
class StaffNumbers:
    """What somebody did within a period; the median is working time, None when they were never the first to react."""

    claimed: int
    resolved: int
    confirmed: int
    median_first_response: timedelta | None


async def moves_of(transaction: Transaction, case_id: int) -> list[CaseMoveRow]:
    """Everything that was done to the case, oldest first."""
    rows = await transaction.rows(
        "select move, moved_at, actor, actor_name from case_moves where case_id = $1 order by id", case_id
    )
    return [CaseMoveRow(*row) for row in rows]


async def count_messages(transaction: Transaction, case_id: int) -> int:
    """How many messages of the customer belong to the case."""
    count = await transaction.value(
        """
        select count(*) from messages m join cases c on c.id = $1
         where m.case_id = c.id or (m.response_id = c.response_id and m.case_id is null)
        """,
        case_id,
    )
    assert isinstance(count, int)
    return count


async def numbers_of(transaction: Transaction, telegram_id: int, since: datetime) -> StaffNumbers:
    """What somebody claimed and resolved since then, and how much of it the customer has confirmed."""
    row = await transaction.row(
        """
        select count(*) filter (where m.move = 'claim'),
               count(distinct m.case_id) filter (where m.move = 'resolve'),
               count(distinct m.case_id) filter (where m.move = 'resolve' and c.state = 'confirmed'),
               percentile_cont(0.5) within group (order by c.first_response_took)
                   filter (where m.moved_at = c.first_response_at)
          from case_moves m join cases c on c.id = m.case_id
         where m.actor_id = $1 and m.moved_at >= $2
        """,
        telegram_id,
        since,
    )
    assert row is not None
    return StaffNumbers(*row)
