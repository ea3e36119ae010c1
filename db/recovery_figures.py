"""What a report on recovery counts: what became of cases, by whom and where, and what it brought.

Each query reads one period through its index. Where several things are counted at once each row says of which part
it is: `total`, or one `team`, `person`, `touchpoint` or close `reason`. A case belongs to the team and the person that
have it now, and to the reason its last solution named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from db.database import Transaction
from db.reports import CASE_ATTRIBUTES, EVERYTHING, Narrowing, narrow


@dataclass(frozen=True, slots=True)
class Part:
    """Whose cases were counted: everybody's (`total`), or those of one value; None: nobody's, no reason.

    A person is known by `person_id`, the messenger's, or by the name alone; `value` is the latest name.
    """

    part: str
    value: str | None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class PartCounts:
    """What was done to cases of the part in the period."""

    of: Part
    cases: int
    opened: int
    claimed: int
    resolved: int
    confirmed: int
    reopened: int
    dismissed: int


@dataclass(frozen=True, slots=True)
class PartMedians:
    """The median working time of the first reactions, or of the solutions, in the period."""

    of: Part
    median: timedelta | None


@dataclass(frozen=True, slots=True)
class PartOverdue:
    """The cases whose promise ran out in the period unkept."""

    of: Part
    overdue: int


@dataclass(frozen=True, slots=True)
class PartSettled:
    """The cases resolved in the period that stand the same now: the customer's word, and the score when asked again."""

    of: Part
    state: str
    solved: bool | None
    metric: str | None
    asked_again: int | None
    count: int


@dataclass(frozen=True, slots=True)
class PairCount:
    """How often the same event was rated `first` and, asked again in the period, `again`."""

    metric: str
    first: int
    again: int
    count: int


@dataclass(frozen=True, slots=True)
class BuyerCount:
    """People who bought again, or did not; `unhappy` those with a case, told by what became of it."""

    unhappy: bool
    solved: bool | None
    metric: str | None
    asked_again: int | None
    bought: bool
    count: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The cases that are counted: of a part of everything, of one person; None: of all people."""

    narrowing: Narrowing = EVERYTHING
    person_id: int | None = None


_CASE = """
    c.id, c.team, c.touchpoint, c.claimed_by as person_id, c.claimed_by_name,
    case when c.claimed_by is null then c.claimed_by_name end as unnumbered,
    (select r.close_reason from case_moves r
      where r.case_id = c.id and r.move = 'resolve' order by r.id desc limit 1) as close_reason
"""

_PART = """
    case when grouping(team) = 0 then 'team' when grouping(person_id) = 0 then 'person'
         when grouping(touchpoint) = 0 then 'touchpoint' when grouping(close_reason) = 0 then 'reason'
         else 'total' end as part,
    case when grouping(person_id) = 0 then (array_agg(claimed_by_name order by id desc))[1]
         else coalesce(team, touchpoint, close_reason) end as value,
    person_id
"""

_MOVES = ("opened", "claimed", "resolved", "confirmed", "reopened", "dismissed")
_PARTS = ("", "team", "person_id, unnumbered", "touchpoint", "close_reason")


def _grouped(*besides: str) -> str:
    """The grouping by each part, and within it by what else is told apart."""
    sets = (", ".join(filter(None, (part, *besides))) for part in _PARTS)
    return f"group by grouping sets ({', '.join(f'({one})' for one in sets)})"


def _narrow(arguments: list[object], scope: Scope) -> str:
    narrowed = narrow(arguments, scope.narrowing, CASE_ATTRIBUTES, prefix="c.")
    if scope.person_id is not None:
        arguments.append(scope.person_id)
        narrowed += f" and c.claimed_by = ${len(arguments)}"
    return narrowed


async def move_counts(transaction: Transaction, scope: Scope, *, start: datetime, end: datetime) -> list[PartCounts]:
    """The moves of [start, end), each by its own instant; `cases` are those that were moved."""
    arguments: list[object] = [start, end]
    rows = await transaction.rows(
        f"""
        select {_PART}, count(*),
               {", ".join(f"coalesce(sum({move}), 0)::bigint" for move in _MOVES)}
          from (select {_CASE}, m.*
                  from (select case_id,
                               count(*) filter (where move = 'open') as opened,
                               count(*) filter (where move = 'claim') as claimed,
                               count(*) filter (where move = 'resolve') as resolved,
                               count(*) filter (where move = 'confirm') as confirmed,
                               count(*) filter (where move = 'reopen' and from_state <> 'dismissed') as reopened,
                               count(*) filter (where move = 'dismiss') as dismissed
                          from case_moves
                         where moved_at >= $1 and moved_at < $2
                         group by case_id) m
                  join cases c on c.id = m.case_id
                 where true{_narrow(arguments, scope)}) moved
         {_grouped()}
        """,
        *arguments,
    )
    return [PartCounts(Part(*row[:3]), *row[3:]) for row in (tuple(row) for row in rows)]


async def first_response_medians(
    transaction: Transaction, scope: Scope, *, start: datetime, end: datetime
) -> list[PartMedians]:
    """The median working time until somebody reacted, of the first reactions in [start, end)."""
    return await _medians(transaction, scope, "first_response_at", "first_response_took", start=start, end=end)


async def resolve_medians(
    transaction: Transaction, scope: Scope, *, start: datetime, end: datetime
) -> list[PartMedians]:
    """The median working time until it was put right, of the solutions in [start, end) that still stand."""
    return await _medians(transaction, scope, "resolved_at", "resolve_took", start=start, end=end)


async def _medians(
    transaction: Transaction, scope: Scope, instant: str, took: str, *, start: datetime, end: datetime
) -> list[PartMedians]:
    arguments: list[object] = [start, end]
    rows = await transaction.rows(
        f"""
        select {_PART}, percentile_cont(0.5) within group (order by took)
          from (select {_CASE}, c.{took} as took
                  from cases c
                 where c.{instant} >= $1 and c.{instant} < $2{_narrow(arguments, scope)}) reacted
         {_grouped()}
        """,
        *arguments,
    )
    return [PartMedians(Part(*row[:3]), row[3]) for row in (tuple(row) for row in rows)]


async def overdue_counts(
    transaction: Transaction, scope: Scope, *, start: datetime, end: datetime
) -> list[PartOverdue]:
    """The cases of which a promise ran out in [start, end) unkept; a case counts once."""
    arguments: list[object] = [start, end]
    narrowed = _narrow(arguments, scope)
    rows = await transaction.rows(
        f"""
        select {_PART}, count(*)
          from (select {_CASE}
                  from (select c.id from cases c
                         where c.first_response_due >= $1 and c.first_response_due < $2
                           and (c.first_response_at is null or c.first_response_at > c.first_response_due){narrowed}
                        union
                        select c.id from cases c
                         where c.resolve_due >= $1 and c.resolve_due < $2
                           and (c.resolved_at is null or c.resolved_at > c.resolve_due)
                           and not (c.state = 'dismissed' and c.changed_at <= c.resolve_due){narrowed}) late
                  join cases c on c.id = late.id) told
         {_grouped()}
        """,
        *arguments,
    )
    return [PartOverdue(Part(*row[:3]), row[3]) for row in (tuple(row) for row in rows)]


_ASKED_AGAIN = """
    left join responses first on first.id = c.response_id
    left join lateral (
         select r.metric, r.score::int from responses r
          where r.event_id = c.event_id and r.purpose = 'recovery' and r.metric = coalesce(first.metric, r.metric)
          order by r.id desc limit 1) again on true
"""
"""The score of the re-ask about the case's event."""


async def settled_counts(
    transaction: Transaction, scope: Scope, *, start: datetime, end: datetime
) -> list[PartSettled]:
    """What the customers said so far of the cases last resolved in [start, end)."""
    arguments: list[object] = [start, end]
    rows = await transaction.rows(
        f"""
        select {_PART}, state, solved, metric, score, count(*)
          from (select {_CASE}, c.state, c.solved, again.metric, again.score
                  from cases c {_ASKED_AGAIN}
                 where c.resolved_at >= $1 and c.resolved_at < $2
                   and c.state in ('resolved', 'confirmed'){_narrow(arguments, scope)}) settled
         {_grouped("state", "solved", "metric", "score")}
        """,
        *arguments,
    )
    return [PartSettled(Part(*row[:3]), *row[3:]) for row in (tuple(row) for row in rows)]


async def pair_counts(
    transaction: Transaction, *, start: datetime, end: datetime, narrowing: Narrowing = EVERYTHING
) -> list[PairCount]:
    """The first score of an event with the one given when asked again in [start, end), by the same metric."""
    arguments: list[object] = [start, end]
    rows = await transaction.rows(
        f"""
        select again.metric, first.score::int, again.score::int, count(*)
          from responses again
          join responses first on first.event_id = again.event_id and first.metric = again.metric
                              and first.purpose = 'first'
         where again.answered_at >= $1 and again.answered_at < $2 and again.purpose = 'recovery'
               {narrow(arguments, narrowing, "again.attributes", prefix="again.")}
         group by 1, 2, 3
        """,
        *arguments,
    )
    return [PairCount(*row) for row in rows]


_PERSON = "coalesce(u.person_id, a.person_id)"


def _unhappy(arguments: list[object], narrowing: Narrowing) -> str:
    """Each person's first case of [$1, $2), the dismissed ones left out."""
    return f"""
        select c.person_id, c.since, c.event_id, e.order_id, c.solved, again.metric, again.score
          from (select distinct on ({_PERSON}) {_PERSON} as person_id, c.opened_at as since, c.event_id, c.response_id,
                       c.solved
                  from cases c
                  left join customers u on u.id = c.customer_id
                  left join accounts a on a.id = c.account_id
                 where c.opened_at >= $1 and c.opened_at < $2 and c.state <> 'dismissed'
                   and (c.customer_id is not null or c.account_id is not null)
                       {narrow(arguments, narrowing, CASE_ATTRIBUTES, prefix="c.")}
                 order by 1, c.opened_at, c.id) c
          left join touchpoint_events e on e.id = c.event_id {_ASKED_AGAIN}
    """


_KNOWN = "exists (select from customers k where k.person_id = {row}.person_id)"
"""What somebody bought is known of those the shop has a record of."""


async def waiting_buyers(
    transaction: Transaction, *, start: datetime, end: datetime, narrowing: Narrowing = EVERYTHING
) -> int:
    """The people whose first case of [start, end) opened too recently to say whether they bought again."""
    arguments: list[object] = [start, end]
    unhappy = _unhappy(arguments, narrowing)
    count = await transaction.value(
        f"with unhappy as ({unhappy}) select count(*) from unhappy where {_KNOWN.format(row='unhappy')}", *arguments
    )
    assert isinstance(count, int)
    return count


@dataclass(frozen=True, slots=True)
class NegativeTo:
    """The largest negative score of each metric."""

    nps: int
    csat: int
    ces: int


async def buyer_counts(
    transaction: Transaction,
    *,
    start: datetime,
    end: datetime,
    horizon: timedelta,
    negative_to: NegativeTo,
    narrowing: Narrowing = EVERYTHING,
) -> list[BuyerCount]:
    """Who bought again within the horizon: people with a case of [start, end), and those happy until its end.

    The time of the former begins when their first case of these days opened, of the latter with their first answer of
    these days. A purchase is a later event with an amount that is not of the order the case or answer is about. Where
    nobody had a case nothing more is read, for there is nobody to compare.
    """
    arguments: list[object] = [start, end, horizon, negative_to.nps, negative_to.csat, negative_to.ces]
    unhappy = _unhappy(arguments, narrowing)
    answered = narrow(arguments, narrowing, "r.attributes", prefix="r.")
    rows = await transaction.rows(
        f"""
        with unhappy as materialized (
            select * from ({unhappy}) first where {_KNOWN.format(row="first")}
        ), answered as materialized (
            select distinct on ({_PERSON}) {_PERSON} as person_id, r.answered_at as since, r.event_id, r.order_id
              from responses r
              left join customers u on u.id = r.customer_id
              left join accounts a on a.id = r.account_id
             where exists (select from unhappy)
               and r.answered_at >= $1 and r.answered_at < $2 and r.purpose = 'first'
               and {_PERSON} is not null{answered}
             order by 1, r.answered_at, r.id
        ), followed as (
            select true as unhappy, * from unhappy
            union all
            select false, person_id, since, event_id, order_id, null, null, null
              from answered
             where {_KNOWN.format(row="answered")}
               and {_never("cases c", "c.opened_at < $2 and c.state <> 'dismissed'")}
               and {_never("responses c", f"c.answered_at < $2 and {_NEGATIVE}")}
        )
        select unhappy, solved, metric, score, bought, count(*)
          from (select f.*, exists (
                       select from customers k
                         join touchpoint_events e on e.customer_id = k.id
                        where k.person_id = f.person_id and e.amount > 0
                          and e.occurred_at > f.since and e.occurred_at <= f.since + $3::interval
                          and e.id is distinct from f.event_id
                          and (e.order_id is null or e.order_id is distinct from f.order_id)) as bought
                  from followed f) told
         group by 1, 2, 3, 4, 5
        """,
        *arguments,
    )
    return [BuyerCount(*row) for row in rows]


_NEGATIVE = "c.score <= case c.metric when 'nps' then $4::int when 'csat' then $5::int else $6::int end"


def _never(table: str, happened: str) -> str:
    """That nothing of the kind happened to the person, looked up through their records one by one.

    A scalar subquery on purpose: as an anti-join it would be planned over the whole table.
    """
    return f"""
        (select true from {table}
          where {happened} and c.customer_id = any(array(select id from customers k
                                                          where k.person_id = answered.person_id)) limit 1) is null
        and (select true from {table}
              where {happened} and c.account_id = any(array(select id from accounts k
                                                             where k.person_id = answered.person_id)) limit 1) is null
    """
