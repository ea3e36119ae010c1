"""The report of a week reads its week through indexes, however long the history is."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import pytest_asyncio

from db import buyers, recovery_figures, recovery_parts, reports, rollups
from db.database import Database, Transaction
from db.recovery_parts import Scope
from db.reports import Narrowing, Stretches
from surveys.publishing import publish
from surveys.rolling_up import days_between
from tests.benchmarks.report_data import CATALOGUE, END, WEEK, Amount, fill

GROWING = {"responses", "touchpoint_events", "invitations", "cases", "case_moves", "messages"}


class Explained(Transaction):
    """A transaction that also keeps the plan of each query it runs."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction._connection)
        self.indexes: set[str] = set()
        self.read_whole: set[str] = set()
        self.tables: set[str] = set()

    async def rows(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        await self._explain(query, arguments)
        return await super().rows(query, *arguments)

    async def row(self, query: str, *arguments: object) -> asyncpg.Record | None:
        await self._explain(query, arguments)
        return await super().row(query, *arguments)

    async def value(self, query: str, *arguments: object) -> object:
        await self._explain(query, arguments)
        return await super().value(query, *arguments)

    async def _explain(self, query: str, arguments: tuple[object, ...]) -> None:
        found = await super().value(f"explain (format json) {query}", *arguments)
        for node in _nodes(json.loads(str(found))[0]["Plan"]):
            if "Relation Name" in node:
                self.tables.add(str(node["Relation Name"]))
            if "Index Name" in node:
                self.indexes.add(str(node["Index Name"]))
            if node["Node Type"] == "Seq Scan":
                self.read_whole.add(str(node["Relation Name"]))


def _nodes(node: dict[str, object]) -> Iterator[dict[str, object]]:
    yield node
    children = node.get("Plans", [])
    assert isinstance(children, list)
    for child in children:
        yield from _nodes(child)


@pytest_asyncio.fixture
async def explained(database: Database, database_url: str) -> AsyncGenerator[Explained, None]:
    """A report's transaction over three years of answers and two of events."""
    await publish(database, CATALOGUE, now=END)
    connection = await asyncpg.connect(database_url)
    try:
        await fill(connection, Amount(answers_a_week=200, weeks=150, event_weeks=100))
    finally:
        await connection.close()
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        yield Explained(transaction)


NARROWINGS = [
    Narrowing(),
    Narrowing(touchpoints=("touchpoint-3",)),
    Narrowing(attributes=(("location", ("shop-3", None)),), reason="late"),
]
WEEK_RAW = Stretches((), ((END - WEEK, END),))
WEEK_COUNTED = Stretches(tuple((END - timedelta(days=number)).date() for number in range(1, 8)), ())


@pytest.mark.parametrize("attribute", [None, "late"])
@pytest.mark.parametrize("narrowing", NARROWINGS)
async def test_a_week_s_figures_read_no_table_whole(
    explained: Explained, attribute: str | None, narrowing: Narrowing
) -> None:
    before = Stretches((), ((END - 2 * WEEK, END - WEEK),))
    now = END + timedelta(hours=9)
    await reports.score_counts(explained, [before, WEEK_RAW], narrowing=narrowing, attribute=attribute)
    assert explained.indexes == {"ix_responses_answered_at"}
    await reports.reason_counts(explained, WEEK_RAW, narrowing=narrowing, attribute=attribute)
    assert explained.indexes == {"ix_responses_answered_at"}
    await reports.funnel_counts(explained, WEEK_RAW, narrowing=narrowing, attribute=attribute, now=now)
    assert {"ix_touchpoint_events_occurred_at", "uq_invitations_event_id_purpose"} <= explained.indexes
    assert "uq_responses_invitation_id" in explained.indexes
    await recovery_parts.case_groups(explained, Scope(narrowing), start=END - WEEK, end=END, known_at=now)
    await reports.open_cases(explained, narrowing=narrowing)
    assert {
        "ix_case_moves_moved_at",
        "ix_cases_first_response_due",
        "ix_cases_resolve_due",
    } <= explained.indexes
    assert explained.read_whole & GROWING - {"messages"} == set()


_BUYERS = """
    set session_replication_role = replica;
    delete from accounts; delete from customers; delete from persons;
    insert into persons (id, created_at) overriding system value select i, now() from generate_series(1, 3000) i;
    insert into customers (id, external_id, person_id, created_at) overriding system value
    select i, 'c-' || i, i, now() from generate_series(1, 3000) i;
    update touchpoint_events set customer_id = id % 3000 + 1, amount = 100;
    update responses set customer_id = event_id % 3000 + 1 where event_id is not null;
    update cases set customer_id = event_id % 3000 + 1 where event_id is not null;
    set session_replication_role = default
"""


async def test_recovery_s_figures_read_no_table_whole(explained: Explained, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_BUYERS)
        for table in ("persons", "customers", "touchpoint_events", "responses", "cases"):
            await connection.execute(f"vacuum analyze {table}")
    finally:
        await connection.close()
    for scope in (Scope(), Scope(Narrowing(("touchpoint-3",))), Scope(person_id=1)):
        await _read_recovery(explained, scope)
        explained.indexes.clear()


async def _read_recovery(explained: Explained, scope: Scope) -> None:
    start, end = END - WEEK, END
    await recovery_parts.case_groups(explained, scope, start=start, end=end, known_at=end)
    assert {"ix_case_moves_moved_at", "ix_case_moves_resolved"} <= explained.indexes
    assert {"ix_cases_resolved_at", "ix_cases_resolve_due", "ix_cases_first_response_due"} <= explained.indexes
    await recovery_figures.pair_counts(explained, start=start, end=end, narrowing=scope.narrowing)
    assert "ix_responses_again_answered_at" in explained.indexes
    horizon = timedelta(days=90)
    since, until = END - 2 * horizon, END - horizon
    await buyers.waiting_buyers(explained, start=until, end=END, narrowing=scope.narrowing)
    await buyers.buyer_counts(explained, start=since, end=until, horizon=horizon, narrowing=scope.narrowing)
    assert {
        "ix_touchpoint_events_bought",
        "ix_responses_negative_customer_id",
        "ix_cases_customer_id",
    } <= explained.indexes
    assert explained.read_whole & GROWING == set(), scope


async def test_counted_days_are_read_without_a_look_at_answers_or_events(explained: Explained) -> None:
    days = days_between((END - 52 * WEEK).date(), END.date(), ZoneInfo("UTC"))
    await explained.run("set transaction read write")
    assert await rollups.stale_days(explained, "answers", days, zone="UTC") == {day.day for day in days}
    for counted in ("answers", "funnel"):
        await rollups.count_days(Transaction(explained._connection), counted, days, zone="UTC")
    await explained.run(
        "insert into report_marks (counted, at) select 'answers', $1::timestamptz + n * interval '1 second'"
        " from generate_series(1, 20000) as n",
        END,
    )
    await explained.run("analyze report_marks")
    explained.indexes.clear()
    assert await rollups.stale_days(explained, "answers", days, zone="UTC") == set()
    assert "ix_report_marks_counted" in explained.indexes
    explained.tables.clear()
    scores = await reports.score_counts(explained, [WEEK_COUNTED])
    reasons = await reports.reason_counts(explained, WEEK_COUNTED)
    funnel = await reports.funnel_counts(explained, WEEK_COUNTED, now=END)
    assert explained.tables == {"daily_scores", "daily_reasons", "daily_funnel"}
    raw = (
        await reports.score_counts(explained, [WEEK_RAW]),
        await reports.reason_counts(explained, WEEK_RAW),
        await reports.funnel_counts(explained, WEEK_RAW, now=END),
    )
    for counted_rows, raw_rows in zip((scores, reasons, funnel), raw, strict=True):
        assert sum(row.count for row in counted_rows) == sum(row.count for row in raw_rows) > 0
