"""Whether people bought again after they complained, and after they were happy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from db.database import Transaction
from db.reports import CASE_ATTRIBUTES, EVERYTHING, Narrowing, narrow

NEGATIVE: Final = "score <= case metric when 'nps' then 6 when 'csat' then 2 else 3 end"
"""The scores the rules call negative, as the indexes know them."""


@dataclass(frozen=True, slots=True)
class BuyerCount:
    """People who bought again, or did not; `unhappy` those with a case, told by what became of it."""

    unhappy: bool
    solved: bool | None
    metric: str | None
    asked_again: int | None
    bought: bool
    count: int


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
          left join touchpoint_events e on e.id = c.event_id
          left join lateral (
               select r.metric, r.score::int from responses r
                where r.event_id = c.event_id and r.purpose = 'recovery'
                  and r.metric = coalesce((select f.metric from responses f where f.id = c.response_id), r.metric)
                order by r.id desc limit 1) again on true
    """


_KNOWN = "(select true from customers k where k.person_id = {row}.person_id limit 1) is not null"
"""What somebody bought is known of those the shop has a record of; a scalar subquery for the reason `_never` is one."""


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


async def buyer_counts(
    transaction: Transaction,
    *,
    start: datetime,
    end: datetime,
    horizon: timedelta,
    narrowing: Narrowing = EVERYTHING,
) -> list[BuyerCount]:
    """Who bought again within the horizon: people with a case of [start, end), and those happy until its end.

    The time of the former begins when their first case of these days opened, of the latter with their first answer of
    these days. A purchase is a later event with an amount that is not of the order the case or answer is about. Where
    nobody had a case nothing more is read, for there is nobody to compare.
    """
    arguments: list[object] = [start, end, horizon]
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
               and {_never("responses c", f"c.answered_at < $2 and {NEGATIVE}")}
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
