"""Answers with their context, for a spreadsheet or another program."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from db import exporting
from db.database import Database, Transaction
from db.exporting import StoredAnswerInContext as ExportedAnswer
from surveys.rules.quoting import conceal

__all__ = ["Export", "ExportedAnswer", "export_answers"]

PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Export:
    """The answers of a period as of one moment; `pages` is read once, in bounded memory."""

    attribute_names: tuple[str, ...]
    pages: AsyncGenerator[Sequence[ExportedAnswer], None]


@asynccontextmanager
async def export_answers(
    database: Database, *, start: datetime | None = None, end: datetime | None = None, page_size: int = PAGE
) -> AsyncGenerator[Export, None]:
    """All answers first given in [start, end), in the order they were given, from one snapshot.

    Comments come without what leads to a person.
    """
    async with database.transaction() as transaction:
        await exporting.take_snapshot(transaction)
        names = await exporting.attribute_names(transaction, start=start, end=end)
        yield Export(names, _pages(transaction, start, end, page_size))


async def _pages(
    transaction: Transaction, start: datetime | None, end: datetime | None, page_size: int
) -> AsyncGenerator[Sequence[ExportedAnswer], None]:
    after: tuple[datetime, int] | None = None
    while True:
        page = await exporting.page(transaction, start=start, end=end, after=after, limit=page_size)
        if page:
            yield [one if one.comment is None else replace(one, comment=conceal(one.comment)) for one in page]
        if len(page) < page_size:
            return
        after = (page[-1].answered_at, page[-1].response_id)
