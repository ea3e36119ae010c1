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
    path: Path = ("trials", plan.key)
    pairs: list[tuple[Path, object, object]] = [
        (("touchpoint",), before.touchpoint, plan.touchpoint),
        (("measure",), before.measure, plan.measure.value),
        (("from",), before.starts_on.isoformat(), plan.starts_on.isoformat()),
        (("share",), before.share, plan.share),
        (("detect",) if plan.detect is not None else ("planned",), before.planned, plan.planned),
        (("variants",), before.differs, plan.differs.value),
    ]
    differing = [pair for pair in pairs if pair[1] != pair[2]]
    if not differing:
        differing = [
            (("variants", name.value), before.variants[name.value], plan.values[name])
            for name in VariantName
            if before.variants[name.value] != plan.values[name]
        ]
    if not differing and before.metric != plan.metric.value:
        differing = [((), before.metric, plan.metric.value)]
    ended = before.stopped_at is not None
    for place, old, new in differing:
        what = place[-1] if place else "metric"
        yield Finding(
            (*path, *place),
            f"{what} cannot change in a trial that has {'ended' if ended else 'begun'}: it was {_shown(old)}, now it"
            f" is {_shown(new)}",
            "Give the new trial its own key"
            if ended
            else "Write it as it was; or take this trial out, which ends it, and begin another under its own key",
        )


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return " / ".join(f"“{text}”" for text in value.values())
    return "no reminder" if value is None else str(value)
