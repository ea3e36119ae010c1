"""Answers, events, invitations and cases of many weeks, made inside PostgreSQL; the last two weeks end at END."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import asyncpg

END = datetime(2026, 11, 23, tzinfo=UTC)
WEEK_START = date(2026, 11, 16)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)

CATALOGUE = (
    """\
business: {name: Bench, timezone: UTC, languages: [en]}
touchpoints:
"""
    + "".join(
        f"  touchpoint-{number}: {{title: {{en: T{number}}}, survey: survey-{number}, "
        "expires_after: P7D, ask_by: P2D}\n"
        for number in range(12)
    )
    + "surveys:\n"
    + "".join(
        f"  survey-{number}: {{metric: {('nps', 'csat', 'ces')[number % 3]}, question: {{en: How was it?}}}}\n"
        for number in range(12)
    )
)


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is made: answers a week, over so many weeks; events and invitations only for the last of them."""

    answers_a_week: int
    weeks: int
    event_weeks: int


_TOUCHPOINT = "floor(12 * power(random(), 2))::int"
"""A few touchpoints are common, most are rare."""

_METRIC = "(array['nps', 'csat', 'ces'])[1 + kind % 3]"
_SCORE = """
    case kind % 3
        when 0 then case when luck < 0.55 then 9 + (10 * luck)::int % 2 when luck < 0.8 then 7 + (100 * luck)::int % 2
                         else (1000 * luck)::int % 7 end
        when 1 then case when luck < 0.5 then 5 when luck < 0.78 then 4 when luck < 0.88 then 3
                         else 1 + (1000 * luck)::int % 2 end
        else case when luck < 0.7 then 5 + (100 * luck)::int % 3 else 1 + (1000 * luck)::int % 4 end
    end::smallint
"""
_REASONS = """
    case when luck > 0.6 then (array['{late}', '{cold}', '{late,rude}', '{price}', '{other,cold}']::text[])
                              [1 + (1000 * luck)::int % 5]::text[] else '{}'::text[] end
"""
_ATTRIBUTES = """
    jsonb_build_object('location', 'shop-' || place, 'employee', 'e-' || place * 7 % 90, 'late', luck > 0.85,
                       'promised_at', '2026-11-20T14:05:00+03:00')
"""


async def fill(connection: asyncpg.Connection[asyncpg.Record], amount: Amount) -> None:
    """Fill the empty tables of a database that has a catalogue; the same amount gives the same rows."""
    await connection.execute("set session_replication_role = replica; set synchronous_commit = off")
    await connection.execute("select setseed(0.42)")
    version_id = await connection.fetchval("select max(id) from catalogue_versions")
    history_weeks = amount.weeks - amount.event_weeks
    for week in range(history_weeks):
        start = END - (amount.weeks - week) * WEEK
        await connection.execute(_HISTORY, start, amount.answers_a_week, f"{week}:", timeout=600)
    for week in range(amount.event_weeks):
        start = END - (amount.event_weeks - week) * WEEK
        first = await connection.fetchval("select coalesce(max(id), 0) from touchpoint_events")
        await connection.execute(_EVENTS, start, amount.answers_a_week * 5 // 2, timeout=600)
        await connection.execute(_INVITATIONS, first, version_id, timeout=600)
        await connection.execute(_RESPONSES, first, timeout=600)
    await connection.execute(_CASES, timeout=600)
    await connection.execute(_MOVES, timeout=600)
    await connection.execute("set session_replication_role = default")
    await connection.execute("vacuum analyze", timeout=600)


_HISTORY = f"""
insert into responses (external_id, touchpoint, survey, metric, score, given_by, answered_at, changed_at, reasons,
                       comment, attributes)
select $3 || i, 'touchpoint-' || kind, 'survey-' || kind, {_METRIC}, {_SCORE}, 'import', at, at, {_REASONS},
       case when luck > 0.7 then 'It was all right, but the parcel took its time.' end, {_ATTRIBUTES}
  from (select i, $1::timestamptz + i * (interval '7 days' / $2::int) as at, {_TOUCHPOINT} as kind, random() as luck,
               i % 40 as place
          from generate_series(0, $2::int - 1) as i) as drawn
"""

_EVENTS = f"""
insert into touchpoint_events (external_id, touchpoint, occurred_at, received_at, order_id, attributes)
select 'event-' || extract(epoch from $1::timestamptz) || '-' || i, 'touchpoint-' || kind, at, at, 'order-' || i,
       {_ATTRIBUTES}
  from (select i, $1::timestamptz + i * (interval '7 days' / $2::int) as at, {_TOUCHPOINT} as kind, random() as luck,
               i % 40 as place
          from generate_series(0, $2::int - 1) as i) as drawn
"""

_INVITATIONS = """
insert into invitations (event_id, touchpoint, survey, order_id, state, reason, ask_at, sent_at, expires_at,
                         answered_at, catalogue_version_id, message_id, changed_at)
select id, touchpoint, replace(touchpoint, 'touchpoint', 'survey'), order_id, state,
       case when state = 'skipped' then 'quarantine' end, occurred_at, sent_at, sent_at + interval '7 days',
       case when state = 'answered' then sent_at + interval '3 hours' end, $2,
       case when sent_at is not null then id end, occurred_at
  from (select *, case when state in ('sent', 'answered', 'expired', 'unknown')
                       then occurred_at + interval '2 hours' end as sent_at
          from (select *, case when id % 20 < 8 then 'answered' when id % 20 < 13 then 'skipped'
                               when id % 20 < 15 then 'expired' when id % 20 < 17 then 'sent'
                               when id % 20 = 17 then 'waiting' when id % 20 = 18 then 'rejected'
                               else 'cancelled' end as state
                  from touchpoint_events where id > $1) as decided) as dated
"""

_RESPONSES = f"""
insert into responses (invitation_id, event_id, order_id, touchpoint, survey, metric, score, given_by, answered_at,
                       changed_at, reasons, comment, attributes)
select invitation_id, event_id, order_id, touchpoint, survey, {_METRIC}, {_SCORE}, 'tap', answered_at, answered_at,
       {_REASONS}, case when luck > 0.7 then 'It was all right, but the parcel took its time.' end, attributes
  from (select i.id as invitation_id, i.event_id, i.order_id, i.touchpoint, i.survey, i.answered_at, e.attributes,
               split_part(i.touchpoint, '-', 2)::int as kind, random() as luck
          from invitations i
          join touchpoint_events e on e.id = i.event_id
         where e.id > $1 and i.state = 'answered'
         order by i.id) as answered
"""

_CASES = """
insert into cases (response_id, event_id, touchpoint, team, cause, state, opened_at, first_response_due, resolve_due,
                   claimed_at, claimed_by, resolved_at, changed_at, first_response_at, first_response_took,
                   resolve_took)
select id, event_id, touchpoint, 'staff', 'score', case when id % 50 = 0 then 'open' else 'resolved' end, answered_at,
       answered_at + interval '30 minutes', answered_at + interval '1 day',
       case when id % 50 > 0 then answered_at + interval '11 minutes' + (id % 40) * interval '1 minute' end,
       case when id % 50 > 0 then 1 end,
       case when id % 50 > 0 then answered_at + interval '5 hours' end, answered_at,
       case when id % 50 > 0 then answered_at + interval '11 minutes' + (id % 40) * interval '1 minute' end,
       case when id % 50 > 0 then interval '11 minutes' + (id % 40) * interval '1 minute' end,
       case when id % 50 > 0 then interval '5 hours' end
  from responses
 where (metric = 'nps' and score < 7) or (metric = 'csat' and score < 3) or (metric = 'ces' and score < 4)
"""

_MOVES = """
insert into case_moves (case_id, move, actor, from_state, to_state, moved_at)
select id, 'open', 'customer', null, 'open', opened_at from cases
union all select id, 'claim', 'staff', 'open', 'claimed', claimed_at from cases where claimed_at is not null
union all select id, 'resolve', 'staff', 'claimed', 'resolved', resolved_at from cases where resolved_at is not null
"""
