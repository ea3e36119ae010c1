"""Trials as a sheet: a row for each variant, and nothing about their difference before the planned number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.files.columns import Cell, Column
from bot.files.figure_cells import interval_columns
from bot.files.kind_rows import KindRows, together
from bot.screens.journey import title_of
from bot.screens.json_values import rounded
from bot.screens.wording import Wording
from surveys.exporting import ExportedFigures
from surveys.rules.languages import pick
from surveys.rules.metrics import Interval
from surveys.rules.trial_verdicts import TrialResult, VariantResult
from surveys.rules.trials import VariantName
from surveys.trials import TrialView


@dataclass(frozen=True, slots=True)
class VariantOfTrial:
    """A variant; what there is about both stands with the second."""

    trial: TrialView
    name: VariantName

    @property
    def result(self) -> VariantResult | None:
        """What was found of it; None before the trial is decided."""
        result = self.trial.result
        return None if result is None else result.a if self.name is VariantName.A else result.b

    @property
    def compared(self) -> TrialResult | None:
        """Second minus first, on the second's row alone."""
        return self.trial.result if self.name is VariantName.B else None

    @property
    def people(self) -> int:
        """How many were given it."""
        return self.trial.split.a if self.name is VariantName.A else self.trial.split.b


async def trial_rows(figures: ExportedFigures, wording: Wording) -> KindRows:
    """Two rows for each trial, the newest first."""
    found = [trial for trial in await figures.trials() if figures.concerns(trial.touchpoint)]
    return together(_trial_columns(wording), [VariantOfTrial(trial, name) for trial in found for name in VariantName])


def _trial_columns(wording: Wording) -> tuple[Column[VariantOfTrial], ...]:
    """Of the variants."""
    return (
        Column("trial", Cell.TEXT, lambda one: one.trial.key),
        Column("touchpoint", Cell.TEXT, lambda one: one.trial.touchpoint),
        Column("title", Cell.TEXT, lambda one: title_of(one.trial.title, one.trial.touchpoint, wording)),
        Column("measure", Cell.TEXT, lambda one: one.trial.measure.value),
        Column("metric", Cell.TEXT, lambda one: one.trial.metric.value),
        Column("starts_on", Cell.DAY, lambda one: one.trial.starts_on),
        Column("state", Cell.TEXT, lambda one: one.trial.state.value),
        Column("stopped_at", Cell.INSTANT, lambda one: one.trial.stopped_at),
        Column("variant", Cell.TEXT, lambda one: one.name.value),
        Column("differs", Cell.TEXT, lambda one: one.trial.differs.value),
        Column("variant_value", Cell.LONG_TEXT, lambda one: _value(one, wording)),
        Column("planned", Cell.NUMBER, lambda one: one.trial.planned),
        Column("reached", Cell.NUMBER, lambda one: one.trial.reached[one.name]),
        Column("missing", Cell.NUMBER, lambda one: one.trial.missing(one.name)),
        Column("reached_about", Cell.INSTANT, lambda one: one.trial.reached_about),
        Column("people", Cell.NUMBER, lambda one: one.people),
        Column("split_suspicious", Cell.FLAG, lambda one: one.trial.split.is_suspicious),
        Column("value", Cell.NUMBER, lambda one: rounded(one.result.value) if one.result else None),
        *interval_columns("low", "high", _interval),
        Column("difference", Cell.NUMBER, lambda one: rounded(one.compared.difference) if one.compared else None),
        *interval_columns("difference_low", "difference_high", _difference_interval),
        Column("p_value", Cell.NUMBER, _p_value),
        Column("verdict", Cell.TEXT, _verdict),
    )


def _interval(one: VariantOfTrial) -> Interval | None:
    return None if one.result is None else one.result.interval


def _difference_interval(one: VariantOfTrial) -> Interval | None:
    return None if one.compared is None else one.compared.interval


def _p_value(one: VariantOfTrial) -> float | None:
    return None if one.compared is None else rounded(one.compared.p_value, 4)


def _verdict(one: VariantOfTrial) -> str | None:
    return None if one.compared is None else one.compared.verdict.value


def _value(one: VariantOfTrial, wording: Wording) -> str | None:
    """The question's words, or a duration as in the catalogue; None: no reminder."""
    value = one.trial.values[one.name]
    return pick(value, wording.language) if isinstance(value, Mapping) else value
