"""Every query of the journey, the audit and the drivers reads its period, and never a growing table whole."""

from __future__ import annotations

from datetime import timedelta

import asyncpg

from db import audits, drivers, journeys, reports, unknown
from db.database import Database
from surveys.publishing import publish
from tests.benchmarks.report_data import CATALOGUE, END, WEEK, Amount, fill
from tests.db.test_report_plans import GROWING, Explained

DAY = timedelta(days=1)


async def test_no_growing_table_is_read_whole(database: Database, database_url: str) -> None:
    await publish(database, CATALOGUE, now=END)
    connection = await asyncpg.connect(database_url)
    try:
        await fill(connection, Amount(answers_a_week=200, weeks=120, event_weeks=80))
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()
    start, end, names = END - WEEK, END, ["touchpoint-0", "touchpoint-1"]
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        explained = Explained(transaction)
        flows = await journeys.flow_counts(explained, start=start, end=end, within=WEEK, own=[])
        bought = await journeys.purchase_counts(
            explained, start=start, end=end, within=WEEK, before=names[:1], during=names[1:]
        )
        returned = await journeys.return_counts(explained, start=start, end=end, within=WEEK, own=[])
        steps = await journeys.step_counts(explained, start=start, end=end, within=WEEK, steps=names)
        assert explained.read_whole & GROWING == set()
        assert "ix_touchpoint_events_occurred_at" in explained.indexes
        assert "ix_touchpoint_events_customer_id" in explained.indexes
        assert "ix_responses_answered_at" in explained.indexes

        heard = await audits.events_heard(explained, start=start, end=end)
        answered = await audits.answers_heard(explained, start=start, end=end)
        reach = await audits.reach_counts(explained, start=start, end=end)
        await unknown.counted(explained, start=start.date(), end=end.date())
        assert explained.read_whole & GROWING == set()

        outcomes = await drivers.outcome_counts(
            explained, start=start, end=end, touchpoints=names, earlier=names, before=12 * WEEK
        )
        causes = await drivers.cause_counts(
            explained,
            start=start,
            end=end,
            touchpoints=names,
            earlier=names,
            before=12 * WEEK,
            borders={"nps": 6, "csat": 2, "ces": 3},
        )
        facts = await drivers.fact_counts(explained, start=start, end=end, touchpoints=names)
        currency, _ = await drivers.main_currency(explained, start=start, end=end)
        after = await drivers.after_counts(explained, start=start, end=end, within=WEEK, currency=currency)
        assert explained.read_whole & GROWING == set()
    assert all((flows, bought, returned, steps, heard, answered, reach, outcomes, causes, facts, after))
