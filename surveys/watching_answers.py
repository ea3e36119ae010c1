"""What answers tell between weeks: bursts of negatives at a place, scores that dropped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from db import alarm_counts, alarms
from db.alarm_counts import PlaceCount
from db.database import Transaction
from surveys.alarm_notices import clear_alarm, raise_alarm
from surveys.alarms import AlarmView
from surveys.findings import metric_of
from surveys.rules.alarm_evidence import BurstEvidence, BurstOver, DropEvidence, DropOver
from surveys.rules.alarm_limits import Burst, Drop
from surveys.rules.alarms import (
    EIGHT_WEEKS,
    USUAL_FROM,
    AlarmKind,
    Answered,
    Share,
    burst_over,
    burst_rises,
    choose_drops,
    drop_over,
    drop_rises,
)
from surveys.rules.journey import Catalogue, Metric, Sentiment
from surveys.rules.metrics import Measured, measure, sentiment

Place = tuple[str, str | None]
"""A touchpoint and a location; None: without one, or, of a drop, all of them together."""

_NEWEST = 200
"""So many answers since a burst rose are looked at, the newest."""


async def watch_bursts(
    transaction: Transaction, catalogue: Catalogue, open_ones: Sequence[AlarmView], *, now: datetime
) -> tuple[int, int]:
    """A step: how many bursts rose, and how many are over."""
    limits = catalogue.alarms.burst
    if limits is None:
        return 0, 0
    bursts = [one for one in open_ones if one.kind is AlarmKind.BURST]
    ended = 0
    for one in bursts:
        ended += await _end_burst(transaction, catalogue, limits, one, now=now)
    known: set[Place] = {(one.touchpoint or "", one.location) for one in bursts}
    return await _raise_bursts(transaction, catalogue, limits, known, now=now), ended


async def _raise_bursts(
    transaction: Transaction, catalogue: Catalogue, limits: Burst, known: set[Place], *, now: datetime
) -> int:
    """Bursts at places that have none; the answers of a burst that is over raise no other."""
    begins_at = now - limits.within
    counted = await alarm_counts.place_counts(transaction, start=begins_at, end=now, touchpoints=catalogue.touchpoints)
    windows = {place: share for place, share in _negatives(counted).items() if place not in known}
    over = await alarms.cleared_since(transaction, AlarmKind.BURST, begins_at)
    for place in windows.keys() & over.keys():
        windows[place] = _share(await _latest(transaction, place, since=over[place]))
    unknown = Share(0, 0)
    suspected = [place for place, window in windows.items() if burst_rises(limits, window, unknown)]
    if not suspected:
        return 0
    before = await alarm_counts.place_counts(
        transaction, start=now - EIGHT_WEEKS, end=begins_at, touchpoints={touchpoint for touchpoint, _ in suspected}
    )
    by_place, by_touchpoint = _negatives(before), _negatives(before, everywhere=True)
    risen = 0
    for touchpoint, location in sorted(suspected, key=str):
        usual = by_place.get((touchpoint, location), unknown)
        if usual.n < USUAL_FROM:
            usual = by_touchpoint.get((touchpoint, None), unknown)
        window = windows[touchpoint, location]
        if burst_rises(limits, window, usual):
            evidence = BurstEvidence(window, limits.within, usual)
            risen += await raise_alarm(
                transaction, catalogue, AlarmKind.BURST, evidence, touchpoint=touchpoint, location=location, now=now
            )
    return risen


async def _end_burst(
    transaction: Transaction, catalogue: Catalogue, limits: Burst, alarm: AlarmView, *, now: datetime
) -> bool:
    evidence = alarm.evidence
    assert isinstance(evidence, BurstEvidence)
    assert alarm.touchpoint is not None
    since = max(alarm.risen_at, now - EIGHT_WEEKS / 8)
    latest = await _latest(transaction, (alarm.touchpoint, alarm.location), since=since)
    shown = burst_over(limits, latest, evidence.usual, now=now)
    if shown is None:
        return False
    return await clear_alarm(transaction, catalogue, alarm.id, alarm.kind, BurstOver(shown), now=now)


async def _latest(transaction: Transaction, place: Place, *, since: datetime) -> list[Answered]:
    scores = await alarm_counts.latest_scores(transaction, *place, since=since, limit=_NEWEST)
    return [Answered(one.at, sentiment(Metric(one.metric), one.score) is Sentiment.NEGATIVE) for one in scores]


def _share(answers: Sequence[Answered]) -> Share:
    return Share(sum(answer.is_negative for answer in answers), len(answers))


def _negatives(counts: Iterable[PlaceCount], *, everywhere: bool = False) -> dict[Place, Share]:
    """The negatives of all answers at each place, or of each touchpoint everywhere."""
    found: dict[Place, Share] = {}
    for one in counts:
        place = (one.touchpoint, None if everywhere else one.location)
        before = found.get(place, Share(0, 0))
        is_negative = sentiment(Metric(one.metric), one.score) is Sentiment.NEGATIVE
        found[place] = Share(before.part + one.count * is_negative, before.n + one.count)
    return found


async def watch_drops(
    transaction: Transaction, catalogue: Catalogue, open_ones: Sequence[AlarmView], *, now: datetime
) -> tuple[int, int]:
    """A step: how many drops rose, and how many are over. A touchpoint is looked at as a whole and by location."""
    limits = catalogue.alarms.drop
    metrics = {name: metric_of(catalogue, name) for name in catalogue.touchpoints}
    asked = {name: metric for name, metric in metrics.items() if metric is not None}
    if limits is None or not asked:
        return 0, 0
    drops = {(one.touchpoint or "", one.location): one for one in open_ones if one.kind is AlarmKind.DROP}
    ended = 0
    for one in drops.values():
        ended += await _end_drop(transaction, catalogue, limits, one, now=now)
    return await _raise_drops(transaction, catalogue, limits, asked, drops.keys(), now=now), ended


async def _raise_drops(
    transaction: Transaction,
    catalogue: Catalogue,
    limits: Drop,
    metrics: Mapping[str, Metric],
    known: Collection[Place],
    *,
    now: datetime,
) -> int:
    begins_at = now - limits.over
    recent = await _recent(transaction, metrics, begins_at, now=now)
    enough = {place for place, measured in recent.items() if measured.n >= limits.at_least}
    if not enough:
        return 0
    touchpoints = {touchpoint for touchpoint, _ in enough}
    counted = await alarm_counts.place_counts(
        transaction, start=begins_at - limits.against, end=begins_at, touchpoints=touchpoints
    )
    before = _measured(counted, metrics)
    dropped = {place for place in enough & before.keys() if drop_rises(limits, recent[place], before[place])}
    risen = 0
    for place in sorted(choose_drops(dropped, known), key=str):
        touchpoint, location = place
        evidence = DropEvidence(
            metrics[touchpoint], recent[place].answers, limits.over, before[place].answers, limits.against
        )
        risen += await raise_alarm(
            transaction, catalogue, AlarmKind.DROP, evidence, touchpoint=touchpoint, location=location, now=now
        )
    return risen


async def _recent(
    transaction: Transaction, metrics: Mapping[str, Metric], begins_at: datetime, *, now: datetime
) -> dict[Place, Measured]:
    """The answers since then; of a touchpoint with a drop that is over, at whatever place, those since it was."""
    recent = _measured(
        await alarm_counts.place_counts(transaction, start=begins_at, end=now, touchpoints=metrics), metrics
    )
    over: dict[str, datetime] = {}
    for (touchpoint, _), cleared_at in (await alarms.cleared_since(transaction, AlarmKind.DROP, begins_at)).items():
        if touchpoint is not None and touchpoint in metrics:
            over[touchpoint] = max(cleared_at, over.get(touchpoint, cleared_at))
    for touchpoint, cleared_at in over.items():
        later = await alarm_counts.place_counts(transaction, start=cleared_at, end=now, touchpoints=[touchpoint])
        recent = {place: measured for place, measured in recent.items() if place[0] != touchpoint}
        recent |= _measured(later, metrics)
    return recent


async def _end_drop(
    transaction: Transaction, catalogue: Catalogue, limits: Drop, alarm: AlarmView, *, now: datetime
) -> bool:
    evidence = alarm.evidence
    assert isinstance(evidence, DropEvidence)
    assert alarm.touchpoint is not None
    since = max(alarm.risen_at, now - limits.over)
    counted = await alarm_counts.place_counts(transaction, start=since, end=now, touchpoints=[alarm.touchpoint])
    found = _measured(counted, {alarm.touchpoint: evidence.metric}).get((alarm.touchpoint, alarm.location))
    if found is None or not drop_over(limits, evidence.metric, found.answers, evidence.before):
        return False
    clearing = DropOver(evidence.metric, found.answers)
    return await clear_alarm(transaction, catalogue, alarm.id, alarm.kind, clearing, now=now)


def _measured(counts: Iterable[PlaceCount], metrics: Mapping[str, Metric]) -> dict[Place, Measured]:
    """The answers by the touchpoint's metric, at each location and, under None, everywhere."""
    found: dict[Place, Counter[int]] = defaultdict(Counter)
    for one in counts:
        if one.metric != metrics[one.touchpoint]:
            continue
        for location in {None, one.location}:
            found[one.touchpoint, location][one.score] += one.count
    return {place: measure(metrics[place[0]], scores) for place, scores in found.items()}
