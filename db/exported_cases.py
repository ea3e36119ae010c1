"""Cases and their moves, page by page, for an export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.database import Transaction
from db.exporting import ExportScope, Place


@dataclass(frozen=True, slots=True)
class ExportedCase:
    """A complaint from its opening to the customer's word; `..._took` are working time."""

    id: int
    external_id: str | None
    opened_at: datetime
    touchpoint: str | None
    team: str
    cause: str
    state: str
    severity: str
    order_id: str | None
    event_id: str | None
    answer_id: str | None
    metric: str | None
    score: int | None
    customer_id: str | None
    location: str | None
    employee: str | None
    first_response_due: datetime | None
    first_response_at: datetime | None
    first_response_took: timedelta | None
    claimed_at: datetime | None
    claimed_by: str | None
    resolve_due: datetime | None
    resolved_at: datetime | None
    resolve_took: timedelta | None
    close_reason: str | None
    given: Sequence[str] | None
    code_pools: Sequence[str] | None
    note: str | None
    solved_asked_at: datetime | None
    solved: bool | None
    confirmed_at: datetime | None
    times_reopened: int
    outbreak_id: int | None
    customer_messages: int
    staff_messages: int
    asked_again_at: datetime | None
    score_again: int | None


async def page(transaction: Transaction, scope: ExportScope, *, after: Place | None, limit: int) -> list[ExportedCase]:
    """Cases by the instant they opened, at most `limit` behind the one named by its instant and id."""
    after_at, after_id = after if after is not None else (None, None)
    rows = await transaction.rows(
        """
        with opened as (
            select * from cases c
             where ($1::timestamptz is null or c.opened_at >= $1)
               and ($2::timestamptz is null or c.opened_at < $2)
               and ($3::timestamptz is null or (c.opened_at, c.id) > ($3, $4::bigint))
               and ($6::text is null or c.touchpoint = $6)
             order by c.opened_at, c.id limit $5
        ), codes as (
            select case_id, array_agg(pool order by id) as pools from promo_codes
             where state = 'given' and case_id in (select id from opened) group by case_id
        )
        select k.id, k.external_id, k.opened_at, k.touchpoint, k.team, k.cause, k.state, k.severity,
               coalesce(k.order_id, e.order_id), e.external_id, coalesce(r.external_id, r.id::text), r.metric, r.score,
               c.external_id, k.location, k.employee,
               k.first_response_due, k.first_response_at, k.first_response_took, k.claimed_at, k.claimed_by_name,
               k.resolve_due, k.resolved_at, k.resolve_took, done.close_reason, done.given, codes.pools, done.note,
               k.solved_asked_at, k.solved,
               (select max(m.moved_at) from case_moves m where m.case_id = k.id and m.move = 'confirm'),
               k.round - 1, k.outbreak_id,
               (select count(*) from messages m where m.case_id = k.id or m.response_id = k.response_id),
               (select count(*) from staff_messages m where m.case_id = k.id),
               again.sent_at, (select score from responses where invitation_id = again.id)
          from opened k
          left join touchpoint_events e on e.id = k.event_id
          left join responses r on r.id = k.response_id
          left join customers c on c.id = k.customer_id
          left join codes on codes.case_id = k.id
          left join invitations again on again.event_id = k.event_id and again.purpose = 'recovery'
          left join lateral (
              select m.close_reason, m.given, m.note from case_moves m
               where m.case_id = k.id and m.move in ('resolve', 'dismiss') order by m.id desc limit 1
          ) as done on true
         order by k.opened_at, k.id
        """,
        scope.start,
        scope.end,
        after_at,
        after_id,
        limit,
        scope.touchpoint,
    )
    return [ExportedCase(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ExportedMove:
    """One move of a complaint."""

    id: int
    case_id: int
    moved_at: datetime
    touchpoint: str | None
    team: str
    move: str
    from_state: str | None
    to_state: str
    actor: str
    actor_name: str | None
    close_reason: str | None
    given: Sequence[str]
    note: str | None


async def moves_page(
    transaction: Transaction, scope: ExportScope, *, after: Place | None, limit: int
) -> list[ExportedMove]:
    """Moves of cases by their own instants, at most `limit` behind the one named by its instant and id."""
    after_at, after_id = after if after is not None else (None, None)
    rows = await transaction.rows(
        """
        select m.id, m.case_id, m.moved_at, c.touchpoint, c.team, m.move, m.from_state, m.to_state, m.actor,
               m.actor_name, m.close_reason, m.given, m.note
          from case_moves m
          join cases c on c.id = m.case_id
         where ($1::timestamptz is null or m.moved_at >= $1)
           and ($2::timestamptz is null or m.moved_at < $2)
           and ($3::timestamptz is null or (m.moved_at, m.id) > ($3, $4::bigint))
           and ($6::text is null or c.touchpoint = $6)
         order by m.moved_at, m.id limit $5
        """,
        scope.start,
        scope.end,
        after_at,
        after_id,
        limit,
        scope.touchpoint,
    )
    return [ExportedMove(*row) for row in rows]
