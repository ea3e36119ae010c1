"""What the scores of a period say: each touchpoint against the time just before, its funnel, reasons and cases."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from db import reports
from db.database import Database, Transaction
from db.reports import CaseCounts, FunnelCount
from surveys.findings import Collected, TouchpointReport, metric_of
from surveys.publishing import Catalogues, UnreadableVersionError
from surveys.recovery_figures import RecoveryFigures, read_recovery
from surveys.rules.journey import Catalogue, Metric
from surveys.rules.weeks import Period, day_start, last_complete_week, parse_period

DEFAULT_SCORES_PERIOD = "7d"


class UnknownTouchpointError(LookupError):
    """A touchpoint that is neither in the catalogue nor in the data; carries the known ones."""

    def __init__(self, touchpoint: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no touchpoint {touchpoint!r}; there are: {', '.join(known)}")
        self.touchpoint = touchpoint
        self.known = known


@dataclass(frozen=True, slots=True)
class Report:
    """The scores of a period; `period` is whole days in the business's zone, its end not included."""

    business_name: str
    language: str
    timezone: str
    period: Period
    by: str | None
    touchpoints: tuple[TouchpointReport, ...]
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
    now: datetime,
) -> Report:
    """Everything a report on the days from `start` to `end` (not included) shows, from one snapshot.

    Raises PeriodError for an impossible period, UnknownTouchpointError, and NoCatalogueError.
    """
    published = catalogues.in_force
    catalogue = published.catalogue
    period = Period(start, end)
    zone = catalogue.business.timezone
    previous_starts_at, starts_at, ends_at = (
        day_start(day, zone) for day in (period.previous.start, period.start, period.end)
    )
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        scores = await reports.score_counts(
            transaction,
            previous_start=previous_starts_at,
            start=starts_at,
            end=ends_at,
            touchpoint=touchpoint,
            attribute=by,
        )
        reasons = await reports.reason_counts(
            transaction, start=starts_at, end=ends_at, touchpoint=touchpoint, attribute=by
        )
        funnels = await reports.funnel_counts(
            transaction, start=starts_at, end=ends_at, touchpoint=touchpoint, attribute=by, now=now
        )
        cases = await reports.case_counts(transaction, start=starts_at, end=ends_at, touchpoint=touchpoint, now=now)
        recovery = await read_recovery(
            transaction, catalogue, starts_at=starts_at, ends_at=ends_at, touchpoint=touchpoint, now=now
        )
        metrics = _MetricsAsked(catalogues, published.version_id, catalogue)
        await metrics.read(transaction, funnels)
    collected = Collected(period_over=ends_at <= now)
    for name in catalogue.touchpoints:
        metric = metric_of(catalogue, name)
        if metric is not None and touchpoint in (None, name):
            collected.expect(name, metric)
    for score in scores:
        collected.add_score(score)
    for reason in reasons:
        collected.add_reasons(reason)
    for funnel in funnels:
        metric = metrics.of(funnel)
        if metric is not None:
            collected.add_funnel(funnel, metric)
    entries = collected.entries(catalogue, split=by is not None)
    if touchpoint is not None and not entries and touchpoint not in catalogue.touchpoints:
        raise UnknownTouchpointError(touchpoint, tuple(catalogue.touchpoints))
    return Report(
        business_name=catalogue.business.name,
        language=catalogue.business.languages[0],
        timezone=zone.key,
        period=period,
        by=by,
        touchpoints=entries,
        cases=cases,
        recovery=recovery,
    )


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
