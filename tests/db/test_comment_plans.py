"""A report on comments reads its period through the index, and reading finds what is unread without looking for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg

from db import comment_figures, comments, reports
from db.comment_figures import CommentScope
from db.database import Database
from surveys.publishing import publish
from tests.benchmarks.report_data import CATALOGUE
from tests.db.test_report_plans import Explained

END = datetime(2026, 11, 23, tzinfo=UTC)
WEEK = timedelta(days=7)
_FILL = """
    insert into responses
        (id, external_id, touchpoint, survey, metric, score, given_by, answered_at, changed_at, comment)
    overriding system value
    select i, 'a-' || i, 'touchpoint-' || i % 4, 'a', 'csat', i % 5 + 1, 'import', at, at, 'Опоздали, слово' || i
      from (select i, $1::timestamptz - i * interval '25 minutes' as at from generate_series(1, 30000) i) answers
"""
_READ = """
    insert into comment_readings (response_id, answered_at, touchpoint, dictionary_id, sentiment, themes, lemmas)
    select id, answered_at, touchpoint, case when id % 1500 = 0 then 0 else 1 end,
           case when id % 1500 = 0 then 0 else sign(score - 3) end,
           case when id % 1500 = 0 then '{}' else array['theme-' || id % 7] end,
           case when id % 1500 = 0 then '{}' else array['опоздать', 'word-' || id % 500] end
      from responses
"""


async def test_nothing_is_read_whole(database: Database, database_url: str) -> None:
    await publish(database, CATALOGUE, now=END)
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_FILL, END)
        await connection.execute(_READ)
        await connection.execute("vacuum analyze responses")
        await connection.execute("vacuum analyze comment_readings")
    finally:
        await connection.close()
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        explained = Explained(transaction)
        for touchpoint in (None, "touchpoint-3"):
            scope = CommentScope(1, END - WEEK, END, touchpoint)
            counts = await comment_figures.themes_counts(explained, scope, previous_start=END - 2 * WEEK)
            assert sum(count.count for count in counts) > 100
            assert await comment_figures.lemma_counts(explained, scope, at_least=5)
            assert len(await comment_figures.quotes(explained, scope, ["theme-1", "theme-2"], most=3)) == 12
            assert await comment_figures.comments_with(explained, scope, ["опоздать"], most=5)
        assert explained.read_whole & {"responses", "comment_readings"} == set()
        assert explained.indexes <= {
            "ix_comment_readings_answered_at",
            "ix_comment_readings_dictionary_id",
            "pk_comment_readings",
            "pk_responses",
        }
    async with database.transaction() as transaction:
        explained = Explained(transaction)
        assert await comments.has_unread(explained, 1)
        assert len(await comments.claim_unread(explained, 1, limit=5)) == 5
        assert len(await comments.claim_unread(explained, 1, start=END - WEEK, end=END, limit=5)) == 0
        assert explained.read_whole == set()
        assert "ix_comment_readings_dictionary_id" in explained.indexes
