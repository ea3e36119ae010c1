"""Trials as they are published: what has begun stays as it is, and what was tried is known when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from db import trials
from db.database import Transaction
from db.trials import StoredTrial
from surveys.catalog.faults import Finding, Path
from surveys.rules.journey import Catalogue
from surveys.rules.trials import VariantName
from surveys.rules.varying import TrialPlan, plan_of
from surveys.rules.weeks import day_start


async def changed_trials(transaction: Transaction, catalogue: Catalogue, *, now: datetime) -> list[Finding]:
    """A step of publishing: what the catalogue changes about trials that have begun."""
    if not catalogue.trials:
        return []
    stored = {one.key: one for one in await trials.stored(transaction)}
    findings: list[Finding] = []
    for key in catalogue.trials:
        before = stored.get(key)
        if before is not None and has_begun(before, catalogue, now=now):
            findings += _changes(before, plan_of(catalogue, key))
    return findings


async def keep_trials(transaction: Transaction, catalogue: Catalogue, *, now: datetime) -> None:
    """A step of publishing: keep what the trials are; those that are not there any more end."""
    stored = {one.key for one in await trials.stored(transaction)}
    for key in catalogue.trials:
        await trials.store(transaction, _as_stored(plan_of(catalogue, key), now))
    await trials.stop(transaction, stored - set(catalogue.trials), now=now)


def has_begun(trial: StoredTrial, catalogue: Catalogue, *, now: datetime) -> bool:
    """Whether events took part in it: its day has come, and came before it was stopped."""
    until = now if trial.stopped_at is None else trial.stopped_at
    return day_start(trial.starts_on, catalogue.business.timezone) <= until


def _as_stored(plan: TrialPlan, now: datetime) -> StoredTrial:
    return StoredTrial(
        key=plan.key,
        touchpoint=plan.touchpoint,
        measure=plan.measure.value,
        metric=plan.metric.value,
        differs=plan.differs.value,
        starts_on=plan.starts_on,
        share=plan.share,
        planned=plan.planned,
        detect=plan.detect,
        variants={name.value: value for name, value in plan.values.items()},
        published_at=now,
    )


def _changes(before: StoredTrial, plan: TrialPlan) -> Iterator[Finding]:
    ended = before.stopped_at is not None
    for place, what, old, new in _differing(before, plan):
        yield Finding(
            ("trials", plan.key, *place),
            f"{what} cannot change in a trial that has {'ended' if ended else 'begun'}: it was {_shown(old)}, now it"
            f" is {_shown(new)}",
            "Give the new trial its own key"
            if ended
            else "Write it as it was; or take this trial out, which ends it, and begin another under its own key",
        )


_Difference = tuple[Path, str, object, object]


def _differing(before: StoredTrial, plan: TrialPlan) -> list[_Difference]:
    """Where and what changed, from what to what; of another thing that varies, not its values as well."""
    size = "planned" if plan.detect is None else "detect"
    own: list[_Difference] = [
        (("touchpoint",), "the touchpoint", before.touchpoint, plan.touchpoint),
        (("measure",), "the measure", before.measure, plan.measure.value),
        (("from",), "the first day", before.starts_on.isoformat(), plan.starts_on.isoformat()),
        (("share",), "the share", before.share, plan.share),
        ((size,), "the number each variant needs", before.planned, plan.planned),
        (("variants",), "what differs", before.differs, plan.differs.value),
    ]
    values: list[_Difference] = [
        (("variants", name.value), f"variant {name.value}", before.variants[name.value], plan.values[name])
        for name in VariantName
    ]
    metric: list[_Difference] = [((), "the metric", before.metric, plan.metric.value)]
    for differences in (own, values, metric):
        found = [one for one in differences if one[2] != one[3]]
        if found:
            return found
    return []


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return " / ".join(f"“{text}”" for text in value.values())
    return "no reminder" if value is None else str(value)
