"""The report of a week reads its week through indexes, however long the history is."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio

from db import recovery_figures, reports
from db.database import Database, Transaction
from db.recovery_figures import NegativeTo, Scope
from surveys.publishing import publish
from tests.benchmarks.report_data import CATALOGUE, END, WEEK, Amount, fill

GROWING = {"responses", "touchpoint_events", "invitations", "cases", "case_moves", "messages"}


class Explained(Transaction):
    """A transaction that also keeps the plan of each query it runs."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction._connection)
        self.indexes: set[str] = set()
        self.read_whole: set[str] = set()

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


@pytest.mark.parametrize("attribute", [None, "late"])
@pytest.mark.parametrize("touchpoint", [None, "touchpoint-3"])
async def test_a_week_s_figures_read_no_table_whole(
    explained: Explained, attribute: str | None, touchpoint: str | None
) -> None:
    start, end = END - WEEK, END
    await reports.score_counts(
        explained, previous_start=start - WEEK, start=start, end=end, touchpoint=touchpoint, attribute=attribute
    )
    assert explained.indexes == {"ix_responses_answered_at"}
    await reports.reason_counts(explained, start=start, end=end, touchpoint=touchpoint, attribute=attribute)
    assert explained.indexes == {"ix_responses_answered_at"}
    await reports.funnel_counts(
        explained, start=start, end=end, touchpoint=touchpoint, attribute=attribute, now=end + timedelta(hours=9)
    )
    assert {"ix_touchpoint_events_occurred_at", "uq_invitations_event_id_purpose"} <= explained.indexes
    assert "uq_responses_invitation_id" in explained.indexes
    await reports.case_counts(explained, start=start, end=end, touchpoint=touchpoint, now=end + timedelta(hours=9))
    assert {
        "ix_case_moves_moved_at",
        "ix_cases_first_response_due",
        "ix_cases_resolve_due",
    } <= explained.indexes
    assert explained.read_whole & GROWING - {"messages"} == set()


_BUYERS = """
    set session_replication_role = replica;
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
    for scope in (Scope(), Scope("touchpoint-3"), Scope(person_id=1)):
        await _read_recovery(explained, scope)
        explained.indexes.clear()


async def _read_recovery(explained: Explained, scope: Scope) -> None:
    start, end = END - WEEK, END
    await recovery_figures.move_counts(explained, scope, start=start, end=end)
    assert {"ix_case_moves_moved_at", "ix_case_moves_case_id"} <= explained.indexes
    await recovery_figures.settled_counts(explained, scope, start=start, end=end)
    await recovery_figures.resolve_medians(explained, scope, start=start, end=end)
    await recovery_figures.first_response_medians(explained, scope, start=start, end=end)
    await recovery_figures.overdue_counts(explained, scope, start=start, end=end)
    assert {"ix_cases_resolved_at", "ix_cases_resolve_due", "ix_cases_first_response_due"} <= explained.indexes
    await recovery_figures.pair_counts(explained, start=start, end=end, touchpoint=scope.touchpoint)
    horizon = timedelta(days=90)
    since, until = END - 2 * horizon, END - horizon
    await recovery_figures.waiting_buyers(explained, start=until, end=END, touchpoint=scope.touchpoint)
    await recovery_figures.buyer_counts(
        explained,
        start=since,
        end=until,
        horizon=horizon,
        touchpoint=scope.touchpoint,
        negative_to=NegativeTo(nps=6, csat=2, ces=3),
    )
    assert {"ix_touchpoint_events_customer_id", "ix_responses_customer_id", "ix_cases_customer_id"} <= explained.indexes
    assert explained.read_whole & GROWING == set(), scope
