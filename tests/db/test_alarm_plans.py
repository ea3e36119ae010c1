"""The watch reads its stretches of time through indexes, however long the history is."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta

import asyncpg
import pytest_asyncio

from db import alarm_counts
from db.database import Database
from surveys.publishing import publish
from tests.benchmarks.report_data import CATALOGUE, END, WEEK, Amount, fill
from tests.db.test_report_plans import GROWING, Explained

TOUCHPOINTS = [f"touchpoint-{number}" for number in range(12)]

_SENT = """
    insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, state, created_at, settled_at)
    select 'invitation', id, 'account:1', 'telegram', 'invitation:' || id, ask_at,
           case state when 'rejected' then state else 'sent' end, ask_at, coalesce(sent_at, ask_at)
      from invitations where sent_at is not null or state = 'rejected'
"""


@pytest_asyncio.fixture
async def explained(database: Database, database_url: str) -> AsyncGenerator[Explained, None]:
    """The watch's transaction over three years of answers, two of events, and all their rows of the schedule."""
    await publish(database, CATALOGUE, now=END)
    connection = await asyncpg.connect(database_url)
    try:
        await fill(connection, Amount(answers_a_week=200, weeks=150, event_weeks=100))
        await connection.execute(_SENT)
        await connection.execute("vacuum analyze schedule")
    finally:
        await connection.close()
    async with database.transaction() as transaction:
        await alarm_counts.price_ranges(transaction)
        yield Explained(transaction)


async def test_answers_are_counted_through_the_index_on_their_range_alone(explained: Explained) -> None:
    day = timedelta(days=1)
    for start, end in ((END - day / 4, END), (END - WEEK, END), (END - 8 * WEEK, END - WEEK)):
        found = await alarm_counts.place_counts(explained, start=start, end=end, touchpoints=TOUCHPOINTS)
        assert found
    await alarm_counts.latest_scores(explained, "touchpoint-0", "shop-1", since=END - WEEK, limit=200)
    await alarm_counts.answered_since(explained, END - 3 * day)
    assert explained.indexes == {"ix_responses_answered_at"}
    assert explained.read_whole == set()


async def test_the_asking_is_counted_through_indexes(explained: Explained) -> None:
    day = timedelta(days=1)
    assert await alarm_counts.anything_sent(explained, END - day)
    assert await alarm_counts.sent_since(explained, END - day) > 0
    await alarm_counts.refused_since(explained, END - day)
    assert explained.indexes == {"ix_schedule_changed_at"}
    await alarm_counts.overdue_questions(explained, ["telegram"], due_before=END)
    await alarm_counts.event_states(explained, TOUCHPOINTS, start=END - day, end=END)
    delivered = await alarm_counts.delivered_counts(
        explained, TOUCHPOINTS, events_since=END - 5 * day, sent_since=END - 3 * day, sent_until=END - day / 4
    )
    assert delivered
    await alarm_counts.silent_since(explained, TOUCHPOINTS, since=END - WEEK, now=END, weeks=4)
    assert {"ix_touchpoint_events_occurred_at", "uq_invitations_event_id_purpose"} <= explained.indexes
    assert explained.read_whole & (GROWING | {"schedule"}) == set()
