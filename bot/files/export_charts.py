"""The charts of an exported workbook: each touchpoint's score by week with its interval, and what was answered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from bot.files.book import Book, Series
from bot.files.export_columns import DISTRIBUTION, SCORES, ExportKind
from bot.files.export_rows import distribution
from bot.screens.wording import Wording
from surveys.exporting import ScoreOfWeek
from surveys.rules.journey import Catalogue, Metric
from surveys.rules.languages import pick

MOST_CHARTED: Final = 20
"""Touchpoints, those with the most answers; more make a workbook slow to open."""

_SCORE_COLUMNS: Final = [column.name for column in SCORES]
_DISTRIBUTION_COLUMNS: Final = [column.name for column in DISTRIBUTION]


def add_charts(book: Book, wording: Wording, catalogue: Catalogue, scores: Sequence[ScoreOfWeek]) -> None:
    """Two charts for each touchpoint and metric, of rows that are already on their sheets in this very order."""
    weeks: dict[tuple[str, Metric], list[int]] = defaultdict(list)
    answers: Counter[tuple[str, Metric]] = Counter()
    for row, one in enumerate(scores, start=1):
        weeks[one.touchpoint, one.measured.metric].append(row)
        answers[one.touchpoint, one.measured.metric] += one.measured.n
    given: dict[tuple[str, Metric], list[int]] = defaultdict(list)
    for row, (touchpoint, metric, *_) in enumerate(distribution(scores), start=1):
        given[touchpoint, Metric(metric)].append(row)
    charted = {key for key, _ in answers.most_common(MOST_CHARTED)}
    book.begin_charts(wording.text("export.sheet.charts"))
    for (touchpoint, metric), rows in weeks.items():
        if (touchpoint, metric) not in charted:
            continue
        configured = catalogue.touchpoints.get(touchpoint)
        title = pick({} if configured is None else configured.title, wording.language) or touchpoint
        named = {"touchpoint": title, "metric": metric.value.upper()}
        book.add_chart(
            "line",
            wording.text("export.chart.by_week", **named),
            wording.text(f"export.sheet.{ExportKind.SCORES}"),
            [_line(wording, name, rows) for name in ("score", "low", "high")],
            lowest=-100 if metric is Metric.NPS else 0,
            highest=100,
        )
        book.add_chart(
            "column",
            wording.text("export.chart.distribution", **named),
            wording.text(f"export.sheet.{ExportKind.DISTRIBUTION}"),
            [_bars(wording, given[touchpoint, metric])],
            lowest=0,
            highest=None,
        )


def _line(wording: Wording, column: str, rows: Sequence[int]) -> Series:
    labels, values = (_SCORE_COLUMNS.index(name) for name in ("week", column))
    return Series(wording.text(f"export.chart.{column}"), labels, values, rows[0], rows[-1], faint=column != "score")


def _bars(wording: Wording, rows: Sequence[int]) -> Series:
    labels, values = (_DISTRIBUTION_COLUMNS.index(name) for name in ("score", "share"))
    return Series(wording.text("export.chart.share"), labels, values, rows[0], rows[-1])
