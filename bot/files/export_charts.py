"""The charts of an exported workbook: each touchpoint's score by week with its interval, and what was answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from bot.files.book import Book, Series
from bot.files.export_columns import DISTRIBUTION, SCORES, Distribution, ExportKind
from bot.files.export_rows import distribution
from bot.screens.wording import Wording
from surveys.exporting import ScoreOfWeek
from surveys.rules.journey import Catalogue, Metric
from surveys.rules.languages import pick

_Row = TypeVar("_Row")
_Key = tuple[str, Metric]

MOST_CHARTED: Final = 20
"""Touchpoints, those with the most answers; more make a workbook slow to open."""

_SCORE_COLUMNS: Final = {column.name: place for place, column in enumerate(SCORES)}
_DISTRIBUTION_COLUMNS: Final = {column.name: place for place, column in enumerate(DISTRIBUTION)}
_LINES: Final = ("score", "low", "high")


def add_charts(book: Book, wording: Wording, catalogue: Catalogue, scores: Sequence[ScoreOfWeek]) -> None:
    """Two charts for each touchpoint and metric, of rows that are already on their sheets in this very order."""
    weeks = _together(scores, lambda one: (one.touchpoint, one.measured.metric))
    given = _together(distribution(scores), lambda row: (row[0], Metric(row[1])))
    answers = Counter({key: sum(one.measured.n for one in rows) for key, (_, rows) in weeks.items()})
    charted = {key for key, _ in answers.most_common(MOST_CHARTED)}
    book.begin_charts(wording.text("export.sheet.charts"))
    for key, (first, rows) in weeks.items():
        if key not in charted:
            continue
        touchpoint, metric = key
        configured = catalogue.touchpoints.get(touchpoint)
        title = pick({} if configured is None else configured.title, wording.language) or touchpoint
        named = {"touchpoint": title, "metric": metric.value.upper()}
        book.add_chart(
            "line",
            wording.text("export.chart.by_week", **named),
            wording.text(f"export.sheet.{ExportKind.SCORES}"),
            [_line(wording, name, first, rows) for name in _LINES],
            lowest=-100 if metric is Metric.NPS else 0,
            highest=100,
        )
        book.add_chart(
            "column",
            wording.text("export.chart.distribution", **named),
            wording.text(f"export.sheet.{ExportKind.DISTRIBUTION}"),
            [_bars(wording, *given[key])],
            lowest=0,
            highest=None,
        )


def _line(wording: Wording, column: str, first: int, rows: Sequence[ScoreOfWeek]) -> Series:
    values = SCORES[_SCORE_COLUMNS[column]].of
    return Series(
        wording.text(f"export.chart.{column}"),
        (_SCORE_COLUMNS["week"], _SCORE_COLUMNS[column]),
        first,
        [one.week for one in rows],
        [value if isinstance(value, float) else None for value in map(values, rows)],
        faint=column != "score",
    )


def _bars(wording: Wording, first: int, rows: Sequence[Distribution]) -> Series:
    return Series(
        wording.text("export.chart.share"),
        (_DISTRIBUTION_COLUMNS["score"], _DISTRIBUTION_COLUMNS["share"]),
        first,
        [row[2] for row in rows],
        [round(row[4], 2) for row in rows],
    )


def _together(rows: Sequence[_Row], key_of: Callable[[_Row], _Key]) -> dict[_Key, tuple[int, list[_Row]]]:
    """The rows of each touchpoint and metric, which stand together, with the first one's place on the sheet."""
    found: dict[_Key, tuple[int, list[_Row]]] = {}
    for place, row in enumerate(rows, start=1):
        found.setdefault(key_of(row), (place, []))[1].append(row)
    return found
