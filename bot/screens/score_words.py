"""Scores, their intervals and changes in words."""

from __future__ import annotations

import json

from bot.screens.wording import Wording
from surveys.findings import Findings, Funnel, Json, TouchpointReport
from surveys.reporting import Scores
from surveys.rules.journey import Metric
from surveys.rules.languages import pick
from surveys.rules.metrics import SCALES, Measured


def score_text(measured: Measured, wording: Wording) -> str:
    """The score in its unit: +30 for NPS, 82.9 % for shares; that there is none when it is not shown."""
    if not measured.n:
        return wording.text("report.no_data")
    if measured.score is None:
        return wording.plural("report.few_answers", measured.n)
    return points_text(measured.metric, measured.score, wording)


def interval_text(measured: Measured, wording: Wording) -> str:
    """The ends of the score's interval, empty when it is not shown."""
    interval = measured.interval
    if interval is None:
        return ""
    is_nps = measured.metric is Metric.NPS
    low, high = (wording.number(end, 0 if is_nps else 1, sign=is_nps) for end in (interval.low, interval.high))
    return wording.text("report.interval", low=low, high=high)


def verdict_text(findings: Findings, wording: Wording) -> str:
    """Whether the score changed, in words."""
    return wording.text(f"report.verdict_{findings.change.verdict.value}")


def segment_name(value: Json, wording: Wording) -> str:
    """The value of an attribute as people say it."""
    if value is None:
        return wording.text("report.missing")
    if isinstance(value, bool):
        return wording.text("report.yes" if value else "report.no")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def entry_title(entry: TouchpointReport, wording: Wording) -> str:
    """The touchpoint with what is measured."""
    return f"{pick(entry.title, wording.language) or entry.touchpoint} · {entry.metric.upper()}"


def points_text(metric: Metric, score: float, wording: Wording) -> str:
    """A score or a difference of scores in its unit."""
    if metric is Metric.NPS:
        return wording.number(score, 0, sign=True)
    return wording.text("report.per_cent", value=wording.number(score, 1))


def score_line(measured: Measured, wording: Wording) -> str:
    """The score with its interval and the number of answers."""
    if measured.score is None:
        return score_text(measured, wording)
    return wording.text(
        "report.score",
        score=score_text(measured, wording),
        interval=interval_text(measured, wording),
        answers=wording.plural("report.answers", measured.n),
    )


def mean_text(measured: Measured, wording: Wording) -> str:
    """The mean score, empty where there is none: a mean of NPS scores is never shown."""
    return "" if measured.mean is None or measured.metric is Metric.NPS else wording.number(measured.mean, 2)


def mean_interval_text(measured: Measured, wording: Wording) -> str:
    """The ends of the mean's interval; it may reach over the scale's ends, where nobody can score."""
    interval = measured.mean_interval
    if interval is None:
        return ""
    lowest, highest = SCALES[measured.metric].lowest, SCALES[measured.metric].highest
    low, high = wording.number(max(interval.low, lowest), 2), wording.number(min(interval.high, highest), 2)
    return wording.text("report.interval", low=low, high=high)


def score_and_mean(measured: Measured, wording: Wording) -> str:
    """The score on one line; customer effort is always told with its mean beside it."""
    line = score_line(measured, wording)
    mean, interval = mean_text(measured, wording), mean_interval_text(measured, wording)
    if measured.metric is not Metric.CES or not mean:
        return line
    return wording.text("report.with_mean", score=line, mean=mean, interval=interval)


def change_line(findings: Findings, wording: Wording) -> str:
    """Whether the score changed, from what and by how much."""
    change, previous = findings.change, findings.previous
    if change.points is None or previous.score is None:
        return verdict_text(findings, wording)
    return wording.text(
        "report.change",
        verdict=verdict_text(findings, wording),
        previous=points_text(previous.metric, previous.score, wording),
        change=wording.number(change.points, 0 if previous.metric is Metric.NPS else 1, sign=True),
    )


def moved_text(entry: TouchpointReport, wording: Wording) -> str:
    """A touchpoint's score and what it was before."""
    return wording.text(
        "report.moved",
        touchpoint=pick(entry.title, wording.language) or entry.touchpoint,
        score=score_text(entry.findings.measured, wording),
        previous=score_text(entry.findings.previous, wording),
    )


def asked_text(funnel: Funnel, wording: Wording) -> str:
    """What became of the events: delivered, answered, with a comment."""
    if not funnel.events:
        return wording.text("report.no_events")
    parts = [wording.plural("report.asked_events", funnel.events)]
    if funnel.response_rate is None:
        parts.append(wording.text("report.nothing_delivered"))
    else:
        parts.append(wording.text("report.delivered", n=wording.number(funnel.delivered)))
        rate = wording.number(funnel.response_rate, 1)
        parts.append(wording.text("report.answered", n=wording.number(funnel.answered), rate=rate))
        if funnel.commented:
            parts.append(wording.text("report.commented", n=wording.number(funnel.commented)))
    shown = ", ".join(parts) + "."
    return f"{shown} {wording.text('report.maturing')}" if funnel.maturing else shown


def dates_text(report: Scores, wording: Wording) -> str:
    """The days of the report."""
    return wording.day_range(report.period.start, report.period.last_day)
