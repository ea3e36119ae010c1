"""Who a case is about and who works cases like it: the person's earlier scores and complaints, the team's people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.cases import StoredCase
from db.database import Transaction


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """A score the same person gave before."""

    touchpoint: str
    metric: str
    score: int
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of the person besides this case: their latest scores before it, and their other complaints."""

    answers: tuple[EarlierAnswer, ...]
    cases: int
    unsettled: tuple[int, ...]


async def earlier(transaction: Transaction, case: StoredCase, *, answers: int) -> Earlier:
    """The person's latest scores and their other complaints, as far as the shop or a messenger tells who it is."""
    given = await transaction.rows(
        """
        select touchpoint, metric, score, answered_at from responses
         where id in (select id from responses
                       where account_id in (select id from accounts where person_id = $1)
                      union
                      select id from responses
                       where customer_id in (select id from customers where person_id = $1))
           and id is distinct from $2 and answered_at <= $3
         order by answered_at desc, id desc
         limit $4
        """,
        case.person_id,
        case.response_id,
        case.opened_at,
        answers,
    )
    others = await transaction.rows(
        """
        select id, state in ('open', 'claimed', 'waiting') as unsettled from cases
         where id in (select id from cases where account_id in (select id from accounts where person_id = $1)
                      union
                      select id from cases where customer_id in (select id from customers where person_id = $1))
           and id <> $2
         order by id
        """,
        case.person_id,
        case.id,
    )
    return Earlier(
        tuple(EarlierAnswer(*row) for row in given),
        len(others),
        tuple(row["id"] for row in others if row["unsettled"]),
    )


@dataclass(frozen=True, slots=True)
class KnownColleague:
    """Somebody who worked cases of the team lately."""

    telegram_id: int
    name: str


async def colleagues(transaction: Transaction, team: str, *, since: datetime, limit: int) -> list[KnownColleague]:
    """Who moved cases of the team since then, the busiest first, under the name they last had."""
    rows = await transaction.rows(
        """
        select m.actor_id, (array_agg(m.actor_name order by m.id desc))[1] as name
          from case_moves m
          join cases c on c.id = m.case_id
         where m.moved_at >= $2 and m.actor = 'staff' and m.actor_id is not null and c.team = $1
         group by m.actor_id
         order by count(*) desc, m.actor_id
         limit $3
        """,
        team,
        since,
        limit,
    )
    return [KnownColleague(row["actor_id"], row["name"] or str(row["actor_id"])) for row in rows]
