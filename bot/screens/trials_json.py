"""Trials as plain JSON values: `otklik trials --json` and `GET /api/v1/trials`."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.screens.json_values import Document, limits, rounded
from surveys.findings import Json
from surveys.rules.trial_verdicts import VariantResult
from surveys.rules.trials import VariantName
from surveys.rules.varying import Value
from surveys.trials import TrialsReport, TrialView


def build_trials_document(report: TrialsReport) -> Document:
    """The whole document."""
    return {"timezone": report.timezone, "trials": build_trials(report)}


def build_trials(report: TrialsReport) -> list[Json]:
    """The trials alone."""
    zone = ZoneInfo(report.timezone)
    return [_trial(trial, zone) for trial in report.trials]


def _trial(trial: TrialView, zone: ZoneInfo) -> Document:
    result = trial.result
    low, high = limits(None if result is None else result.interval)
    return {
        "trial": trial.key,
        "touchpoint": trial.touchpoint,
        "measure": trial.measure.value,
        "metric": trial.metric.value,
        "differs": trial.differs.value,
        "from": trial.starts_on.isoformat(),
        "share": trial.share,
        "planned": trial.planned,
        "detect": trial.detect,
        "state": trial.state.value,
        "stopped_at": _instant(trial.stopped_at, zone),
        "reached_about": _instant(trial.reached_about, zone),
        "variants": {
            VariantName.A.value: _variant(trial, VariantName.A, None if result is None else result.a),
            VariantName.B.value: _variant(trial, VariantName.B, None if result is None else result.b),
        },
        "difference": None if result is None else rounded(result.difference),
        "low": low,
        "high": high,
        "p_value": None if result is None else rounded(result.p_value, 4),
        "verdict": None if result is None else result.verdict.value,
        "split": {
            "a": trial.split.a,
            "b": trial.split.b,
            "p_value": rounded(trial.split.p_value, 4),
            "suspicious": trial.split.is_suspicious,
        },
    }


def _variant(trial: TrialView, name: VariantName, result: VariantResult | None) -> Document:
    low, high = limits(None if result is None else result.interval)
    return {
        trial.differs.value: _value(trial.values[name]),
        "reached": trial.reached[name],
        "missing": trial.missing(name),
        "value": None if result is None else rounded(result.value),
        "low": low,
        "high": high,
    }


def _value(value: Value) -> Document | str | None:
    return value if value is None or isinstance(value, str) else dict(value)


def _instant(instant: datetime | None, zone: ZoneInfo) -> str | None:
    return None if instant is None else instant.astimezone(zone).isoformat(timespec="seconds")
