"""The report as a picture: its words, and the numbers to draw."""

from __future__ import annotations

from bot.drawing.kinds import Theme
from bot.drawing.report.picture import Estimate, FunnelStep, Mark, MovedLine, Picture, ScoreRow
from bot.screens.report import total_funnel
from bot.screens.score_words import moved_text, score_text
from bot.screens.wording import Wording
from surveys.findings import Findings, Funnel, TouchpointReport
from surveys.reporting import Report
from surveys.rules.journey import Metric
from surveys.rules.languages import pick
from surveys.rules.metrics import Measured, Verdict

_MARKS = {
    Verdict.UP: Mark.UP,
    Verdict.DOWN: Mark.DOWN,
    Verdict.NO_REAL_CHANGE: Mark.STEADY,
    Verdict.NOT_ENOUGH_ANSWERS: Mark.UNKNOWN,
}


def report_picture(report: Report, language: str, theme: str) -> Picture:
    """The report in the reader's language on the reader's paper."""
    wording = Wording(language, report.language)
    moved = [entry for entry in report.touchpoints if entry.findings.change.verdict in (Verdict.UP, Verdict.DOWN)]
    return Picture(
        theme=Theme(theme),
        heading=report.business_name,
        dates=_dates(report, wording),
        moved_title=wording.text("picture.moved"),
        moved=tuple(MovedLine(moved_text(entry, wording), _mark(entry.findings)) for entry in moved)
        or (MovedLine(_nothing_moved(report, wording), Mark.STEADY),),
        scores_title=wording.text("picture.scores"),
        trend_title=wording.plural("picture.weeks", max((len(entry.trend) for entry in report.touchpoints), default=0)),
        rows=tuple(_row(entry, wording) for entry in report.touchpoints),
        funnel_title=wording.text("picture.funnel"),
        funnel=_funnel(total_funnel(report.touchpoints), wording),
        footnote=wording.text("picture.footnote"),
    )


def _dates(report: Report, wording: Wording) -> str:
    dates = wording.day_range(report.period.start, report.period.last_day)
    week = report.period.week_name
    if week is None:
        return dates
    return wording.text("picture.week", week=week.rpartition("W")[2].lstrip("0"), dates=dates)


def _nothing_moved(report: Report, wording: Wording) -> str:
    if not any(entry.findings.measured.n for entry in report.touchpoints):
        return wording.text("picture.no_answers")
    compared = any(entry.findings.change.verdict is Verdict.NO_REAL_CHANGE for entry in report.touchpoints)
    return wording.text("picture.nothing_moved" if compared else "picture.nothing_compared")


def _mark(findings: Findings) -> Mark:
    return _MARKS[findings.change.verdict]


def _row(entry: TouchpointReport, wording: Wording) -> ScoreRow:
    measured = entry.findings.measured
    return ScoreRow(
        title=pick(entry.title, wording.language) or entry.touchpoint,
        score="–" if measured.score is None else score_text(measured, wording),
        note=_note(measured, wording),
        change=_change(entry.findings, wording),
        mark=_mark(entry.findings),
        lowest=-100 if entry.metric is Metric.NPS else 0,
        estimate=_estimate(measured),
        trend=tuple(_estimate(point.measured) for point in entry.trend),
    )


def _note(measured: Measured, wording: Wording) -> str:
    answers = wording.plural("report.answers", measured.n) if measured.n else wording.text("report.no_data")
    parts = [measured.metric.upper(), answers]
    if measured.n and measured.score is None:
        parts.append(wording.text("picture.too_few"))
    return " · ".join(parts)


def _change(findings: Findings, wording: Wording) -> str:
    """By how much it moved beyond chance; else that it did not, or how little is known."""
    measured, points = findings.measured, findings.change.points
    if measured.score is None:
        return ""
    if points is not None and findings.change.verdict is not Verdict.NO_REAL_CHANGE:
        return wording.number(points, 0 if measured.metric is Metric.NPS else 1, sign=True)
    if measured.preliminary:
        return wording.text("picture.preliminary")
    return "" if points is None else wording.text("picture.steady")


def _estimate(measured: Measured) -> Estimate | None:
    if measured.score is None or measured.interval is None:
        return None
    return Estimate(measured.score, measured.interval.low, measured.interval.high)


def _funnel(funnel: Funnel, wording: Wording) -> tuple[FunnelStep, ...]:
    """Each step with its share of the one before it."""
    if not funnel.events:
        return ()
    steps = []
    before = 0
    for name in ("events", "delivered", "answered", "commented"):
        count = getattr(funnel, name)
        text = wording.number(count)
        if before:
            text = wording.text("picture.share", n=text, share=wording.number(100 * count / before))
        steps.append(FunnelStep(wording.text(f"picture.{name}"), text, count))
        before = count
    return tuple(steps)
