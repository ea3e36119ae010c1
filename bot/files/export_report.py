"""The report as a sheet: each touchpoint's score against the time just before, and what became of its events."""

from __future__ import annotations

from collections.abc import Callable

from bot.files.columns import Cell, Column
from bot.files.figure_cells import interval_columns, share_columns
from bot.files.kind_rows import KindRows, together
from bot.screens.journey import title_of
from bot.screens.json_values import rounded
from bot.screens.wording import Wording
from surveys.exporting import ExportedFigures
from surveys.findings import Funnel, TouchpointReport
from surveys.rules.shares import Share

ELSE_BECAME: tuple[tuple[str, Callable[[Funnel], int]], ...] = (
    ("waiting", lambda funnel: funnel.waiting),
    ("planned", lambda funnel: funnel.planned),
    ("skipped", lambda funnel: funnel.skipped),
    ("cancelled", lambda funnel: funnel.cancelled),
    ("rejected", lambda funnel: funnel.rejected),
    ("unknown", lambda funnel: funnel.unknown),
    ("commented", lambda funnel: funnel.commented),
)
"""What became of events beside being delivered and answered."""


async def report_rows(figures: ExportedFigures, wording: Wording) -> KindRows:
    """A row for each touchpoint and metric."""
    return together(_report_columns(wording), (await figures.report()).touchpoints)


def _report_columns(wording: Wording) -> tuple[Column[TouchpointReport], ...]:
    def became(name: str, of: Callable[[Funnel], int]) -> Column[TouchpointReport]:
        return Column(name, Cell.NUMBER, lambda one: of(one.findings.funnel))

    return (
        Column("touchpoint", Cell.TEXT, lambda one: one.touchpoint),
        Column("title", Cell.TEXT, lambda one: title_of(one.title, one.touchpoint, wording)),
        Column("metric", Cell.TEXT, lambda one: one.metric.value),
        Column("answers", Cell.NUMBER, lambda one: one.findings.measured.n),
        Column("score", Cell.NUMBER, lambda one: rounded(one.findings.measured.score)),
        *interval_columns("low", "high", lambda one: one.findings.measured.interval),
        Column("preliminary", Cell.FLAG, lambda one: one.findings.measured.preliminary),
        Column("negative", Cell.NUMBER, lambda one: one.findings.measured.answers.negative),
        Column("neutral", Cell.NUMBER, lambda one: one.findings.measured.answers.neutral),
        Column("positive", Cell.NUMBER, lambda one: one.findings.measured.answers.positive),
        Column("mean", Cell.NUMBER, lambda one: rounded(one.findings.measured.mean)),
        *interval_columns("mean_low", "mean_high", lambda one: one.findings.measured.mean_interval),
        Column("previous_answers", Cell.NUMBER, lambda one: one.findings.previous.n),
        Column("previous_score", Cell.NUMBER, lambda one: rounded(one.findings.previous.score)),
        *interval_columns("previous_low", "previous_high", lambda one: one.findings.previous.interval),
        Column("change", Cell.NUMBER, lambda one: rounded(one.findings.change.points)),
        Column("p_value", Cell.NUMBER, lambda one: rounded(one.findings.change.p_value, 4)),
        Column("verdict", Cell.TEXT, lambda one: one.findings.change.verdict.value),
        Column("events", Cell.NUMBER, lambda one: one.findings.funnel.events),
        *share_columns(
            ("answered", "delivered", "response_rate", "response_low", "response_high"),
            lambda one: Share(one.findings.funnel.answered, one.findings.funnel.delivered),
        ),
        *(became(name, of) for name, of in ELSE_BECAME),
        Column("maturing", Cell.FLAG, lambda one: one.findings.funnel.maturing),
    )
