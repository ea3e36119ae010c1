"""What the scores of a period say: each touchpoint against the time just before, its funnel, reasons and cases."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from db import reports
from db.database import Database, Transaction
from db.reports import EVERYTHING, CaseCounts, FunnelCount, Narrowing, ReasonCount, ScoreCount, Stretches
from db.rollups import Counted
from surveys.buying_again import CountedBuyers, keep_buyers
from surveys.findings import Collected, TouchpointReport, TrendPoint, metric_of
from surveys.publishing import Catalogues, UnreadableVersionError
from surveys.recovery_figures import CaseFigures, RecoveryFigures, read_recovery
from surveys.rolling_up import read_stretches
from surveys.rules.journey import Catalogue, Metric
from surveys.rules.weeks import Period, day_start, last_complete_week, parse_period, weeks_until

DEFAULT_SCORES_PERIOD = "7d"

TREND_WEEKS = 12


class UnknownTouchpointError(LookupError):
    """A touchpoint that is neither in the catalogue nor in the data; carries the known ones."""

    def __init__(self, touchpoint: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no touchpoint {touchpoint!r}; there are: {', '.join(known)}")
        self.touchpoint = touchpoint
        self.known = known


class UnknownAttributeError(LookupError):
    """An attribute nobody has in the period; carries those that somebody has."""

    def __init__(self, attribute: str, known: tuple[str, ...]) -> None:
        there = f"there are: {', '.join(known)}" if known else "there are none in this period"
        super().__init__(f"nobody has an attribute {attribute!r} in this period; {there}")
        self.attribute = attribute
        self.known = known


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of a period; `period` is whole days in the business's zone, its end not included."""

    business_name: str
    language: str
    timezone: str
    period: Period
    by: str | None
    touchpoints: tuple[TouchpointReport, ...]


@dataclass(frozen=True, slots=True)
class Report(Scores):
    """The same with what became of cases."""

    cases: CaseCounts
    recovery: RecoveryFigures | None = None


async def weekly_report(
    database: Database,
    catalogues: Catalogues,
    *,
    start: date,
    end: date,
    by: str | None = None,
    touchpoint: str | None = None,
    scope: Narrowing = EVERYTHING,
    now: datetime,
) -> Report:
    """Everything a report on the days from `start` to `end` (not included) shows, from one snapshot.

    `scope` is the part of everything the reader may see; the trend are the ISO weeks up to the period's last day.
    Raises PeriodError for an impossible period, UnknownTouchpointError, UnknownAttributeError and NoCatalogueError.
    """
    period, narrowing = Period(start, end), _within(scope, touchpoint)
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        report, buyers = await _read_report(
            transaction,
            catalogues,
            period,
            by=by,
            touchpoint=touchpoint,
            narrowing=narrowing,
            trend_weeks=TREND_WEEKS,
            now=now,
        )
    await keep_buyers(database, buyers, now=now)
    return report


async def read_report(
    transaction: Transaction,
    catalogues: Catalogues,
    period: Period,
    *,
    by: str | None = None,
    narrowing: Narrowing = EVERYTHING,
    trend_weeks: int = TREND_WEEKS,
    now: datetime,
) -> Report:
    """A step: the same, in the snapshot of whoever asks; raises UnknownAttributeError."""
    report, _ = await _read_report(
        transaction,
        catalogues,
        period,
        by=by,
        touchpoint=None,
        narrowing=narrowing,
        trend_weeks=trend_weeks,
        now=now,
    )
    return report


async def _read_report(
    transaction: Transaction,
    catalogues: Catalogues,
    period: Period,
    *,
    by: str | None,
    touchpoint: str | None,
    narrowing: Narrowing,
    trend_weeks: int,
    now: datetime,
) -> tuple[Report, CountedBuyers]:
    catalogue = catalogues.in_force.catalogue
    zone = catalogue.business.timezone
    scores = await _read_scores(
        transaction,
        catalogues,
        period,
        by=by,
        touchpoint=touchpoint,
        narrowing=narrowing,
        trend_weeks=trend_weeks,
        now=now,
    )
    recovery, buyers = await read_recovery(
        transaction,
        catalogue,
        starts_at=day_start(period.start, zone),
        ends_at=day_start(period.end, zone),
        narrowing=narrowing,
        now=now,
    )
    still_open = await reports.open_cases(transaction, narrowing=narrowing)
    report = Report(
        scores.business_name,
        scores.language,
        scores.timezone,
        period,
        by,
        scores.touchpoints,
        cases=_cases(recovery.total, still_open),
        recovery=recovery,
    )
    return report, buyers


async def read_scores(
    database: Database,
    catalogues: Catalogues,
    *,
    start: date,
    end: date,
    by: str | None = None,
    touchpoint: str | None = None,
    scope: Narrowing = EVERYTHING,
    trend_weeks: int = TREND_WEEKS,
    now: datetime,
) -> Scores:
    """The same without the cases, for whoever asked for scores alone."""
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        return await _read_scores(
            transaction,
            catalogues,
            Period(start, end),
            by=by,
            touchpoint=touchpoint,
            narrowing=_within(scope, touchpoint),
            trend_weeks=trend_weeks,
            now=now,
        )


async def _read_scores(
    transaction: Transaction,
    catalogues: Catalogues,
    period: Period,
    *,
    by: str | None,
    touchpoint: str | None,
    narrowing: Narrowing,
    trend_weeks: int = TREND_WEEKS,
    now: datetime,
) -> Scores:
    published = catalogues.in_force
    catalogue = published.catalogue
    zone = catalogue.business.timezone
    weeks = weeks_until(period.last_day, trend_weeks)
    reader = _Reader(transaction, zone, narrowing, by)
    scores = await reader.scores([period.previous, period])
    trend = await replace(reader, by=None).scores(weeks)
    reasons = await reader.reasons(period)
    funnels = await reader.funnel(period, now)
    metrics = _MetricsAsked(catalogues, published.version_id, catalogue)
    await metrics.read(transaction, funnels)
    if by is not None:
        await _check_attribute(transaction, by, [*scores, *funnels], period, zone)
    collected = Collected(period_over=day_start(period.end, zone) <= now, weeks=weeks)
    for name in catalogue.touchpoints:
        metric = metric_of(catalogue, name)
        if metric is not None and (narrowing.touchpoints is None or name in narrowing.touchpoints):
            collected.expect(name, metric)
    for score in scores:
        collected.add_score(score)
    for score in trend:
        collected.add_trend(score)
    for reason in reasons:
        collected.add_reasons(reason)
    for funnel in funnels:
        metric = metrics.of(funnel)
        if metric is not None:
            collected.add_funnel(funnel, metric)
    entries = collected.entries(catalogue, split=by is not None)
    if touchpoint is not None and not entries and touchpoint not in catalogue.touchpoints:
        raise UnknownTouchpointError(touchpoint, tuple(catalogue.touchpoints))
    return Scores(
        business_name=catalogue.business.name,
        language=catalogue.business.languages[0],
        timezone=zone.key,
        period=period,
        by=by,
        touchpoints=entries,
    )


def _cases(total: CaseFigures, still_open: int) -> CaseCounts:
    return CaseCounts(
        opened=total.opened,
        claimed=total.claimed,
        resolved=total.resolved,
        confirmed=total.confirmed,
        reopened=total.reopened,
        overdue=total.overdue,
        still_open=still_open,
        median_first_response=total.median_first_response,
        median_resolve=total.median_resolve,
    )


async def score_trend(
    database: Database, catalogues: Catalogues, *, until: date, weeks: int
) -> dict[tuple[str, Metric], tuple[TrendPoint, ...]]:
    """The scores of each touchpoint and metric, week by week up to the one `until` lies in, oldest first."""
    zone = catalogues.in_force.catalogue.business.timezone
    periods = weeks_until(until, weeks)
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        scores = await _Reader(transaction, zone, EVERYTHING, None).scores(periods)
    collected = Collected(period_over=True, weeks=periods)
    for score in scores:
        collected.add_trend(score)
    return collected.trends()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the figures of periods, from counted days wherever these know enough."""

    transaction: Transaction
    zone: ZoneInfo
    narrowing: Narrowing
    by: str | None

    async def scores(self, periods: Sequence[Period]) -> list[ScoreCount]:
        stretches = await self._stretches("answers", periods)
        return await reports.score_counts(self.transaction, stretches, narrowing=self.narrowing, attribute=self.by)

    async def reasons(self, period: Period) -> list[ReasonCount]:
        (stretches,) = await self._stretches("answers", [period])
        return await reports.reason_counts(self.transaction, stretches, narrowing=self.narrowing, attribute=self.by)

    async def funnel(self, period: Period, now: datetime) -> list[FunnelCount]:
        (stretches,) = await self._stretches("funnel", [period])
        return await reports.funnel_counts(
            self.transaction, stretches, narrowing=self.narrowing, attribute=self.by, now=now
        )

    async def _stretches(self, counted: Counted, periods: Sequence[Period]) -> list[Stretches]:
        rolled_up = self.by is None and self.narrowing.is_counted
        return await read_stretches(self.transaction, counted, periods, self.zone, rolled_up=rolled_up)


async def _check_attribute(
    transaction: Transaction,
    attribute: str,
    counts: Sequence[ScoreCount | FunnelCount],
    period: Period,
    zone: ZoneInfo,
) -> None:
    """Raise UnknownAttributeError where there are figures and nobody has the attribute."""
    if not counts or any(count.segment is not None for count in counts):
        return
    known = await reports.attribute_names(
        transaction, day_start(period.previous.start, zone), day_start(period.end, zone)
    )
    if attribute not in known:
        raise UnknownAttributeError(attribute, tuple(known))


def _within(scope: Narrowing, touchpoint: str | None) -> Narrowing:
    """The one touchpoint of what may be seen; nothing at all when it may not."""
    if touchpoint is None:
        return scope
    seen = scope.touchpoints is None or touchpoint in scope.touchpoints
    return replace(scope, touchpoints=(touchpoint,) if seen else ())


@dataclass(frozen=True, slots=True)
class ScoresRequest:
    """Whose scores were asked for (None: everybody's), and of when."""

    touchpoint: str | None
    period: Period


def read_scores_request(arguments: str, catalogue: Catalogue, *, now: datetime) -> ScoresRequest:
    """What stands behind `/scores`: a touchpoint's key or title, a period, both or neither.

    Without a period the last seven days with today; raises PeriodError for what is neither.
    """
    rest = " ".join(arguments.split())
    touchpoint = None
    for name, spoken in _spoken_names(catalogue):
        if f"{rest.lower()} ".startswith(f"{spoken} "):
            touchpoint, rest = name, rest[len(spoken) :].strip()
            break
    period = parse_period(rest or DEFAULT_SCORES_PERIOD, now=now, zone=catalogue.business.timezone)
    return ScoresRequest(touchpoint, period)


def read_week(arguments: str, catalogue: Catalogue, *, now: datetime) -> Period:
    """What stands behind `/report`: any period, the last complete week without one; raises PeriodError."""
    zone = catalogue.business.timezone
    return parse_period(arguments, now=now, zone=zone) if arguments.strip() else last_complete_week(now, zone)


def _spoken_names(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Touchpoints with the keys and titles people may type for them, the longest first."""
    spoken = [
        (name, " ".join(text.lower().split()))
        for name, touchpoint in catalogue.touchpoints.items()
        for text in (name, *touchpoint.title.values())
    ]
    return sorted((pair for pair in spoken if pair[1]), key=lambda pair: -len(pair[1]))


class _MetricsAsked:
    """By which metric each event was asked about, also where the catalogue has changed since."""

    def __init__(self, catalogues: Catalogues, version_id: int, catalogue: Catalogue) -> None:
        self._catalogues = catalogues
        self._versions: dict[int | None, Catalogue] = {version_id: catalogue}
        self._current = catalogue

    async def read(self, transaction: Transaction, funnels: list[FunnelCount]) -> None:
        """Read the catalogue versions the events were decided under."""
        for version_id in {funnel.catalogue_version_id for funnel in funnels} - self._versions.keys():
            if version_id is not None:
                # What a newer program published is read as if it were the catalogue in force.
                with suppress(UnreadableVersionError):
                    self._versions[version_id] = await self._catalogues.version(transaction, version_id)

    def of(self, funnel: FunnelCount) -> Metric | None:
        """The metric; None where the touchpoint has no survey."""
        if funnel.survey is not None:
            survey = self._versions.get(funnel.catalogue_version_id, self._current).surveys.get(funnel.survey)
            if survey is not None:
                return survey.metric
        return metric_of(self._current, funnel.touchpoint)
