"""The rows of each kind an export has, as values, page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from bot.files.columns import Cell, Column
from bot.files.export_columns import (
    ANSWERS,
    CASES,
    DISTRIBUTION,
    EVENTS,
    MOVES,
    REASONS,
    SCORES,
    Distribution,
    ExportKind,
    with_attributes,
)
from bot.files.writing import Value
from surveys.exporting import Export, ScoreOfWeek
from surveys.rules.metrics import SCALES

Page = Callable[[], list[list[Value]]]
"""Turns a page that was read into values, which may be done in a thread."""

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class KindRows:
    """The names of the columns with what their cells hold, and the pages."""

    columns: Sequence[tuple[str, Cell]]
    pages: AsyncIterator[Page]


class ExportRows:
    """The rows of one export; each kind is read once."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._scores: Sequence[ScoreOfWeek] | None = None

    async def of(self, kind: ExportKind) -> KindRows:
        """The rows of the kind."""
        export = self._export
        match kind:
            case ExportKind.ANSWERS:
                found = _rows(with_attributes(ANSWERS, export.answer_attributes), export.answers())
            case ExportKind.EVENTS:
                found = _rows(with_attributes(EVENTS, export.event_attributes), export.events())
            case ExportKind.CASES:
                found = _rows(CASES, export.cases())
            case ExportKind.MOVES:
                found = _rows(MOVES, export.moves())
            case ExportKind.SCORES:
                found = _rows(SCORES, _once(await self.scores()))
            case ExportKind.DISTRIBUTION:
                found = _rows(DISTRIBUTION, _once(distribution(await self.scores())))
            case _:
                found = _rows(REASONS, _once(await export.reasons()))
        return found

    async def scores(self) -> Sequence[ScoreOfWeek]:
        """The scores by week, those of a touchpoint and metric together; read when first asked for."""
        if self._scores is None:
            self._scores = await self._export.scores()
        return self._scores


def distribution(scores: Sequence[ScoreOfWeek]) -> list[Distribution]:
    """How often each score was given in all weeks together, those nobody gave too."""
    found: list[Distribution] = []
    for (touchpoint, metric), weeks in groupby(scores, lambda one: (one.touchpoint, one.measured.metric)):
        counts: Counter[int] = Counter()
        for week in weeks:
            counts.update(week.measured.distribution)
        n = counts.total()
        found.extend(
            (touchpoint, metric.value, score, counts[score], 100 * counts[score] / n) for score in SCALES[metric].scores
        )
    return found


def _rows(columns: Sequence[Column[_Row]], pages: AsyncIterator[Sequence[_Row]]) -> KindRows:
    async def turned() -> AsyncIterator[Page]:
        async for page in pages:
            yield _page(columns, page)

    return KindRows([(column.name, column.cell) for column in columns], turned())


def _page(columns: Sequence[Column[_Row]], rows: Sequence[_Row]) -> Page:
    return lambda: [[column.of(row) for column in columns] for row in rows]


async def _once(rows: Sequence[_Row]) -> AsyncIterator[Sequence[_Row]]:
    """All rows as one page."""
    if rows:
        yield rows
