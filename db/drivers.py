"""What goes with a customer's later judgement, and what customers buy after an answer.

Instants of one customer are compared by their distance, for the reason db/journeys.py gives. `borders` says for each
metric up to which score an answer is negative; the queries count and decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many customers gave this score as their last word."""

    metric: str
    score: int
    count: int


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How many of those who had answered about a touchpoint before gave this score as their last word.

    `reason` is None for the touchpoint itself; `affected` whether they had been negative there, or named the reason.
    """

    touchpoint: str
    reason: str | None
    affected: bool
    metric: str
    score: int
    count: int


@dataclass(frozen=True, slots=True)
class FactCount:
    """How often a score was given about events that had this flag set, or not."""

    touchpoint: str
    flag: str
    affected: bool
    metric: str
    score: int
    count: int


@dataclass(frozen=True, slots=True)
class AfterCount:
    """What the customers whose first answer was this score bought in the time after it; sums over the customers."""

    metric: str
    score: int
    customers: int
    returned: int
    orders: float
    orders_squared: float
    spent: float
    spent_squared: float


_LAST_WORDS = """
    select distinct on (customer_id) customer_id, metric, score, answered_at
      from responses
     where answered_at >= $1 and answered_at < $2 and purpose = 'first'
       and touchpoint = any($3::text[]) and customer_id is not null
     order by customer_id, answered_at desc, id desc
"""


async def outcome_counts(
    transaction: Transaction,
    *,
    start: datetime,
    end: datetime,
    touchpoints: Sequence[str],
    earlier: Sequence[str] | None,
    before: timedelta,
) -> list[OutcomeCount]:
    """The customers' last words in [start, end) about one of `touchpoints`.

    With `earlier` only of those who had answered about one of these within `before`.
    """
    arguments: list[object] = [start, end, list(touchpoints)]
    narrowed = ""
    if earlier is not None:
        arguments += [before, list(earlier)]
        narrowed = """
         where exists (select from responses r
                        where r.customer_id = o.customer_id and r.purpose = 'first' and r.touchpoint = any($5::text[])
                          and o.answered_at - r.answered_at > interval '0'
                          and o.answered_at - r.answered_at <= $4::interval)"""
    rows = await transaction.rows(
        f"select metric, score::int, count(*) from ({_LAST_WORDS}) as o{narrowed} group by 1, 2", *arguments
    )
    return [OutcomeCount(*row) for row in rows]


async def cause_counts(
    transaction: Transaction,
    *,
    start: datetime,
    end: datetime,
    touchpoints: Sequence[str],
    earlier: Sequence[str],
    before: timedelta,
    borders: Mapping[str, int],
) -> list[CauseCount]:
    """The last words of [start, end), by what the same customers had said of `earlier` within `before`."""
    rows = await transaction.rows(
        f"""
        with met as materialized (
            select o.customer_id, o.metric, o.score, r.touchpoint,
                   bool_or(r.score <= b.negative_to) as negative,
                   array_remove(array_agg(distinct reason.name), null) as reasons
              from ({_LAST_WORDS}) as o
              join responses r on r.customer_id = o.customer_id and r.purpose = 'first'
                              and r.touchpoint = any($4::text[])
                              and o.answered_at - r.answered_at > interval '0'
                              and o.answered_at - r.answered_at <= $5::interval
              join unnest($6::text[], $7::int[]) as b (metric, negative_to) on b.metric = r.metric
              left join lateral unnest(r.reasons) as reason (name) on true
             group by 1, 2, 3, 4
        ),
        named as (select distinct touchpoint, unnest(reasons) as reason from met)
        select touchpoint, null::text as reason, negative as affected, metric, score::int, count(*)
          from met group by 1, 2, 3, 4, 5
        union all
        select met.touchpoint, named.reason, named.reason = any(met.reasons), metric, score::int, count(*)
          from met join named using (touchpoint) group by 1, 2, 3, 4, 5
        """,
        start,
        end,
        list(touchpoints),
        list(earlier),
        before,
        list(borders),
        list(borders.values()),
    )
    return [CauseCount(*row) for row in rows]


async def fact_counts(
    transaction: Transaction, *, start: datetime, end: datetime, touchpoints: Sequence[str]
) -> list[FactCount]:
    """The scores of [start, end) by each flag (an attribute that is true or false) of what they are about."""
    rows = await transaction.rows(
        """
        select r.touchpoint, flag.key, flag.value = 'true'::jsonb, r.metric, r.score::int, count(*)
          from responses r, jsonb_each(r.attributes) as flag
         where r.answered_at >= $1 and r.answered_at < $2 and r.purpose = 'first' and r.touchpoint = any($3::text[])
           and flag.value in ('true'::jsonb, 'false'::jsonb)
         group by 1, 2, 3, 4, 5
        """,
        start,
        end,
        list(touchpoints),
    )
    return [FactCount(*row) for row in rows]


async def main_currency(transaction: Transaction, *, start: datetime, end: datetime) -> tuple[str | None, bool]:
    """The currency of most of the amounts of [start, end), and whether there are others."""
    rows = await transaction.rows(
        """
        select currency, count(*) from touchpoint_events
         where occurred_at >= $1 and occurred_at < $2 and amount is not null and currency is not null
         group by 1 order by 2 desc, 1
        """,
        start,
        end,
    )
    return (rows[0][0] if rows else None), len(rows) > 1


async def after_counts(
    transaction: Transaction, *, start: datetime, end: datetime, within: timedelta, currency: str | None
) -> list[AfterCount]:
    """What was ordered within so long after each customer's first answer of [start, end), and for how much.

    An order counts when its first event lies after the answer; of the amounts its events carry, the largest.
    """
    rows = await transaction.rows(
        """
        select a.metric, a.score::int, count(*), count(*) filter (where o.orders > 0),
               sum(o.orders)::float8, sum(o.orders * o.orders)::float8, sum(o.spent)::float8,
               sum(o.spent * o.spent)::float8
          from (select distinct on (customer_id) customer_id, metric, score, answered_at
                  from responses
                 where answered_at >= $1 and answered_at < $2 and purpose = 'first' and customer_id is not null
                 order by customer_id, answered_at, id) as a
         cross join lateral (
               select count(*) as orders, coalesce(sum(amount), 0) as spent
                 from (select max(e.amount) filter (where e.currency = $4) as amount
                         from touchpoint_events e
                        where e.customer_id = a.customer_id and e.order_id is not null
                        group by e.order_id
                       having min(e.occurred_at) > a.answered_at
                          and min(e.occurred_at) - a.answered_at <= $3::interval) as ordered) as o
         group by 1, 2
        """,
        start,
        end,
        within,
        currency,
    )
    return [AfterCount(*row) for row in rows]
