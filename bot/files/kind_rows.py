"""Rows of one kind on their way into a sheet or a file: columns, and pages of values."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.files.columns import Cell, Column
from bot.files.writing import Value

Page = Callable[[], list[list[Value]]]
"""Turns a page that was read into values, which may be done in a thread."""

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class KindRows:
    """The names of the columns with what their cells hold, and the pages."""

    columns: Sequence[tuple[str, Cell]]
    pages: AsyncIterator[Page]


def paged(columns: Sequence[Column[_Row]], pages: AsyncIterator[Sequence[_Row]]) -> KindRows:
    """Rows that are read page by page."""

    async def turned() -> AsyncIterator[Page]:
        async for page in pages:
            yield _page(columns, page)

    return KindRows([(column.name, column.cell) for column in columns], turned())


def together(columns: Sequence[Column[_Row]], rows: Sequence[_Row]) -> KindRows:
    """Rows that are there already, as one page."""
    return paged(columns, _once(rows))


def _page(columns: Sequence[Column[_Row]], rows: Sequence[_Row]) -> Page:
    return lambda: [[column.of(row) for column in columns] for row in rows]


async def _once(rows: Sequence[_Row]) -> AsyncIterator[Sequence[_Row]]:
    if rows:
        yield rows
