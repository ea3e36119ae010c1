"""What customers did next, straight from the events and answers.

`own` names the touchpoints whose events the loop creates itself: they are our questions, not the customer's doing.
Every query reads one period through an index; what came after is found by the customer's own index. That is why
instants are compared by their distance there: with a range the planner would rather walk the index of all instants,
once for each customer. A distance also counts days of 24 hours whatever the server's zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class FlowCount:
    """How many events of a touchpoint were followed by this one first; None: by nothing."""

    touchpoint: str
    next_touchpoint: str | None
    count: int
    median: timedelta | None


@dataclass(frozen=True, slots=True)
class PurchaseCount:
    """How many customers of a touchpoint bought next at this one; None: bought nothing.

    The row of `everybody` counts them all, with the median of those who bought.
    """

    touchpoint: str
    everybody: bool
    bought_at: str | None
    count: int
    median: timedelta | None


@dataclass(frozen=True, slots=True)
class ReturnCount:
    """How many customers gave a touchpoint this score first, and came back afterwards or did not."""

    touchpoint: str
    metric: str
    score: int
    came_back: bool
    count: int


@dataclass(frozen=True, slots=True)
class StepCount:
    """How many customers of a way reached its step, and how long the step before took them."""

    step: int
    count: int
    median: timedelta | None


async def flow_counts(
    transaction: Transaction, *, start: datetime, end: datetime, within: timedelta, own: Sequence[str]
) -> list[FlowCount]:
    """What came next after the events of [start, end): the next event of the same order, else of the same customer."""
    rows = await transaction.rows(
        """
        select touchpoint,
               case when in_order then order_touchpoint when in_time then next_touchpoint end as next_touchpoint,
               count(*),
               percentile_cont(0.5) within group (
                   order by case when in_order then order_at when in_time then next_at end - occurred_at) as median
          from (select touchpoint, occurred_at, next_touchpoint, next_at, order_touchpoint, order_at,
                       order_id is not null and coalesce(order_at - occurred_at <= $3::interval, false) as in_order,
                       coalesce(next_at - occurred_at <= $3::interval, false) as in_time
                  from (select touchpoint, occurred_at, order_id,
                               lead(touchpoint) over by_customer as next_touchpoint,
                               lead(occurred_at) over by_customer as next_at,
                               lead(touchpoint) over by_order as order_touchpoint,
                               lead(occurred_at) over by_order as order_at
                          from touchpoint_events
                         where occurred_at >= $1 and occurred_at <= $5
                           and customer_id is not null and touchpoint <> all($4::text[])
                        window by_customer as (partition by customer_id order by occurred_at, id),
                               by_order as (partition by customer_id, order_id order by occurred_at, id)) as walked
                 where occurred_at < $2) as stepped
         group by 1, 2
        """,
        start,
        end,
        within,
        list(own),
        end + within,
    )
    return [FlowCount(*row) for row in rows]


async def purchase_counts(
    transaction: Transaction,
    *,
    start: datetime,
    end: datetime,
    within: timedelta,
    before: Sequence[str],
    during: Sequence[str],
) -> list[PurchaseCount]:
    """What the customers who had one of `before` in [start, end) bought next, at one of `during`; each counts once."""
    rows = await transaction.rows(
        """
        select f.touchpoint, grouping(p.touchpoint) = 1 as everybody, p.touchpoint, count(*),
               percentile_cont(0.5) within group (order by p.occurred_at - f.at) as median
          from (select customer_id, touchpoint, min(occurred_at) as at
                  from touchpoint_events
                 where occurred_at >= $1 and occurred_at < $2 and touchpoint = any($4::text[])
                   and customer_id is not null
                 group by 1, 2) as f
          left join lateral (
                select e.touchpoint, e.occurred_at
                  from touchpoint_events e
                 where e.customer_id = f.customer_id and e.touchpoint = any($5::text[])
                   and e.occurred_at - f.at > interval '0' and e.occurred_at - f.at <= $3::interval
                 order by e.occurred_at, e.id
                 limit 1) as p on true
         group by grouping sets ((f.touchpoint, p.touchpoint), (f.touchpoint))
        """,
        start,
        end,
        within,
        list(before),
        list(during),
    )
    return [PurchaseCount(*row) for row in rows]


async def return_counts(
    transaction: Transaction, *, start: datetime, end: datetime, within: timedelta, own: Sequence[str]
) -> list[ReturnCount]:
    """Whether anything happened to customers within so long after they first answered in [start, end)."""
    rows = await transaction.rows(
        """
        select r.touchpoint, r.metric, r.score::int,
               exists (select from touchpoint_events e
                        where e.customer_id = r.customer_id and e.touchpoint <> all($4::text[])
                          and e.occurred_at - r.answered_at > interval '0'
                          and e.occurred_at - r.answered_at <= $3::interval),
               count(*)
          from (select distinct on (customer_id, touchpoint, metric)
                       customer_id, touchpoint, metric, score, answered_at
                  from responses
                 where answered_at >= $1 and answered_at < $2 and purpose = 'first' and customer_id is not null
                   and touchpoint <> all($4::text[])
                 order by customer_id, touchpoint, metric, answered_at, id) as r
         group by 1, 2, 3, 4
        """,
        start,
        end,
        within,
        list(own),
    )
    return [ReturnCount(*row) for row in rows]


async def step_counts(
    transaction: Transaction, *, start: datetime, end: datetime, within: timedelta, steps: Sequence[str]
) -> list[StepCount]:
    """How far those who first came to the first step in [start, end) went; each step after the one before."""
    walked = """
        select customer_id, min(occurred_at) as at_1
          from touchpoint_events
         where occurred_at >= $1 and occurred_at < $2 and touchpoint = $4 and customer_id is not null
         group by 1
    """
    for step in range(2, len(steps) + 1):
        walked = f"""
            select w.*, (select min(e.occurred_at) from touchpoint_events e
                          where e.customer_id = w.customer_id and e.touchpoint = ${step + 3}
                            and e.occurred_at - w.at_{step - 1} > interval '0'
                            and e.occurred_at - w.at_1 <= $3::interval) as at_{step}
              from ({walked}) as w
        """
    medians = ", ".join(
        f"count(at_{step}), percentile_cont(0.5) within group (order by at_{step} - at_{step - 1})"
        for step in range(2, len(steps) + 1)
    )
    row = await transaction.row(
        f"select count(at_1), null::interval, {medians} from ({walked}) as w", start, end, within, *steps
    )
    assert row is not None
    return [StepCount(step, row[2 * step], row[2 * step + 1]) for step in range(len(steps))]
