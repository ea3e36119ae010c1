"""What was done to cases in a period, by whom and where: all of it in one walk over the cases it was done to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction
from db.reports import CASE_ATTRIBUTES, EVERYTHING, Narrowing, narrow


@dataclass(frozen=True, slots=True)
class Scope:
    """The cases that are counted: of a part of everything, of one person; None: of all people."""

    narrowing: Narrowing = EVERYTHING
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """Cases of the same team, person, touchpoint and reason that ended the same, and what was done to them.

    A case belongs to the team and the person that have it now, and to the reason its last solution named. A person is
    known by `person_id`, the messenger's, or by the name alone (`unnumbered`); `name` is that of the case `latest_id`.
    `cases` were moved in the period. `settled` were last resolved in it and still are, as `state` and the customer's
    word `solved` say, with the score `asked_again`. `response_took` and `resolve_took` are working microseconds.
    """

    team: str | None
    person_id: int | None
    unnumbered: str | None
    touchpoint: str | None
    close_reason: str | None
    state: str | None
    solved: bool | None
    metric: str | None
    asked_again: int | None
    latest_id: int
    name: str | None
    settled: int
    cases: int
    opened: int
    claimed: int
    resolved: int
    confirmed: int
    reopened: int
    dismissed: int
    overdue: int
    response_took: Sequence[int]
    resolve_took: Sequence[int]


_MOVES = {
    "opened": "move = 'open'",
    "claimed": "move = 'claim'",
    "resolved": "move = 'resolve'",
    "confirmed": "move = 'confirm'",
    "reopened": "move = 'reopen' and from_state <> 'dismissed'",
    "dismissed": "move = 'dismiss'",
}

_GROUP = "team, person_id, unnumbered, touchpoint, close_reason, state, solved, metric, score"


async def case_groups(
    transaction: Transaction, scope: Scope, *, start: datetime, end: datetime, known_at: datetime
) -> list[CaseGroup]:
    """The moves of [start, end), each by its own instant, the reactions and solutions in it, and the broken promises.

    A promise that runs out after `known_at` is not broken yet; a case breaks one at most.
    """
    arguments: list[object] = [start, end, min(end, known_at)]
    narrowed = narrow(arguments, scope.narrowing, CASE_ATTRIBUTES, prefix="c.")
    if scope.person_id is not None:
        arguments.append(scope.person_id)
        narrowed += f" and c.claimed_by = ${len(arguments)}"
    moves = ", ".join(f"count(*) filter (where {move}) as {name}" for name, move in _MOVES.items())
    rows = await transaction.rows(
        f"""
        with moved as materialized (
            select case_id as id, {moves}
              from case_moves where moved_at >= $1 and moved_at < $2 group by case_id
        ), late as materialized (
            select id from cases
             where first_response_due >= $1 and first_response_due < $3
               and (first_response_at is null or first_response_at > first_response_due)
            union
            select id from cases
             where resolve_due >= $1 and resolve_due < $3 and (resolved_at is null or resolved_at > resolve_due)
               and not (state = 'dismissed' and changed_at <= resolve_due)
        ), touched as materialized (
            select id from moved
            union select id from late
            union select id from cases where first_response_at >= $1 and first_response_at < $2
            union select id from cases where resolved_at >= $1 and resolved_at < $2
        ), told as materialized (
            select c.id, c.team, c.touchpoint, c.claimed_by as person_id,
                   case when c.claimed_by is null then c.claimed_by_name end as unnumbered,
                   (select r.close_reason from case_moves r
                     where r.case_id = c.id and r.move = 'resolve' order by r.id desc limit 1) as close_reason,
                   case when c.first_response_at >= $1 and c.first_response_at < $2
                        then c.first_response_took end as response_took,
                   case when c.resolved_at >= $1 and c.resolved_at < $2 then c.resolve_took end as resolve_took,
                   case when s.is_settled then c.state end as state, case when s.is_settled then c.solved end as solved,
                   again.metric, again.score
              from touched t
              join cases c on c.id = t.id
             cross join lateral (
                   select c.resolved_at >= $1 and c.resolved_at < $2
                          and c.state in ('resolved', 'confirmed') as is_settled) s
              left join lateral (
                   select r.metric, r.score::int from responses r
                    where s.is_settled and r.event_id = c.event_id and r.purpose = 'recovery'
                      and r.metric = coalesce((select f.metric from responses f where f.id = c.response_id), r.metric)
                    order by r.id desc limit 1) again on true
             where true{narrowed}
        ), grouped as (
            select {_GROUP}, max(id) as latest_id, count(state) as settled, count(m.id) as cases,
                   {", ".join(f"coalesce(sum({name}), 0)::bigint as {name}" for name in _MOVES)},
                   count(l.id) as overdue,
                   array_agg((date_part('epoch', response_took) * 1000000)::bigint)
                       filter (where response_took is not null) as response_took,
                   array_agg((date_part('epoch', resolve_took) * 1000000)::bigint)
                       filter (where resolve_took is not null) as resolve_took
              from told left join moved m using (id) left join late l using (id)
             group by {_GROUP}
        )
        select {_GROUP}, latest_id, (select claimed_by_name from cases where id = latest_id), settled, cases,
               {", ".join(_MOVES)}, overdue, coalesce(response_took, '{{}}'), coalesce(resolve_took, '{{}}')
          from grouped
        """,
        *arguments,
    )
    return [CaseGroup(*row) for row in rows]
