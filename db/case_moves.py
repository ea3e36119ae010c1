"""What became of cases: each move with who and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class MoveRecord:
    """A move that was decided under the case's lock, and what the case is after it.

    `claimed_by` and `team` are as they are from now on. `first_response_took` and `resolve_took` are working time,
    None where this move is neither the first reaction nor a solution.
    """

    case_id: int
    move: str
    from_state: str
    to_state: str
    actor: str
    actor_id: int | None
    actor_name: str | None
    team: str
    claimed_by: int | None
    claimed_by_name: str | None
    close_reason: str | None = None
    given: tuple[str, ...] = ()
    note: str | None = None
    first_response_took: timedelta | None = None
    resolve_took: timedelta | None = None
    resolve_due: datetime | None = None


async def move(transaction: Transaction, record: MoveRecord, *, now: datetime) -> int:
    """Store a move; its id. Reopening begins a new round: the customer's word about the last one does not count."""
    move_id = await transaction.value(
        """
        with changed as (
            update cases
               set state = $4,
                   changed_at = $17,
                   team = $8,
                   claimed_at = case when $9::bigint is null and $10::text is null then null
                                     when claimed_by is not distinct from $9
                                          and ($9 is not null or claimed_by_name = $10) then claimed_at
                                     else $17 end,
                   claimed_by = $9,
                   claimed_by_name = $10,
                   first_response_at = coalesce(first_response_at, case when $14::interval is not null then $17 end),
                   first_response_took = coalesce(first_response_took, $14),
                   resolve_took = case when $2 = 'reopen' then null else coalesce($15, resolve_took) end,
                   resolve_due = coalesce($16, resolve_due),
                   resolved_at = case when $4 = 'resolved' then $17
                                      when $2 = 'confirm' then coalesce(resolved_at, $17)
                                      when $2 = 'reopen' then null
                                      else resolved_at end,
                   folded = false,
                   round = round + case when $2 = 'reopen' then 1 else 0 end,
                   solved = case $2 when 'confirm' then true when 'reopen' then null else solved end,
                   solved_asked_at = case when $2 = 'reopen' then null else solved_asked_at end
             where id = $1
        )
        insert into case_moves (case_id, move, from_state, to_state, actor, actor_id, actor_name,
                                close_reason, given, note, moved_at)
        values ($1, $2, $3, $4, $5, $6, $7, $11, $12, $13, $17)
        returning id
        """,
        record.case_id,
        record.move,
        record.from_state,
        record.to_state,
        record.actor,
        record.actor_id,
        record.actor_name,
        record.team,
        record.claimed_by,
        record.claimed_by_name,
        record.close_reason,
        list(record.given),
        record.note,
        record.first_response_took,
        record.resolve_took,
        record.resolve_due,
        now,
    )
    assert isinstance(move_id, int)
    return move_id
