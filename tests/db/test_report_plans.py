"""The report of a week reads its week through indexes, however long the history is."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio

from db import reports
from db.database import Database, Transaction
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
