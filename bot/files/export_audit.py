"""The audit as a sheet: what is wrong with which touchpoint, by which figures, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from bot.files.columns import Cell, Column
from bot.files.figure_cells import interval_columns, share_columns
from bot.files.kind_rows import KindRows, together
from bot.screens.audit import advice, detail, finding_title
from bot.screens.journey import title_of
from bot.screens.json_values import rounded
from bot.screens.wording import Wording
from surveys.auditing import Audit
from surveys.exporting import ExportedFigures
from surveys.rules.auditing import UNNAMED, Finding
from surveys.rules.metrics import Interval, Measured


async def audit_rows(figures: ExportedFigures, wording: Wording) -> KindRows:
    """A row for each thing that is wrong, what hurts most first."""
    audit = await figures.audit()
    findings = [finding for finding in audit.findings if figures.concerns(finding.touchpoint)]
    return together(_columns(audit, wording), findings)


def _columns(audit: Audit, wording: Wording) -> tuple[Column[Finding], ...]:
    return (
        Column("finding", Cell.TEXT, lambda one: one.kind.value),
        Column("what", Cell.LONG_TEXT, lambda one: finding_title(one.kind, wording)),
        Column("touchpoint", Cell.TEXT, lambda one: one.touchpoint),
        Column("title", Cell.TEXT, lambda one: _title(one, wording)),
        Column("detail", Cell.LONG_TEXT, lambda one: detail(one, audit, wording) or None),
        Column("advice", Cell.LONG_TEXT, lambda one: advice(one.kind, audit, wording)),
        Column("last_at", Cell.INSTANT, lambda one: one.last_at),
        Column("events", Cell.NUMBER, lambda one: one.events),
        *share_columns(("count", "of", "share", "share_low", "share_high"), lambda one: one.share),
        Column("metric", Cell.TEXT, lambda one: None if one.measured is None else one.measured.metric.value),
        *_score_columns("", lambda one: one.measured),
        *_score_columns("previous_", lambda one: one.previous),
    )


def _score_columns(prefix: str, of: Callable[[Finding], Measured | None]) -> tuple[Column[Finding], ...]:
    def score(finding: Finding) -> float | None:
        measured = of(finding)
        return None if measured is None else rounded(measured.score)

    def answers(finding: Finding) -> int | None:
        measured = of(finding)
        return None if measured is None else measured.n

    def interval(finding: Finding) -> Interval | None:
        measured = of(finding)
        return None if measured is None else measured.interval

    return (
        Column(f"{prefix}answers", Cell.NUMBER, answers),
        Column(f"{prefix}score", Cell.NUMBER, score),
        *interval_columns(f"{prefix}low", f"{prefix}high", interval),
    )


def _title(finding: Finding, wording: Wording) -> str:
    if finding.touchpoint == UNNAMED:
        return wording.text("audit.unnamed")
    return title_of(finding.title, finding.touchpoint, wording)
