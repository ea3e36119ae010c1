"""What a trial changes about the touchpoint it runs at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from surveys.rules.durations import format_duration
from surveys.rules.journey import Catalogue, Metric, Survey, Touchpoint
from surveys.rules.languages import Texts
from surveys.rules.trial_sizes import planned_size
from surveys.rules.trials import Differs, Given, Measure, Trial, Variant, VariantName
from surveys.rules.weeks import day_start

Value = Texts | str | None
"""Of a variant: the question's texts, or a duration (ISO 8601); None: no reminder."""


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """What a trial does, with nothing left to the touchpoint; fixed once it runs. `planned` is for each variant."""

    key: str
    touchpoint: str
    measure: Measure
    metric: Metric
    differs: Differs
    starts_on: date
    share: float
    planned: int
    detect: float | None
    values: Mapping[VariantName, Value] = field(hash=False)


def trial_at(catalogue: Catalogue, touchpoint: str, occurred_at: datetime) -> tuple[str, Trial] | None:
    """The trial an event takes part in, with its key."""
    for key, trial in catalogue.trials.items():
        if trial.touchpoint == touchpoint:
            begins = day_start(trial.starts_on, catalogue.business.timezone)
            return (key, trial) if occurred_at >= begins else None
    return None


def in_force(catalogue: Catalogue, touchpoint: str, trial: str | None, variant: str | None) -> Given | None:
    """What an invitation was given, as long as the trial is in the catalogue."""
    if trial is None or variant is None:
        return None
    running = catalogue.trials.get(trial)
    return Given(trial, VariantName(variant)) if running is not None and running.touchpoint == touchpoint else None


def varied_touchpoint(catalogue: Catalogue, touchpoint: Touchpoint, given: Given | None) -> Touchpoint:
    """The touchpoint with the delays of the variant."""
    variant = _variant(catalogue, given)
    if variant is None:
        return touchpoint
    if variant.ask_after is not None:
        touchpoint = replace(touchpoint, ask_after=variant.ask_after)
    if variant.remind_after is not None:
        touchpoint = replace(touchpoint, remind_after=variant.remind_after)
    return touchpoint


def varied_survey(catalogue: Catalogue, survey: Survey, given: Given | None) -> Survey:
    """The survey with the question of the variant."""
    variant = _variant(catalogue, given)
    return survey if variant is None or not variant.question else replace(survey, question=variant.question)


def plan_of(catalogue: Catalogue, key: str) -> TrialPlan:
    """The trial worked out; of a catalogue without faults."""
    trial = catalogue.trials[key]
    touchpoint = catalogue.touchpoints[trial.touchpoint]
    assert touchpoint.survey is not None
    survey = catalogue.surveys[touchpoint.survey]
    differs = trial.things[0]
    values = {}
    for name in VariantName:
        given = Given(key, name)
        values[name] = value_of(
            differs, varied_touchpoint(catalogue, touchpoint, given), varied_survey(catalogue, survey, given)
        )
    return TrialPlan(
        key=key,
        touchpoint=trial.touchpoint,
        measure=trial.measure,
        metric=survey.metric,
        differs=differs,
        starts_on=trial.starts_on,
        share=trial.share,
        planned=planned_size(trial, survey.metric),
        detect=trial.detect,
        values=values,
    )


def value_of(thing: Differs, touchpoint: Touchpoint, survey: Survey) -> Value:
    """What the touchpoint has for the thing a trial varies."""
    if thing is Differs.QUESTION:
        return dict(survey.question)
    duration = touchpoint.ask_after if thing is Differs.ASK_AFTER else touchpoint.remind_after
    return None if duration is None else format_duration(duration)


def _variant(catalogue: Catalogue, given: Given | None) -> Variant | None:
    trial = catalogue.trials.get(given.trial) if given is not None else None
    return None if trial is None or given is None else trial.variant(given.variant)
