"""Trials in words, for managers in their chat and for the command line, and a line of each for the weekly report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.screens.screen import Run, Screen, Style
from bot.screens.wording import Wording
from surveys.rules.durations import parse_duration
from surveys.rules.journey import Metric
from surveys.rules.languages import pick
from surveys.rules.metrics import Interval
from surveys.rules.placeholders import fill
from surveys.rules.trial_verdicts import TrialResult, TrialVerdict, VariantResult
from surveys.rules.trials import Differs, Measure, VariantName
from surveys.rules.varying import Value
from surveys.trials import TrialsReport, TrialState, TrialView

SHOWN = 4
"""Trials of one message, which has at most 4,096 characters; the older ones are only counted."""

_LONGEST_QUESTION = 120


def trials_screen(report: TrialsReport, language: str, *, shown: int = SHOWN) -> Screen:
    """Each of the newest trials: what is compared, how many are missing, and what was found once none is."""
    wording = Wording(language, report.language)
    zone = ZoneInfo(report.timezone)
    heading = wording.text("trials.heading", business=report.business_name)
    paragraphs: list[tuple[Run, ...]] = [(Run(heading, Style.BOLD),)]
    if not report.trials:
        paragraphs.append((Run(wording.text("trials.none")),))
    for trial in report.trials[:shown]:
        title = wording.text("trials.title", trial=trial.key, touchpoint=_touchpoint(trial, wording))
        lines = [_compared(trial, wording), *_variants(trial, wording), *_told(trial, wording, zone)]
        paragraphs.append((Run(title, Style.BOLD), Run("\n" + "\n".join(lines))))
    if len(report.trials) > shown:
        paragraphs.append((Run(wording.plural("trials.more", len(report.trials) - shown)),))
    return Screen(tuple(paragraphs))


def trial_lines(trials: Sequence[TrialView], wording: Wording, zone: ZoneInfo) -> tuple[str, ...]:
    """One line of each trial that is in the catalogue and has begun, for the weekly report."""
    return tuple(
        wording.text(
            "trials.line",
            trial=trial.key,
            touchpoint=_touchpoint(trial, wording),
            told=_verdict(trial.result, trial, wording) if trial.result else _missing(trial, wording, zone),
        )
        for trial in trials
        if trial.stopped_at is None and trial.state is not TrialState.TO_COME
    )


def _touchpoint(trial: TrialView, wording: Wording) -> str:
    return pick(trial.title, wording.language) or trial.touchpoint


def _compared(trial: TrialView, wording: Wording) -> str:
    if trial.measure is Measure.RESPONSE_RATE:
        return wording.text("trials.by_response_rate")
    return wording.text("trials.by_score", metric=trial.metric.upper())


def _variants(trial: TrialView, wording: Wording) -> list[str]:
    return [wording.text(f"trials.differs_{trial.differs.value}")] + [
        wording.text("trials.variant", variant=_name(name), value=_value(trial.differs, trial.values[name], wording))
        for name in VariantName
    ]


def _value(differs: Differs, value: Value, wording: Wording) -> str:
    if isinstance(value, Mapping):
        text = fill(pick(value, wording.language), {})
        shown = text if len(text) <= _LONGEST_QUESTION else f"{text[:_LONGEST_QUESTION]}…"
        return wording.text("trials.question", text=shown)
    if value is None:
        return wording.text("trials.no_reminder")
    duration = parse_duration(value)
    if differs is Differs.ASK_AFTER and duration == timedelta(0):
        return wording.text("trials.at_once")
    return wording.duration(duration)


def _told(trial: TrialView, wording: Wording, zone: ZoneInfo) -> list[str]:
    if trial.result is not None:
        return _found(trial, trial.result, wording)
    needed = wording.plural(f"trials.needed_{trial.measure.value}", trial.planned)
    if trial.state is TrialState.TO_COME:
        return [wording.text("trials.to_come", day=wording.day(trial.starts_on)), needed]
    if trial.state is TrialState.STOPPED and trial.stopped_at is not None:
        stopped = wording.day(trial.stopped_at.astimezone(zone).date())
        return [wording.text("trials.stopped", day=stopped, **_lacking(trial, wording)), *_warning(trial, wording)]
    running = wording.text("trials.running", day=wording.day(trial.starts_on))
    return [running, needed, _missing(trial, wording, zone), *_warning(trial, wording)]


def _missing(trial: TrialView, wording: Wording, zone: ZoneInfo) -> str:
    told = wording.text("trials.missing", **_lacking(trial, wording))
    if trial.reached_about is None:
        return told
    about = wording.day(trial.reached_about.astimezone(zone).date())
    return told + " " + wording.text("trials.reached_about", day=about)


def _lacking(trial: TrialView, wording: Wording) -> dict[str, str]:
    return {name.value: wording.number(trial.missing(name)) for name in VariantName}


def _found(trial: TrialView, result: TrialResult, wording: Wording) -> list[str]:
    lines = [
        wording.text(
            "trials.result",
            variant=_name(name),
            value=_score(trial, one, wording),
            interval=_interval(trial, one.interval, wording),
            n=wording.number(one.n),
        )
        for name, one in ((VariantName.A, result.a), (VariantName.B, result.b))
    ]
    lines.append(_verdict(result, trial, wording))
    lines.append(wording.plural(f"trials.first_{trial.measure.value}", trial.planned))
    return [*lines, *_warning(trial, wording)]


def _verdict(result: TrialResult, trial: TrialView, wording: Wording) -> str:
    if result.verdict is TrialVerdict.NOT_TRUSTWORTHY:
        return wording.text("trials.not_trustworthy")
    return wording.text(
        f"trials.verdict_{result.verdict.value}",
        difference=wording.number(result.difference, _digits(trial), sign=True),
        low=wording.number(result.interval.low, _digits(trial), sign=True),
        high=wording.number(result.interval.high, _digits(trial), sign=True),
        p=_p_value(result.p_value, wording),
    )


def _p_value(value: float, wording: Wording) -> str:
    return f"< {wording.number(0.001, 3)}" if value < 0.001 else f"= {wording.number(value, 3)}"


def _warning(trial: TrialView, wording: Wording) -> list[str]:
    if not trial.split.is_suspicious:
        return []
    share = 100 * trial.share
    return [
        wording.text(
            "trials.suspicious",
            a=wording.number(trial.split.a),
            b=wording.number(trial.split.b),
            share_a=wording.number(100 - share, 0),
            share_b=wording.number(share, 0),
        )
    ]


def _is_nps(trial: TrialView) -> bool:
    return trial.measure is Measure.SCORE and trial.metric is Metric.NPS


def _digits(trial: TrialView) -> int:
    return 0 if _is_nps(trial) else 1


def _score(trial: TrialView, result: VariantResult, wording: Wording) -> str:
    if _is_nps(trial):
        return wording.number(result.value, 0, sign=True)
    return wording.text("trials.per_cent", value=wording.number(result.value, 1))


def _interval(trial: TrialView, interval: Interval, wording: Wording) -> str:
    low, high = (wording.number(end, _digits(trial), sign=_is_nps(trial)) for end in (interval.low, interval.high))
    return wording.text("trials.interval", low=low, high=high)


def _name(name: VariantName) -> str:
    return name.value.upper()
