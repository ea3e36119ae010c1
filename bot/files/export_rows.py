"""The rows of each kind an export has, as values, page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby
from typing import Final

from bot.files.export_alarms import alarm_rows
from bot.files.export_audit import audit_rows
from bot.files.export_columns import (
    ANSWERS,
    CASES,
    DISTRIBUTION,
    EVENTS,
    MOVES,
    REASONS,
    SCORES,
    Distribution,
    with_attributes,
)
from bot.files.export_comments import theme_rows, word_rows
from bot.files.export_drivers import afterwards_rows, driver_rows
from bot.files.export_journey import flow_rows, journey_rows, way_rows
from bot.files.export_kinds import ExportKind
from bot.files.export_recovery import before_after_rows, bought_again_rows, reach_rows, recovery_rows
from bot.files.export_report import report_rows
from bot.files.export_trials import trial_rows
from bot.files.kind_rows import KindRows, paged, together
from bot.screens.wording import Wording
from surveys.exporting import Export, ExportedFigures, ScoreOfWeek
from surveys.rules.metrics import SCALES, SHOWN_FROM

_FIGURES: Final[Mapping[ExportKind, Callable[[ExportedFigures, Wording], Awaitable[KindRows]]]] = {
    ExportKind.REPORT: report_rows,
    ExportKind.JOURNEY: journey_rows,
    ExportKind.FLOWS: flow_rows,
    ExportKind.WAYS: way_rows,
    ExportKind.AUDIT: audit_rows,
    ExportKind.DRIVERS: driver_rows,
    ExportKind.AFTERWARDS: afterwards_rows,
    ExportKind.THEMES: theme_rows,
    ExportKind.WORDS: word_rows,
    ExportKind.TRIALS: trial_rows,
    ExportKind.ALARMS: alarm_rows,
    ExportKind.REACH: reach_rows,
    ExportKind.RECOVERY: recovery_rows,
    ExportKind.BEFORE_AFTER: before_after_rows,
    ExportKind.BOUGHT_AGAIN: bought_again_rows,
}


class ExportRows:
    """The rows of one export; each kind is read once."""

    def __init__(self, export: Export, wording: Wording) -> None:
        self._export = export
        self._wording = wording
        self._scores: Sequence[ScoreOfWeek] | None = None

    async def of(self, kind: ExportKind) -> KindRows:
        """The rows of the kind."""
        export = self._export
        match kind:
            case ExportKind.ANSWERS:
                found = paged(with_attributes(ANSWERS, export.answer_attributes), export.answers())
            case ExportKind.EVENTS:
                found = paged(with_attributes(EVENTS, export.event_attributes), export.events())
            case ExportKind.CASES:
                found = paged(CASES, export.cases())
            case ExportKind.MOVES:
                found = paged(MOVES, export.moves())
            case ExportKind.SCORES:
                found = together(SCORES, await self.scores())
            case ExportKind.DISTRIBUTION:
                found = together(DISTRIBUTION, distribution(await self.scores()))
            case ExportKind.REASONS:
                found = together(REASONS, await export.reasons())
            case _:
                found = await _FIGURES[kind](export.figures, self._wording)
        return found

    async def scores(self) -> Sequence[ScoreOfWeek]:
        """The scores by week, those of a touchpoint and metric together; read when first asked for."""
        if self._scores is None:
            self._scores = await self._export.scores()
        return self._scores


def distribution(scores: Sequence[ScoreOfWeek]) -> list[Distribution]:
    """How often each score was given in all weeks together, those nobody gave too; no shares of under five answers."""
    found: list[Distribution] = []
    for (touchpoint, metric), weeks in groupby(scores, lambda one: (one.touchpoint, one.measured.metric)):
        counts: Counter[int] = Counter()
        for week in weeks:
            counts.update(week.measured.distribution)
        n = counts.total()
        found.extend(
            (touchpoint, metric.value, score, counts[score], 100 * counts[score] / n if n >= SHOWN_FROM else None)
            for score in SCALES[metric].scores
        )
    return found
