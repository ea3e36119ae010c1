"""What the trials found: nothing about the difference until both variants have the planned n, then always the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from db import reports
from db import trials as stored_trials
from db.database import Database, Transaction
from db.trials import Final, Gathered, StoredTrial
from surveys.keeping_trials import has_begun
from surveys.publishing import Catalogues
from surveys.rules.dialogue import SCORE_CHANGEABLE_FOR
from surveys.rules.journey import Catalogue, Metric, Touchpoint
from surveys.rules.languages import Texts
from surveys.rules.trial_verdicts import Progress, Split, TrialResult, compare_variants, reached_about
from surveys.rules.trials import Differs, Measure, VariantName
from surveys.rules.varying import Value

_NOTHING = Gathered(0, 0, None)


class TrialState(StrEnum):
    """How far a trial is: a decided one has a result, and a stopped one has none."""

    TO_COME = "to_come"
    RUNNING = "running"
    STOPPED = "stopped"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class TrialView:
    """A trial as people see it.

    `planned`, `reached` and `missing` count matured invitations, or answers of a score, of each variant. `split` counts
    the people who got each variant: all so far, of a decided trial those up to the last that counts. `reached_about` is
    when both variants will have the planned n at the present pace; None when nobody can tell. `stopped_at`: when it
    was taken out of the catalogue.
    """

    key: str
    touchpoint: str
    title: Texts = field(hash=False)
    measure: Measure
    metric: Metric
    differs: Differs
    values: Mapping[VariantName, Value] = field(hash=False)
    starts_on: date
    share: float
    planned: int
    detect: float | None
    state: TrialState
    stopped_at: datetime | None
    reached: Mapping[VariantName, int] = field(hash=False)
    split: Split
    reached_about: datetime | None
    result: TrialResult | None

    def missing(self, name: VariantName) -> int:
        """How many the variant lacks."""
        return self.planned - self.reached[name]


@dataclass(frozen=True, slots=True)
class TrialsReport:
    """All trials there ever were, the newest first."""

    business_name: str
    language: str
    timezone: str
    trials: tuple[TrialView, ...]


async def list_trials(database: Database, catalogues: Catalogues, *, now: datetime) -> TrialsReport:
    """The trials and what they found, from one snapshot; raises NoCatalogueError."""
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        found = await read_trials(transaction, catalogue, now=now)
    return TrialsReport(
        catalogue.business.name, catalogue.business.languages[0], catalogue.business.timezone.key, found
    )


async def read_trials(transaction: Transaction, catalogue: Catalogue, *, now: datetime) -> tuple[TrialView, ...]:
    """A step of a report: the trials and what they found; those taken out before they began are left out."""
    views = [
        await _view(transaction, catalogue, trial, now=now)
        for trial in await stored_trials.stored(transaction)
        if trial.stopped_at is None or has_begun(trial, catalogue, now=now)
    ]
    return tuple(views)


async def _view(transaction: Transaction, catalogue: Catalogue, trial: StoredTrial, *, now: datetime) -> TrialView:
    measure, metric = Measure(trial.measure), Metric(trial.metric)
    final = {name: await _final(transaction, trial, measure, name, now=now) for name in VariantName}
    is_decided = all(one.n >= trial.planned for one in final.values())
    until = max(filter(None, (one.last_sent_at for one in final.values())), default=None) if is_decided else None
    gathered = await stored_trials.gathered(transaction, trial.key, until=until)
    a, b = (gathered.get(name.value, _NOTHING) for name in VariantName)
    split = Split(a.delivered, b.delivered, trial.share)
    touchpoint = catalogue.touchpoints.get(trial.touchpoint, Touchpoint())
    result, about = None, None
    if is_decided:
        scores_a, scores_b = (final[name].scores for name in VariantName)
        result = compare_variants(measure, metric, scores_a, scores_b, split)
    elif trial.stopped_at is None:
        progress = [_progress(measure, final[VariantName.A], a), _progress(measure, final[VariantName.B], b)]
        about = _about(trial.planned, progress, touchpoint.expires_after + _settles_after(measure), now)
    return TrialView(
        key=trial.key,
        touchpoint=trial.touchpoint,
        title=touchpoint.title,
        measure=measure,
        metric=metric,
        differs=Differs(trial.differs),
        values={name: _value(trial.variants[name.value]) for name in VariantName},
        starts_on=trial.starts_on,
        share=trial.share,
        planned=trial.planned,
        detect=trial.detect,
        state=_state(trial, catalogue, is_decided=is_decided, now=now),
        stopped_at=trial.stopped_at,
        reached={name: one.n for name, one in final.items()},
        split=split,
        reached_about=about,
        result=result,
    )


async def _final(
    transaction: Transaction, trial: StoredTrial, measure: Measure, name: VariantName, *, now: datetime
) -> Final:
    return await stored_trials.final(
        transaction,
        trial.key,
        name.value,
        expired_by=now - _settles_after(measure),
        only_answered=measure is Measure.SCORE,
        limit=trial.planned,
    )


def _progress(measure: Measure, final: Final, gathered: Gathered) -> Progress:
    under_way = gathered.delivered if measure is Measure.RESPONSE_RATE else gathered.answered
    return Progress(final.n, under_way, gathered.first_sent_at)


def _settles_after(measure: Measure) -> timedelta:
    """How long after a question has expired its answer is final: a score given at the last moment may be changed."""
    return SCORE_CHANGEABLE_FOR if measure is Measure.SCORE else timedelta(0)


def _about(planned: int, progress: list[Progress], matures_after: timedelta, now: datetime) -> datetime | None:
    lacking = [one for one in progress if one.reached < planned]
    instants = [reached_about(planned, one, matures_after=matures_after, now=now) for one in lacking]
    known = [instant for instant in instants if instant is not None]
    return max(known) if len(known) == len(instants) else None


def _state(trial: StoredTrial, catalogue: Catalogue, *, is_decided: bool, now: datetime) -> TrialState:
    if is_decided:
        return TrialState.DECIDED
    if trial.stopped_at is not None:
        return TrialState.STOPPED
    return TrialState.RUNNING if has_begun(trial, catalogue, now=now) else TrialState.TO_COME


def _value(stored: object) -> Value:
    if isinstance(stored, dict):
        return {str(language): str(text) for language, text in stored.items()}
    return None if stored is None else str(stored)
