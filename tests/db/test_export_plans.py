"""A day's export and a story read what they need through indexes, however long the history is."""

from __future__ import annotations

from datetime import timedelta

from db import case_stories, exported_cases, exported_counts, exported_events, exporting, stories
from db.exporting import ExportScope
from tests.benchmarks.report_data import END, WEEK
from tests.db.test_report_plans import Explained, explained

__all__ = ["explained"]

GROWING = {"responses", "touchpoint_events", "invitations", "cases", "case_moves"}


async def test_a_day_s_export_and_a_story_read_no_table_whole(explained: Explained) -> None:
    day, after = ExportScope(END - WEEK, END - WEEK + timedelta(days=1)), (END - WEEK, 0)
    assert await exporting.page(explained, day, after=after, limit=2_000)
    assert await exported_events.page(explained, day, after=after, limit=2_000)
    assert await exported_counts.known_since(explained)
    await exported_counts.score_counts(explained, day, [END - WEEK])
    await exported_counts.reason_counts(explained, day, [END - WEEK])
    await exported_cases.page(explained, day, after=after, limit=2_000)
    assert await exported_cases.moves_page(explained, day, after=after, limit=2_000)
    assert await stories.near(explained, "order-1", 5)
    assert await case_stories.happenings(explained, [1, 2])
    assert not explained.read_whole & GROWING
    assert {
        "ix_responses_answered_at",
        "ix_touchpoint_events_occurred_at",
        "ix_touchpoint_events_order_id",
        "ix_case_moves_moved_at",
        "ix_case_moves_case_id",
    } <= explained.indexes
