"""Trials: one thing differs, at a touchpoint that asks, and it is said how many are needed."""

from __future__ import annotations

from collections.abc import Iterator

from surveys.catalog.faults import Finding, Severity, did_you_mean
from surveys.catalog.subject import Subject
from surveys.rules.durations import format_duration
from surveys.rules.journey import Metric, Survey, Touchpoint
from surveys.rules.trials import Differs, Measure, Trial, VariantName

_Path = tuple[str, ...]


def check_trials(subject: Subject) -> Iterator[Finding]:
    """Every finding about the trials."""
    running: dict[str, str] = {}
    for key, trial in subject.catalogue.trials.items():
        path = ("trials", key)
        yield from _check_size(path, trial)
        if trial.share in (0, 1):
            nobody = "b" if trial.share == 0 else "a"
            message = f"with a share of {trial.share:g} nobody gets {nobody}: there is nothing to compare"
            yield Finding((*path, "share"), message, "Write a share between 0 and 1, best 0.5")
        other = running.setdefault(trial.touchpoint, key)
        if other != key:
            yield Finding(
                (*path, "touchpoint"),
                f"{trial.touchpoint} has a trial already: {other}; of two at once nobody knows which did it",
                f"Remove {other} when it is over, or wait with this one",
                depends_on=(("trials", other, "touchpoint"),),
            )
        yield from _check_place(subject, path, trial)


def _check_place(subject: Subject, path: _Path, trial: Trial) -> Iterator[Finding]:
    """Whether the touchpoint can be tried at, and what is tried."""
    known = subject.names("touchpoints")
    touchpoint = subject.catalogue.touchpoints.get(trial.touchpoint)
    if touchpoint is None:
        if trial.touchpoint not in known:
            hint = did_you_mean(trial.touchpoint, known)
            yield Finding((*path, "touchpoint"), f"there is no touchpoint {trial.touchpoint}", hint)
        return
    if touchpoint.survey is None:
        if not subject.says("touchpoints", trial.touchpoint, "survey"):
            message = f"{trial.touchpoint} has no survey, so nobody is asked"
            yield Finding((*path, "touchpoint"), message, "Name a touchpoint that has a survey")
        return
    survey = subject.survey_of(trial.touchpoint)
    if len(trial.things) != 1:
        yield _not_one_thing(path, trial)
        return
    (thing,) = trial.things
    yield from _check_delays(path, trial, touchpoint)
    if survey is None:
        return
    if _value(thing, trial, VariantName.A, touchpoint, survey) == _value(
        thing, trial, VariantName.B, touchpoint, survey
    ):
        yield Finding(
            (*path, "variants"),
            f"a and b have the same {thing.value}: there is nothing to compare",
            f"Give b another {thing.value}",
            depends_on=(("touchpoints", trial.touchpoint, thing.value), ("surveys", touchpoint.survey, "question")),
        )
    yield from _check_expected(path, trial, survey)


def _not_one_thing(path: _Path, trial: Trial) -> Finding:
    values = tuple((*path, "variants", name.value, thing.value) for name in VariantName for thing in Differs)
    if not trial.things:
        return Finding(
            (*path, "variants"),
            "a and b are the same: there is nothing to compare",
            "Give b its own question, ask_after or remind_after",
            depends_on=values,
        )
    differing = " and ".join(thing.value for thing in trial.things)
    return Finding(
        (*path, "variants"),
        f"a and b differ in {differing}: nobody could tell which of them did it",
        "Keep one of them, and try the other afterwards",
        depends_on=values,
    )


def _check_delays(path: _Path, trial: Trial, touchpoint: Touchpoint) -> Iterator[Finding]:
    for name in VariantName:
        variant, here = trial.variant(name), (*path, "variants", name.value)
        if variant.ask_after is not None and touchpoint.every is not None:
            message = f"{trial.touchpoint} is relational: the loop creates its event at the moment to ask"
            yield Finding((*here, "ask_after"), message, "Try a question or a remind_after there")
        elif variant.ask_after is not None and variant.ask_after >= touchpoint.ask_by:
            yield Finding(
                (*here, "ask_after"),
                f"ask_after {format_duration(variant.ask_after)} is not earlier than the touchpoint's ask_by"
                f" {format_duration(touchpoint.ask_by)}: every event would be stale",
                "Write an earlier ask_after, or a later ask_by at the touchpoint",
                depends_on=(("touchpoints", trial.touchpoint, "ask_by"),),
            )
        if variant.remind_after is not None and variant.remind_after >= touchpoint.expires_after:
            yield Finding(
                (*here, "remind_after"),
                f"the reminder never goes out: the question expires after {format_duration(touchpoint.expires_after)}",
                "Write a remind_after shorter than expires_after",
                depends_on=(("touchpoints", trial.touchpoint, "expires_after"),),
            )


def _check_size(path: _Path, trial: Trial) -> Iterator[Finding]:
    if trial.planned is None and trial.detect is None:
        yield Finding(
            path,
            "it does not say how many it needs, and so would be over whenever somebody likes what they see",
            "Add planned: 400 (for each variant), or detect: 0.05 (the smallest difference worth finding)",
            depends_on=((*path, "planned"), (*path, "detect")),
        )
    elif trial.planned is not None and trial.detect is not None:
        yield Finding(
            (*path, "detect"),
            "planned and detect both say how many it needs",
            "Keep one of them",
            depends_on=((*path, "planned"),),
        )
    if trial.expected is not None and trial.detect is None:
        yield Finding(
            (*path, "expected"),
            "expected has no effect: how many it needs is planned",
            "Remove it, or write detect instead of planned",
            Severity.WARNING,
            depends_on=((*path, "detect"),),
        )


def _check_expected(path: _Path, trial: Trial, survey: Survey) -> Iterator[Finding]:
    is_nps = trial.measure is Measure.SCORE and survey.metric is Metric.NPS
    if is_nps and trial.detect is not None and trial.expected is not None:
        message = "expected is a share, and the score of this trial is an NPS"
        yield Finding((*path, "expected"), message, "Remove it: the widest spread of answers is assumed")


def _value(thing: Differs, trial: Trial, name: VariantName, touchpoint: Touchpoint, survey: Survey) -> object:
    variant = trial.variant(name)
    match thing:
        case Differs.QUESTION:
            return variant.question or survey.question
        case Differs.ASK_AFTER:
            return touchpoint.ask_after if variant.ask_after is None else variant.ask_after
        case Differs.REMIND_AFTER:
            return touchpoint.remind_after if variant.remind_after is None else variant.remind_after
