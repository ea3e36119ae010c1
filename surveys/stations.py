"""The customer's way as values: each touchpoint with its score, its volume, where people go from it and who is lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from db.journeys import FlowCount, PurchaseCount, ReturnCount, StepCount
from db.reports import FunnelCount, ScoreCount
from surveys.findings import Funnel, funnel_steps, is_maturing, metric_of
from surveys.rules.journey import Catalogue, Metric, Sentiment, Stage
from surveys.rules.languages import Texts
from surveys.rules.metrics import Measured, measure, sentiment
from surveys.rules.shares import Difference, Share, share_difference
from surveys.rules.weeks import Period

STAGES = (Stage.BEFORE, Stage.DURING, Stage.AFTER, None)
"""In the order of the customer's way; what the catalogue gives no stage comes last."""


@dataclass(frozen=True, slots=True)
class Step:
    """The events after which this touchpoint came next, of all; None: nothing came in time."""

    touchpoint: str | None
    share: Share
    median: timedelta | None


@dataclass(frozen=True, slots=True)
class Purchase:
    """The customers of a touchpoint before the purchase who then bought, how soon, and where how many of them did."""

    share: Share
    median: timedelta | None
    places: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Loss:
    """The customers who never came back in time after answering, of the unhappy and of the happy ones."""

    unhappy: Share
    happy: Share

    @property
    def difference(self) -> Difference | None:
        """How many more of the unhappy ones are lost, in per cent points; None with too few."""
        return share_difference(self.unhappy, self.happy)

    @property
    def is_real(self) -> bool:
        """Whether unhappy customers are lost here more often than chance explains."""
        return self.difference is not None and self.difference.is_real and self.difference.points > 0


@dataclass(frozen=True, slots=True)
class Station:
    """One touchpoint of the way; `measured` has an entry for each metric it was answered by, today's first."""

    touchpoint: str
    title: Texts = field(hash=False)
    stage: Stage | None
    measured: tuple[Measured, ...]
    funnel: Funnel
    steps: tuple[Step, ...]
    purchase: Purchase | None
    loss: Loss

    @property
    def score(self) -> Measured | None:
        """What is shown first: today's metric, where it was not asked yet the next; None where nothing is asked."""
        answered = (measured for measured in self.measured if measured.n)
        return next(answered, self.measured[0] if self.measured else None)

    @property
    def response(self) -> Share:
        """Answered of delivered."""
        return Share(self.funnel.answered, self.funnel.delivered)

    @property
    def stopped(self) -> Step | None:
        """Those after whom nothing came."""
        return next((step for step in self.steps if step.touchpoint is None), None)


@dataclass(frozen=True, slots=True)
class Leg:
    """How many of those who began a named way reached this step, and how long they took from the step before."""

    touchpoint: str
    title: Texts = field(hash=False)
    share: Share
    median: timedelta | None


@dataclass(frozen=True, slots=True)
class NamedWay:
    """A way of the catalogue, step by step; `followed_to` is as the journey's, for the way's own `within`."""

    name: str
    title: Texts = field(hash=False)
    within: timedelta
    followed_to: date | None
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class JourneyCounts:
    """All that was counted for a journey; `ways` by the catalogue's names."""

    scores: Sequence[ScoreCount]
    funnels: Sequence[FunnelCount]
    flows: Sequence[FlowCount]
    purchases: Sequence[PurchaseCount]
    returns: Sequence[ReturnCount]
    ways: Mapping[str, Sequence[StepCount]] = field(hash=False)


def build_stations(catalogue: Catalogue, counts: JourneyCounts) -> tuple[Station, ...]:
    """Every touchpoint of the catalogue but the relational ones, and whatever else happened, in the way's order."""
    measured = _measured(catalogue, counts.scores)
    funnels = _funnels(counts.funnels)
    asked = {name for name, touchpoint in catalogue.touchpoints.items() if touchpoint.every is not None}
    found = {*funnels, *measured, *(row.touchpoint for row in counts.flows)}
    known = [name for name in catalogue.touchpoints if name not in asked]
    names = [*known, *sorted(found - asked - set(known))]
    steps, purchases, losses = _steps(counts.flows), _purchases(counts.purchases), _losses(counts.returns)
    stations = [
        Station(
            touchpoint=name,
            title=_title(catalogue, name),
            stage=catalogue.touchpoints[name].stage if name in catalogue.touchpoints else None,
            measured=measured.get(name, ()),
            funnel=funnels.get(name, Funnel()),
            steps=steps.get(name, ()),
            purchase=purchases.get(name),
            loss=losses.get(name, Loss(Share(0, 0), Share(0, 0))),
        )
        for name in names
    ]
    return tuple(sorted(stations, key=lambda station: STAGES.index(station.stage)))


def build_ways(
    catalogue: Catalogue, counts: JourneyCounts, followed_to: Callable[[timedelta], date | None]
) -> tuple[NamedWay, ...]:
    """The catalogue's ways, in its order; `followed_to` tells for each `within` how far it is known."""
    return tuple(
        NamedWay(
            name,
            journey.title,
            journey.within,
            followed_to(journey.within),
            tuple(
                Leg(step, _title(catalogue, step), Share(row.count, counts.ways[name][0].count), row.median)
                for step, row in zip(journey.steps, counts.ways[name], strict=True)
            ),
        )
        for name, journey in catalogue.journeys.items()
        if name in counts.ways
    )


def _title(catalogue: Catalogue, name: str) -> Texts:
    configured = catalogue.touchpoints.get(name)
    return {} if configured is None else configured.title


def _measured(catalogue: Catalogue, rows: Iterable[ScoreCount]) -> dict[str, tuple[Measured, ...]]:
    found: defaultdict[str, defaultdict[Metric, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for name in catalogue.touchpoints:
        metric = metric_of(catalogue, name)
        if metric is not None:
            found[name][metric] = Counter()
    for row in rows:
        found[row.touchpoint][Metric(row.metric)][row.score] += row.count
    return {
        name: tuple(
            measure(metric, by_metric[metric])
            for metric in sorted(by_metric, key=lambda metric: (metric is not metric_of(catalogue, name), metric))
        )
        for name, by_metric in found.items()
    }


def _funnels(rows: Iterable[FunnelCount]) -> dict[str, Funnel]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    maturing = set()
    for row in rows:
        found[row.touchpoint].update(dict.fromkeys(funnel_steps(row), row.count))
        if is_maturing(row):
            maturing.add(row.touchpoint)
    return {name: Funnel(**steps, maturing=name in maturing) for name, steps in found.items()}


def _steps(rows: Iterable[FlowCount]) -> dict[str, tuple[Step, ...]]:
    """The most frequent first, those after whom nothing came last."""
    found: defaultdict[str, list[FlowCount]] = defaultdict(list)
    for row in rows:
        found[row.touchpoint].append(row)
    return {
        name: tuple(
            Step(row.next_touchpoint, Share(row.count, sum(one.count for one in group)), row.median)
            for row in sorted(
                group, key=lambda row: (row.next_touchpoint is None, -row.count, row.next_touchpoint or "")
            )
        )
        for name, group in found.items()
    }


def _purchases(rows: Iterable[PurchaseCount]) -> dict[str, Purchase]:
    found: defaultdict[str, list[PurchaseCount]] = defaultdict(list)
    for row in rows:
        found[row.touchpoint].append(row)
    purchases = {}
    for name, group in found.items():
        everybody = next(row for row in group if row.everybody)
        bought = sorted((row for row in group if row.bought_at is not None), key=lambda row: -row.count)
        places = {row.bought_at: row.count for row in bought if row.bought_at is not None}
        purchases[name] = Purchase(Share(sum(places.values()), everybody.count), everybody.median, places)
    return purchases


def _losses(rows: Iterable[ReturnCount]) -> dict[str, Loss]:
    lost: defaultdict[str, Counter[Sentiment]] = defaultdict(Counter)
    answered: defaultdict[str, Counter[Sentiment]] = defaultdict(Counter)
    for row in rows:
        side = sentiment(Metric(row.metric), row.score)
        answered[row.touchpoint][side] += row.count
        if not row.came_back:
            lost[row.touchpoint][side] += row.count
    return {
        name: Loss(
            *(Share(lost[name][side], sides[side]) for side in (Sentiment.NEGATIVE, Sentiment.POSITIVE)),
        )
        for name, sides in answered.items()
    }


@dataclass(frozen=True, slots=True)
class Journey:
    """The customer's way in a period, as it was counted at `counted_at`.

    `followed_to` is the first day whose events are not followed any more, because what comes after them is still
    open for `within`; None when that is true of the whole period, and then the flow is what there is of it so far.
    """

    business_name: str
    language: str
    timezone: str
    period: Period
    within: timedelta
    counted_at: datetime
    followed_to: date | None
    stations: tuple[Station, ...]
    ways: tuple[NamedWay, ...]
