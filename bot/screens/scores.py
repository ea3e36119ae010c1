"""The scores a manager asked for."""

from __future__ import annotations

from typing import Final

from bot.screens.score_words import (
    asked_text,
    change_line,
    dates_text,
    entry_title,
    mean_interval_text,
    mean_text,
    score_and_mean,
    segment_name,
)
from bot.screens.screen import Run, Screen, Style
from bot.screens.sections import Paragraph, fitted, section
from bot.screens.wording import Wording
from surveys.findings import Segment, TouchpointReport
from surveys.reporting import Scores
from surveys.rules.journey import Metric
from surveys.rules.languages import pick

SEGMENTS: Final = 10
REASONS: Final = 5


def scores_screen(report: Scores, language: str) -> Screen:
    """The scores of each touchpoint; of a single one all there is to say."""
    wording = Wording(language, report.language)
    paragraphs: list[Paragraph] = [(Run(dates_text(report, wording), Style.BOLD),)]
    if not report.touchpoints:
        paragraphs.append((Run(wording.text("report.no_answers")),))
    detailed = len({entry.touchpoint for entry in report.touchpoints}) == 1
    for entry in report.touchpoints:
        lines = _details(entry, wording) if detailed else _summary(entry, wording)
        paragraphs.append((Run(entry_title(entry, wording), Style.BOLD), Run("\n" + "\n".join(lines))))
        if entry.segments is not None and report.by is not None:
            paragraphs.append(section(wording, "report.by", _segments(entry, wording), attribute=report.by))
    return fitted(paragraphs)


def _summary(entry: TouchpointReport, wording: Wording) -> list[str]:
    findings = entry.findings
    lines = [score_and_mean(findings.measured, wording)]
    if findings.measured.score is not None:
        lines.append(change_line(findings, wording))
        if findings.measured.preliminary:
            lines.append(wording.text("report.is_preliminary"))
    return lines


def _details(entry: TouchpointReport, wording: Wording) -> list[str]:
    findings, measured = entry.findings, entry.findings.measured
    lines = _summary(entry, wording)
    if measured.n:
        spread = " · ".join(f"{score}: {wording.number(count)}" for score, count in measured.distribution.items())
        lines.append(wording.text("report.distribution", distribution=spread))
    if entry.metric is not Metric.CES and (mean := mean_text(measured, wording)):
        lines.append(wording.text("report.mean", mean=mean, interval=mean_interval_text(measured, wording)))
    lines.append(asked_text(findings.funnel, wording))
    reasons = [
        f"{pick(entry.reason_titles.get(reason, {}), wording.language) or reason}: {wording.number(count)}"
        for reason, count in list(findings.reasons.items())[:REASONS]
    ]
    if reasons:
        lines.append(wording.text("report.reasons", reasons=", ".join(reasons)))
    return lines


def _segments(entry: TouchpointReport, wording: Wording) -> list[str]:
    segments: tuple[Segment, ...] = entry.segments or ()
    lines = [
        f"{segment_name(segment.value, wording)}: {score_and_mean(segment.findings.measured, wording)}"
        for segment in segments[:SEGMENTS]
    ]
    return lines or [wording.text("report.no_data")]
