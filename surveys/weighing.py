"""What matters: which touchpoint, reason and fact goes with a lower score, and what that score goes with afterwards."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from db import drivers, reports
from db.database import Database, Transaction
from db.drivers import AfterCount, CauseCount, FactCount, OutcomeCount
from surveys.publishing import Catalogues
from surveys.rules.driving import Afterwards, AtRisk, Cost, cost_of, holm, revenue_at_risk
from surveys.rules.journey import Catalogue, Metric, Sentiment
from surveys.rules.languages import Texts
from surveys.rules.metrics import SCALES, Interval, Tally, nps, nps_interval, sentiment
from surveys.rules.moments import Moments
from surveys.rules.shares import Share
from surveys.rules.weeks import Period, day_start, local_day

DEFAULT_PERIOD = "365d"

BEFORE = timedelta(days=90)
"""How long before a customer's last word an experience may lie to go with it."""

WITHIN = timedelta(days=90)
"""How long after an answer purchases are looked for."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A cause with its cost: a touchpoint, one of its reasons, or a flag the shop reported with the event."""

    touchpoint: str
    title: Texts = field(hash=False)
    reason: str | None
    reason_title: Texts = field(hash=False)
    cost: Cost


@dataclass(frozen=True, slots=True)
class Drivers:
    """What matters in a period.

    `relational` says whose word is the last: the relational survey's, else the customer's latest answer. `facts` cost
    points of their own touchpoint's balance, `causes` of the last words'. `followed_to` is the first day whose
    answers are not followed any more because `within` is not over; None when none is.
    """

    business_name: str
    language: str
    timezone: str
    period: Period
    relational: bool
    outcome: Tally
    causes: tuple[Driver, ...]
    facts: tuple[Driver, ...]
    within: timedelta
    followed_to: date | None
    afterwards: tuple[Afterwards, ...]
    at_risk: AtRisk | None
    currency: str | None
    other_currencies: bool

    @property
    def balance(self) -> float | None:
        """Share of positive minus share of negative last words: the NPS, where they are NPS scores."""
        return nps(self.outcome)

    @property
    def balance_interval(self) -> Interval | None:
        """Of the balance, adjusted Wald."""
        return nps_interval(self.outcome)


@dataclass(frozen=True, slots=True)
class _Counted:
    outcomes: list[OutcomeCount]
    causes: list[CauseCount]
    facts: list[FactCount]
    afterwards: list[AfterCount]
    currency: str | None
    other_currencies: bool


async def weigh_drivers(
    database: Database, catalogues: Catalogues, period: Period, *, within: timedelta = WITHIN, now: datetime
) -> Drivers:
    """What matters in the period, from one snapshot; raises NoCatalogueError."""
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        return await read_drivers(transaction, catalogues.in_force.catalogue, period, within=within, now=now)


async def read_drivers(
    transaction: Transaction, catalogue: Catalogue, period: Period, *, within: timedelta = WITHIN, now: datetime
) -> Drivers:
    """A step: the same, in the snapshot of whoever asks."""
    zone = catalogue.business.timezone
    start, end = day_start(period.start, zone), day_start(period.end, zone)
    followed_to = min(period.end, local_day(now - within, zone))
    is_followed = followed_to > period.start
    own = [name for name, touchpoint in catalogue.touchpoints.items() if touchpoint.every is not None]
    others = [name for name in catalogue.touchpoints if name not in own]
    relational = bool(own) and bool(
        await drivers.outcome_counts(transaction, start=start, end=end, touchpoints=own, earlier=None, before=BEFORE)
    )
    counted = await _count(
        transaction,
        (start, end, day_start(followed_to, zone) if is_followed else start),
        last_word=own if relational else others,
        earlier=others,
        relational=relational,
        within=within,
    )
    afterwards = _afterwards(counted.afterwards)
    return Drivers(
        business_name=catalogue.business.name,
        language=catalogue.business.languages[0],
        timezone=zone.key,
        period=period,
        relational=relational,
        outcome=_tally(counted.outcomes),
        causes=_causes(catalogue, counted.causes, _tally(counted.outcomes).n),
        facts=_facts(catalogue, counted.facts),
        within=within,
        followed_to=followed_to if is_followed else None,
        afterwards=tuple(afterwards.values()),
        at_risk=revenue_at_risk(afterwards[Sentiment.NEGATIVE], afterwards[Sentiment.POSITIVE]),
        currency=counted.currency,
        other_currencies=counted.other_currencies,
    )


async def _count(
    transaction: Transaction,
    instants: tuple[datetime, datetime, datetime],
    *,
    last_word: list[str],
    earlier: list[str],
    relational: bool,
    within: timedelta,
) -> _Counted:
    start, end, followed_to = instants
    currency, other_currencies = await drivers.main_currency(transaction, start=start, end=end)
    return _Counted(
        outcomes=await drivers.outcome_counts(
            transaction,
            start=start,
            end=end,
            touchpoints=last_word,
            earlier=None if relational else earlier,
            before=BEFORE,
        ),
        causes=await drivers.cause_counts(
            transaction,
            start=start,
            end=end,
            touchpoints=last_word,
            earlier=earlier,
            before=BEFORE,
            borders={metric.value: scale.negative_to for metric, scale in SCALES.items()},
        ),
        facts=await drivers.fact_counts(transaction, start=start, end=end, touchpoints=earlier),
        afterwards=await drivers.after_counts(
            transaction, start=start, end=followed_to, within=within, currency=currency
        ),
        currency=currency,
        other_currencies=other_currencies,
    )


def _tally(rows: Iterable[OutcomeCount | CauseCount | FactCount]) -> Tally:
    sides: Counter[Sentiment] = Counter()
    for row in rows:
        sides[sentiment(Metric(row.metric), row.score)] += row.count
    return Tally(sides[Sentiment.NEGATIVE], sides[Sentiment.NEUTRAL], sides[Sentiment.POSITIVE])


def _causes(catalogue: Catalogue, rows: Iterable[CauseCount], n: int) -> tuple[Driver, ...]:
    """Praise is no cause of a low score: reasons offered for a good one are left out."""
    groups: defaultdict[tuple[str, str | None], list[CauseCount]] = defaultdict(list)
    for row in rows:
        if row.reason is None or row.reason not in _praise(catalogue, row.touchpoint):
            groups[row.touchpoint, row.reason].append(row)
    costs = {key: _cost(group, n) for key, group in groups.items()}
    return _drivers(catalogue, costs)


def _facts(catalogue: Catalogue, rows: Iterable[FactCount]) -> tuple[Driver, ...]:
    groups: defaultdict[tuple[str, str | None], list[FactCount]] = defaultdict(list)
    for row in rows:
        groups[row.touchpoint, row.flag].append(row)
    costs = {key: _cost(group, sum(row.count for row in group)) for key, group in groups.items()}
    return _drivers(catalogue, costs)


def _cost(rows: Sequence[CauseCount | FactCount], n: int) -> Cost | None:
    affected, others = (_tally(row for row in rows if row.affected is side) for side in (True, False))
    return cost_of(affected, others, n)


def _drivers(catalogue: Catalogue, costs: Mapping[tuple[str, str | None], Cost | None]) -> tuple[Driver, ...]:
    """The dearest first, p corrected for their number."""
    shown = [(key, cost) for key, cost in costs.items() if cost is not None]
    corrected = holm([cost.p_value for _, cost in shown])
    found = [
        Driver(
            touchpoint,
            catalogue.touchpoints[touchpoint].title if touchpoint in catalogue.touchpoints else {},
            reason,
            _reason_title(catalogue, touchpoint, reason),
            replace(cost, p_value=p_value),
        )
        for ((touchpoint, reason), cost), p_value in zip(shown, corrected, strict=True)
    ]
    return tuple(sorted(found, key=lambda driver: (-driver.cost.points, driver.touchpoint, driver.reason or "")))


def _praise(catalogue: Catalogue, touchpoint: str) -> frozenset[str]:
    survey = catalogue.surveys.get(catalogue.touchpoints[touchpoint].survey or "")
    return frozenset() if survey is None else frozenset(reason.key for reason in survey.reasons.positive)


def _reason_title(catalogue: Catalogue, touchpoint: str, reason: str | None) -> Texts:
    configured = catalogue.touchpoints.get(touchpoint)
    survey = None if configured is None else catalogue.surveys.get(configured.survey or "")
    if survey is None:
        return {}
    offered = (*survey.reasons.negative, *survey.reasons.neutral, *survey.reasons.positive)
    return next((one.title for one in offered if one.key == reason), {})


def _afterwards(rows: Iterable[AfterCount]) -> dict[Sentiment, Afterwards]:
    groups: dict[Sentiment, list[AfterCount]] = {side: [] for side in Sentiment}
    for row in rows:
        groups[sentiment(Metric(row.metric), row.score)].append(row)
    return {side: _after(side, group) for side, group in groups.items()}


def _after(side: Sentiment, rows: list[AfterCount]) -> Afterwards:
    customers = sum(row.customers for row in rows)
    return Afterwards(
        side,
        Share(sum(row.returned for row in rows), customers),
        Moments(customers, sum(row.orders for row in rows), sum(row.orders_squared for row in rows)),
        Moments(customers, sum(row.spent for row in rows), sum(row.spent_squared for row in rows)),
    )
