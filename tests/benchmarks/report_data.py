"""Answers, events, invitations, customers, cases and comments of many weeks, made inside PostgreSQL.

The last week ends at END.

A few touchpoints and customers are common, most are rare; the tables are filled without their indexes, which are built
afterwards. The same amount gives the same rows.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
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

    @property
    def customers(self) -> int:
        """So many people gave the answers; the same however long the history is."""
        return max(5 * self.answers_a_week, 100)


_TOUCHPOINT = "floor(12 * power(random(), 2))::int"
"""A few touchpoints are common, most are rare."""

_CUSTOMER = "1 + floor({customers} * power({luck}, 2))::int"
"""A few customers come every week, most once or twice a year; `luck` is from 0 to below 1."""

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
    """Fill the empty tables of a database that has a catalogue."""
    await connection.execute("set session_replication_role = replica; set synchronous_commit = off")
    await connection.execute("set maintenance_work_mem = '512MB'; set jit = off")
    await connection.execute("select setseed(0.42)")
    version_id = await connection.fetchval("select max(id) from catalogue_versions")
    people = amount.customers
    async with _without_indexes(connection):
        for statement in _PEOPLE:
            await connection.execute(statement, people, timeout=_PATIENCE)
        history_weeks = amount.weeks - amount.event_weeks
        for week in range(history_weeks):
            start = END - (amount.weeks - week) * WEEK
            await connection.execute(_HISTORY, start, amount.answers_a_week, f"{week}:", people, timeout=_PATIENCE)
        for week in range(amount.event_weeks):
            start = END - (amount.event_weeks - week) * WEEK
            first = await connection.fetchval("select coalesce(max(id), 0) from touchpoint_events")
            await connection.execute(_EVENTS, start, amount.answers_a_week * 5 // 2, people, timeout=_PATIENCE)
            await connection.execute(_INVITATIONS, first, version_id, timeout=_PATIENCE)
            await connection.execute(_RESPONSES, first, timeout=_PATIENCE)
        await connection.execute(_CASES, timeout=_PATIENCE)
        await connection.execute(_MOVES, timeout=_PATIENCE)
        dictionary_id = await connection.fetchval(_DICTIONARY, version_id)
        await connection.execute(_READINGS, END - amount.event_weeks * WEEK, dictionary_id, timeout=_PATIENCE)
    await connection.execute("set session_replication_role = default")
    await connection.execute("vacuum analyze", timeout=_PATIENCE)


@asynccontextmanager
async def _without_indexes(connection: asyncpg.Connection[asyncpg.Record]) -> AsyncGenerator[None]:
    """The tables that are filled have no indexes but their primary keys' within; they are built at the end."""
    constraints = await connection.fetch(
        """
        select conrelid::regclass as table, conname as name, pg_get_constraintdef(oid) as definition
          from pg_constraint where contype = 'u' and conrelid = any($1::regclass[])
        """,
        _FILLED,
    )
    for table, name, _ in constraints:
        await connection.execute(f"alter table {table} drop constraint {name}")
    indexes = await connection.fetch(
        """
        select indexrelid::regclass as name, pg_get_indexdef(indexrelid) as definition
          from pg_index where not indisprimary and indrelid = any($1::regclass[])
        """,
        _FILLED,
    )
    for name, _ in indexes:
        await connection.execute(f"drop index {name}")
    yield
    for table, name, definition in constraints:
        await connection.execute(f"alter table {table} add constraint {name} {definition}", timeout=_PATIENCE)
    for _, definition in indexes:
        await connection.execute(definition, timeout=_PATIENCE)


_FILLED = ["responses", "touchpoint_events", "invitations", "cases", "case_moves", "comment_readings", "customers"]
_PATIENCE = 3600
"""Seconds for the longest statement."""

_PEOPLE = (
    """
    insert into persons (id, created_at) overriding system value
    select i, '2023-01-01' from generate_series(1, $1::int) i
    """,
    """
    insert into customers (id, external_id, person_id, created_at) overriding system value
    select i, 'c-' || i, i, '2023-01-01' from generate_series(1, $1::int) i
    """,
    """
    insert into accounts (channel, external_id, person_id, state, state_since, created_at)
    select 'telegram', i, i, case when i % 20 = 0 then 'blocked' else 'connected' end, '2023-01-01', '2023-01-01'
      from generate_series(1, $1::int) i where i % 5 < 2
    """,
)

_HISTORY = f"""
insert into responses (external_id, touchpoint, survey, metric, score, given_by, answered_at, changed_at, reasons,
                       comment, attributes, customer_id)
select $3 || i, 'touchpoint-' || kind, 'survey-' || kind, {_METRIC}, {_SCORE}, 'import', at, at, {_REASONS},
       case when luck > 0.7 then 'It was all right, but the parcel took its time.' end, {_ATTRIBUTES}, customer
  from (select i, $1::timestamptz + i * (interval '7 days' / $2::int) as at, {_TOUCHPOINT} as kind, random() as luck,
               i % 40 as place, {_CUSTOMER.format(customers="$4::int", luck="random()")} as customer
          from generate_series(0, $2::int - 1) as i) as drawn
"""

_ORDER_LUCK = "((hashint8(i / 3 + extract(epoch from $1::timestamptz)::bigint) & 2147483647) / 2147483648.0)"
_EVENTS = f"""
insert into touchpoint_events (external_id, touchpoint, occurred_at, received_at, order_id, amount, currency,
                               attributes, customer_id)
select 'event-' || week || '-' || i, 'touchpoint-' || kind, at, at, 'order-' || week || '-' || i / 3,
       case when kind = 1 then 10 + place end, case when kind = 1 then 'EUR' end, {_ATTRIBUTES},
       {_CUSTOMER.format(customers="$3::int", luck=_ORDER_LUCK)}
  from (select i, $1::timestamptz + i * (interval '7 days' / $2::int) as at, {_TOUCHPOINT} as kind, random() as luck,
               i % 40 as place, extract(epoch from $1::timestamptz)::bigint as week
          from generate_series(0, $2::int - 1) as i) as drawn
"""
"""Three events an order; one touchpoint is the purchase."""

_INVITATIONS = """
insert into invitations (event_id, touchpoint, survey, order_id, state, reason, ask_at, sent_at, expires_at,
                         answered_at, catalogue_version_id, message_id, changed_at, customer_id)
select id, touchpoint, replace(touchpoint, 'touchpoint', 'survey'), order_id, state,
       case when state = 'skipped' then 'quarantine' end, occurred_at, sent_at, sent_at + interval '7 days',
       case when state = 'answered' then sent_at + interval '3 hours' end, $2,
       case when sent_at is not null then id end, occurred_at, customer_id
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
                       changed_at, reasons, comment, attributes, customer_id)
select invitation_id, event_id, order_id, touchpoint, survey, {_METRIC}, {_SCORE}, 'tap', answered_at, answered_at,
       {_REASONS}, case when luck > 0.7 then 'It was all right, but the parcel took its time.' end, attributes,
       customer_id
  from (select i.id as invitation_id, i.event_id, i.order_id, i.touchpoint, i.survey, i.answered_at, e.attributes,
               e.customer_id, split_part(i.touchpoint, '-', 2)::int as kind, random() as luck
          from invitations i
          join touchpoint_events e on e.id = i.event_id
         where e.id > $1 and i.state = 'answered'
         order by i.id) as answered
"""

_CASES = """
insert into cases (response_id, event_id, customer_id, touchpoint, team, cause, state, opened_at, first_response_due,
                   resolve_due, claimed_at, claimed_by, claimed_by_name, resolved_at, changed_at, first_response_at,
                   first_response_took, resolve_took, solved)
select id, event_id, customer_id, touchpoint, 'team-' || id % 3, 'score',
       case when id % 50 = 0 then 'open' else 'resolved' end, answered_at,
       answered_at + interval '30 minutes', answered_at + interval '1 day',
       case when id % 50 > 0 then answered_at + interval '11 minutes' + (id % 40) * interval '1 minute' end,
       case when id % 50 > 0 then 1 + id % 15 end, case when id % 50 > 0 then 'Worker ' || 1 + id % 15 end,
       case when id % 50 > 0 then answered_at + interval '5 hours' end, answered_at,
       case when id % 50 > 0 then answered_at + interval '11 minutes' + (id % 40) * interval '1 minute' end,
       case when id % 50 > 0 then interval '11 minutes' + (id % 40) * interval '1 minute' end,
       case when id % 50 > 0 then interval '5 hours' end,
       case id % 5 when 1 then true when 2 then true when 3 then false end
  from responses
 where (metric = 'nps' and score < 7) or (metric = 'csat' and score < 3) or (metric = 'ces' and score < 4)
"""

_MOVES = """
insert into case_moves (case_id, move, actor, from_state, to_state, moved_at, close_reason)
select id, 'open', 'customer', null, 'open', opened_at, null from cases
union all select id, 'claim', 'staff', 'open', 'claimed', claimed_at, null from cases where claimed_at is not null
union all select id, 'resolve', 'staff', 'claimed', 'resolved', resolved_at,
                 (array['refund', 'apology', 'replaced'])[1 + id % 3]
            from cases where resolved_at is not null
 order by 6
"""

_DICTIONARY = """
insert into theme_dictionaries (catalogue_version_id, reader, digest, began_at) values ($1, 0, '', '2023-01-01')
returning id
"""

_READINGS = """
insert into comment_readings (response_id, answered_at, touchpoint, dictionary_id, sentiment, themes, lemmas)
select id, answered_at, touchpoint, $2, 1 - id % 3,
       (array['{}', '{late}', '{price}', '{late,rude}']::text[])[1 + id % 4]::text[], '{all,right,parcel,take,time}'
  from responses where comment is not null and answered_at >= $1
"""
