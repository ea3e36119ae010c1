"""Everything that happened to complaints, in one order, for telling."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class CaseHappeningRow:
    """One thing that happened to a case.

    `what` is a move, or in_outbreak, customer_wrote, staff_wrote, code_given, call_offered, call_ended, escalated,
    solved_asked. `detail` and `note` depend on it; `until` is the end of what it names, as of a window for a call.
    """

    case_id: int
    at: datetime
    what: str
    actor: str
    who: str | None
    detail: str | None
    given: Sequence[str]
    note: str | None
    since: datetime | None
    until: datetime | None


async def happenings(transaction: Transaction, case_ids: Collection[int]) -> list[CaseHappeningRow]:
    """What happened to these cases, the earliest first.

    Things of one instant stand as one leads to the other. A message's text is left to the case itself; a code is named
    by its pool.
    """
    rows = await transaction.rows(
        """
        select case_id, at, what, actor, who, detail, given, note, since, until from (
            select m.case_id, m.moved_at as at,
                   case when m.move = 'open' then 1 when m.move = 'await_customer' then 5
                        when m.move = 'customer_replied' then 7 when m.move in ('resolve', 'dismiss') then 9
                        when m.move in ('confirm', 'reopen') then 11 else 3 end as place,
                   m.id, m.move as what, m.actor, m.actor_name as who,
                   case when m.move = 'open' then k.cause else m.close_reason end as detail, m.given, m.note,
                   null::timestamptz as since, null::timestamptz as until
              from case_moves m join cases k on k.id = m.case_id
             where m.case_id = any($1::bigint[])
            union all
            select k.id, greatest(o.opened_at, k.opened_at), 2, o.id, 'in_outbreak', 'product', null,
                   o.id::text, '{}', o.location, null, null
              from cases k join outbreaks o on o.id = k.outbreak_id
             where k.id = any($1::bigint[])
            union all
            select m.case_id, m.received_at, 6, m.id, 'customer_wrote', 'customer', null, m.kind, '{}', null, null, null
              from messages m
             where m.case_id = any($1::bigint[])
            union all
            select s.case_id, s.written_at, 4, s.id, 'staff_wrote',
                   case when s.origin = 'apology' then 'product' when s.origin = 'api' then 'shop' else 'staff' end,
                   s.author_name, s.origin, '{}', s.undelivered, null, null
              from staff_messages s
             where s.case_id = any($1::bigint[])
            union all
            select p.case_id, p.given_at, 8, p.id, 'code_given', 'staff', null, p.pool, '{}', null, null, null
              from promo_codes p
             where p.case_id = any($1::bigint[]) and p.state = 'given'
            union all
            select r.case_id, r.asked_at, 4, r.id, 'call_offered',
                   case when r.asked_by is null then 'customer' else 'staff' end, null, r.state, '{}', null,
                   r.window_start, r.window_end
              from call_requests r
             where r.case_id = any($1::bigint[])
            union all
            select r.case_id, r.ended_at, 8, r.id, 'call_ended', 'staff', null, r.state, '{}', null, null, null
              from call_requests r
             where r.case_id = any($1::bigint[]) and r.ended_at is not null
            union all
            select s.subject_id, s.settled_at, 2, s.id, 'escalated', 'product', null, s.detail, '{}', s.recipient, null,
                   null
              from schedule s
             where s.subject_id = any($1::bigint[]) and s.kind = 'escalation' and s.state = 'sent'
               and s.detail not like 'morning:%'
            union all
            select k.id, k.solved_asked_at, 10, k.id, 'solved_asked', 'product', null, null, '{}', null, null, null
              from cases k
             where k.id = any($1::bigint[]) and k.solved_asked_at is not null
        ) as told
        order by at, place, id
        """,
        list(case_ids),
    )
    return [CaseHappeningRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class EarlierScoreRow:
    """A score that was replaced by a later one."""

    response_id: int
    score: int
    given_at: datetime


async def earlier_scores(transaction: Transaction, response_ids: Collection[int]) -> list[EarlierScoreRow]:
    """The scores these answers had before, the earliest first."""
    rows = await transaction.rows(
        """
        select response_id, score::int, given_at from response_scores
         where response_id = any($1::bigint[]) order by given_at, id
        """,
        list(response_ids),
    )
    return [EarlierScoreRow(*row) for row in rows]
