"""The report as the JSON document that `report --json` prints and `GET /api/v1/scores` answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from bot.screens.json_values import Document, iso_duration, limits, rounded
from bot.screens.recovery_json import build_case_details, build_recovery
from bot.screens.whole_business import build_whole_business
from surveys.findings import Findings, Json, TouchpointReport, TrendPoint
from surveys.reporting import Report
from surveys.rules.weeks import week_name
from surveys.whole_business import WholeBusiness


def build_report_document(report: Report, whole: WholeBusiness | None = None) -> Document:
    """The report as plain JSON values: per cent and points to two digits, p to four, durations in ISO 8601."""
    cases = report.cases
    return {
        **({} if whole is None else build_whole_business(whole)),
        "from": report.period.start.isoformat(),
        "to": report.period.end.isoformat(),
        "timezone": report.timezone,
        "previous_from": report.period.previous.start.isoformat(),
        "touchpoints": [_entry(entry, report.by) for entry in report.touchpoints],
        "cases": {
            "opened": cases.opened,
            "claimed": cases.claimed,
            "resolved": cases.resolved,
            "confirmed": cases.confirmed,
            "reopened": cases.reopened,
            "overdue": cases.overdue,
            "still_open": cases.still_open,
            "median_first_response": iso_duration(cases.median_first_response),
            "median_resolve": iso_duration(cases.median_resolve),
            **build_case_details(report.recovery),
        },
        "recovery": build_recovery(report.recovery),
    }


def _entry(entry: TouchpointReport, by: str | None) -> Document:
    document: Document = {"touchpoint": entry.touchpoint, "metric": entry.metric.value, **_findings(entry.findings)}
    document["trend"] = [_week(point) for point in entry.trend]
    document["by"] = None
    if by is not None and entry.segments is not None:
        segments: list[Json] = [{"value": segment.value, **_findings(segment.findings)} for segment in entry.segments]
        document["by"] = {"attribute": by, "segments": segments}
    return document


def _week(point: TrendPoint) -> Document:
    low, high = limits(point.measured.interval)
    return {
        "week": week_name(point.week.start),
        "from": point.week.start.isoformat(),
        "to": point.week.end.isoformat(),
        "n": point.measured.n,
        "score": rounded(point.measured.score),
        "low": low,
        "high": high,
    }


def _findings(findings: Findings) -> Document:
    measured, change, funnel = findings.measured, findings.change, findings.funnel
    low, high = limits(measured.interval)
    mean_low, mean_high = limits(measured.mean_interval)
    return {
        "n": measured.n,
        "score": rounded(measured.score),
        "low": low,
        "high": high,
        "mean": rounded(measured.mean),
        "mean_low": mean_low,
        "mean_high": mean_high,
        "preliminary": measured.preliminary,
        "distribution": {str(score): count for score, count in measured.distribution.items()},
        "negative": measured.answers.negative,
        "neutral": measured.answers.neutral,
        "positive": measured.answers.positive,
        "previous": {"n": findings.previous.n, "score": rounded(findings.previous.score)},
        "change": rounded(change.points),
        "p_value": rounded(change.p_value, 4),
        "verdict": change.verdict.value,
        "funnel": _plain(asdict(funnel)),
        "response_rate": rounded(funnel.response_rate),
        "reasons": _plain(findings.reasons),
    }


def _plain(values: Mapping[str, int]) -> Document:
    return dict(values)
