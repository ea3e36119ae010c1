"""Days that are counted once: which of them can be trusted, and counting them anew.

Whatever changes a figure leaves a mark in its own transaction (the triggers in `db/tables/reports.py`). So in every
snapshot a counted day without a mark equals its rows, and nobody needs a lock: who commits later leaves a mark behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from db.database import Transaction

Counted = Literal["answers", "funnel"]
"""Answers by the day they were given, events by the day they occurred."""

_COUNTING: Final = 0x07_4B_0D_A7
"""Any number that nothing else locks."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day, its first instant and the first one after it in the business's zone."""

    day: date
    start: datetime
    end: datetime


async def stale_days(transaction: Transaction, counted: Counted, days: Sequence[Day], *, zone: str) -> set[date]:
    """The days that were never counted in this zone, or have changed since."""
    rows = await transaction.rows(
        """
        select d.day
          from unnest($1::date[], $2::timestamptz[], $3::timestamptz[]) as d(day, start_at, end_at)
         where not exists (select from rolled_up_days r where r.counted = $4 and r.day = d.day and r.zone = $5)
            or exists (select from report_marks m where m.counted = $4 and m.at >= d.start_at and m.at < d.end_at)
        """,
        *_columns(days),
        counted,
        zone,
    )
    return {row["day"] for row in rows}


async def take_counting_snapshot(transaction: Transaction) -> bool:
    """See one instant of the database and be the only one who counts; False when another process does."""
    await transaction.run(
        "set transaction isolation level repeatable read; set local random_page_cost = 1.1; set local jit = off"
    )
    return await transaction.value("select pg_try_advisory_xact_lock($1)", _COUNTING) is True


async def first_instant(transaction: Transaction, counted: Counted) -> datetime | None:
    """When the first of them was, None without any."""
    queries = {
        "answers": "select min(answered_at) from responses",
        "funnel": "select min(occurred_at) from touchpoint_events",
    }
    at = await transaction.value(queries[counted])
    assert at is None or isinstance(at, datetime)
    return at


async def count_days(transaction: Transaction, counted: Counted, days: Sequence[Day], *, zone: str) -> None:
    """Count the days as this transaction's snapshot sees them, and take their marks away.

    Raises asyncpg.SerializationError or asyncpg.UniqueViolationError when another process counted one of them.
    """
    columns = _columns(days)
    await transaction.run(
        """
        delete from report_marks m
         using unnest($1::timestamptz[], $2::timestamptz[]) as d(start_at, end_at)
         where m.counted = $3 and m.at >= d.start_at and m.at < d.end_at
        """,
        *columns[1:],
        counted,
    )
    for table, count in _TABLES[counted]:
        await transaction.run(f"delete from {table} where day = any($1::date[])", columns[0])
        await transaction.run(count, *columns)
    await transaction.run(
        """
        insert into rolled_up_days (counted, day, zone) select $2, day, $3 from unnest($1::date[]) as d(day)
            on conflict (counted, day) do update set zone = excluded.zone
        """,
        columns[0],
        counted,
        zone,
    )


_TABLES: Final[dict[Counted, tuple[tuple[str, str], ...]]] = {
    "answers": (
        (
            "daily_scores",
            f"""
            insert into daily_scores (day, touchpoint, metric, counts)
            select d.day, c.*
              from unnest($1::date[], $2::timestamptz[], $3::timestamptz[]) as d(day, start_at, end_at)
             cross join lateral (
                   select touchpoint, metric,
                          array[{", ".join(f"count(*) filter (where score = {score})" for score in range(11))}]
                     from responses
                    where answered_at >= d.start_at and answered_at < d.end_at and purpose = 'first'
                    group by 1, 2) c
            """,
        ),
        (
            "daily_reasons",
            """
            insert into daily_reasons (day, touchpoint, metric, reasons, count)
            select d.day, c.*
              from unnest($1::date[], $2::timestamptz[], $3::timestamptz[]) as d(day, start_at, end_at)
             cross join lateral (
                   select touchpoint, metric, reasons, count(*) from responses
                    where answered_at >= d.start_at and answered_at < d.end_at and purpose = 'first'
                      and reasons <> '{}'
                    group by 1, 2, 3) c
            """,
        ),
    ),
    "funnel": (
        (
            "daily_funnel",
            """
            insert into daily_funnel (day, touchpoint, survey, catalogue_version_id, state, has_message, commented,
                                      open_until, count)
            select d.day, c.*
              from unnest($1::date[], $2::timestamptz[], $3::timestamptz[]) as d(day, start_at, end_at)
             cross join lateral (
                   select e.touchpoint, i.survey, i.catalogue_version_id, i.state, i.message_id is not null,
                          r.comment is not null
                              or (r.id is not null and exists (
                                     select from messages m
                                      where m.response_id = r.id and m.kind in ('voice', 'photo', 'document'))),
                          max(case when i.state in ('sent', 'unknown') then i.expires_at end), count(*)
                     from touchpoint_events e
                     left join invitations i on i.event_id = e.id and i.purpose = 'first'
                     left join responses r on r.invitation_id = case when i.state = 'answered' then i.id end
                    where e.occurred_at >= d.start_at and e.occurred_at < d.end_at
                    group by 1, 2, 3, 4, 5, 6) c
            """,
        ),
    ),
}
"""The tables of what is counted, each with the statement that fills it."""


def _columns(days: Sequence[Day]) -> tuple[list[date], list[datetime], list[datetime]]:
    return [day.day for day in days], [day.start for day in days], [day.end for day in days]
