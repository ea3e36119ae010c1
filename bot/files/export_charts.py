"""The charts of an exported workbook: the way with its scores and flows, each score by week, what was answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Final, TypeVar

from bot.files.book import Book, Series
from bot.files.columns import Column
from bot.files.export_columns import DISTRIBUTION, SCORES, Distribution
from bot.files.export_journey import WAY_BETWEEN, flow_columns, flows, journey_columns, stations
from bot.files.export_kinds import ExportKind
from bot.files.export_rows import ExportRows, distribution
from bot.screens.journey import title_of
from bot.screens.json_values import rounded
from bot.screens.wording import Wording
from surveys.exporting import Export, ExportedFigures, ScoreOfWeek
from surveys.rules.journey import Catalogue, Metric
from surveys.rules.languages import pick

_Row = TypeVar("_Row")
_Key = tuple[str, Metric]

MOST_CHARTED: Final = 20
"""Touchpoints, those with the most answers; more make a workbook slow to open."""

MOST_FLOWS: Final = 12
"""Ways from one touchpoint to the next, those that most go."""

_LINES: Final = ("score", "low", "high")


def _places(columns: Sequence[Column[_Row]]) -> dict[str, int]:
    return {column.name: place for place, column in enumerate(columns)}


_SCORE_COLUMNS: Final = _places(SCORES)
_DISTRIBUTION_COLUMNS: Final = _places(DISTRIBUTION)


async def add_charts(
    book: Book, wording: Wording, export: Export, rows: ExportRows, kinds: Collection[ExportKind]
) -> None:
    """A sheet of charts of the kinds, whose rows are already on their sheets in this very order; none without data."""
    scores = await rows.scores() if {ExportKind.SCORES, ExportKind.DISTRIBUTION} <= set(kinds) else ()
    way = await _scores_of_the_way(export.figures, wording) if ExportKind.JOURNEY in kinds else None
    ways = await _largest_flows(export.figures, wording) if ExportKind.FLOWS in kinds else None
    if not (scores or way or ways):
        return
    book.begin_charts(wording.text("export.sheet.charts"))
    if way is not None:
        title, sheet = wording.text("export.chart.journey"), wording.text(f"export.sheet.{ExportKind.JOURNEY}")
        book.add_chart("column", title, sheet, [way], lowest=None, highest=100)
    if ways is not None:
        title, sheet = wording.text("export.chart.flows"), wording.text(f"export.sheet.{ExportKind.FLOWS}")
        book.add_chart("bar", title, sheet, [ways], lowest=0, highest=None)
    _add_scores(book, wording, export.catalogue, scores)


async def _scores_of_the_way(figures: ExportedFigures, wording: Wording) -> Series | None:
    """Every touchpoint's score with its interval; None where nothing has a score."""
    found = await stations(figures)
    measured = [station.score for station in found]
    if not any(one is not None and one.score is not None for one in measured):
        return None
    places = _places(journey_columns(await figures.journey(), wording))
    ends = [
        (one.score - one.interval.low, one.interval.high - one.score)
        if one is not None and one.score is not None and one.interval is not None
        else (0.0, 0.0)
        for one in measured
    ]
    return Series(
        wording.text("export.chart.score"),
        (places["title"], places["score"]),
        1,
        [title_of(station.title, station.touchpoint, wording) for station in found],
        [None if one is None else rounded(one.score) for one in measured],
        errors=([round(below, 2) for below, _ in ends], [round(above, 2) for _, above in ends]),
    )


async def _largest_flows(figures: ExportedFigures, wording: Wording) -> Series | None:
    """The ways that most go; None where nobody goes on."""
    largest = [one for one in await flows(figures, wording) if one.next_title is not None][:MOST_FLOWS]
    if not largest:
        return None
    places = _places(flow_columns(await figures.journey(), wording))
    return Series(
        wording.text("export.chart.count"),
        (places["way"], places["count"]),
        1,
        [WAY_BETWEEN.format(one.title, one.next_title) for one in largest],
        [one.step.share.count for one in largest],
    )


def _add_scores(book: Book, wording: Wording, catalogue: Catalogue, scores: Sequence[ScoreOfWeek]) -> None:
    """Two charts for each touchpoint and metric."""
    weeks = _together(scores, lambda one: (one.touchpoint, one.measured.metric))
    given = _together(distribution(scores), lambda row: (row[0], Metric(row[1])))
    answers = Counter({key: sum(one.measured.n for one in rows) for key, (_, rows) in weeks.items()})
    charted = {key for key, _ in answers.most_common(MOST_CHARTED)}
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
        [rounded(row[4]) for row in rows],
    )


def _together(rows: Sequence[_Row], key_of: Callable[[_Row], _Key]) -> dict[_Key, tuple[int, list[_Row]]]:
    """The rows of each touchpoint and metric, which stand together, with the first one's place on the sheet."""
    found: dict[_Key, tuple[int, list[_Row]]] = {}
    for place, row in enumerate(rows, start=1):
        found.setdefault(key_of(row), (place, []))[1].append(row)
    return found
