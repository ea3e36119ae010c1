"""Which touchpoints somebody cares for and which run by themselves, and what is wrong with each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from db import audits, reports, unknown
from db.audits import Activity, ReachCount
from db.database import Database, Transaction
from db.reports import ScoreCount
from db.unknown import UnknownCount
from surveys.catalog.faults import nearest
from surveys.findings import metric_of
from surveys.publishing import Catalogues
from surveys.rolling_up import read_stretches
from surveys.rules.auditing import RANK, SILENT_AFTER, Finding, Observed, Unknown, judge, judge_unknown
from surveys.rules.journey import Catalogue, Metric
from surveys.rules.metrics import Measured, measure
from surveys.rules.shares import Share
from surveys.rules.weeks import Period, day_start, local_day

DAYS = 91
"""A quarter: of what the audit looks at, and of what it compares with."""

_NO_MESSENGER = {("waiting", None), ("skipped", "unreachable")}
_DELIVERED = ("sent", "answered")


@dataclass(frozen=True, slots=True)
class Audited:
    """One touchpoint and what care it has; `findings` is everything that is wrong with it."""

    observed: Observed
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """Every touchpoint there is, and what arrives under names nobody knows."""

    business_name: str
    language: str
    timezone: str
    period: Period
    silent_after: timedelta
    touchpoints: tuple[Audited, ...]
    unknown: tuple[Finding, ...]

    @property
    def managed(self) -> tuple[Audited, ...]:
        """Those somebody cares for."""
        return tuple(one for one in self.touchpoints if one.observed.is_managed)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them, what hurts most first."""
        found = [*self.unknown, *(finding for one in self.touchpoints for finding in one.findings)]
        return tuple(sorted(found, key=lambda finding: (RANK[finding.kind], -finding.events)))


@dataclass(slots=True)
class _Seen:
    """What was counted of one touchpoint."""

    last: dict[str, datetime] = field(default_factory=dict)
    reach: Counter[str] = field(default_factory=Counter)
    scores: defaultdict[tuple[Metric, bool], Counter[int]] = field(default_factory=lambda: defaultdict(Counter))


async def audit(
    database: Database, catalogues: Catalogues, *, silent_after: timedelta = SILENT_AFTER, now: datetime
) -> Audit:
    """The audit of the last quarter with today, from one snapshot; raises NoCatalogueError."""
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        return await read_audit(transaction, catalogues.in_force.catalogue, silent_after=silent_after, now=now)


async def read_audit(
    transaction: Transaction, catalogue: Catalogue, *, silent_after: timedelta = SILENT_AFTER, now: datetime
) -> Audit:
    """A step: the same, in the snapshot of whoever asks."""
    zone = catalogue.business.timezone
    today = local_day(now, zone)
    period = Period(today - timedelta(days=DAYS - 1), today + timedelta(days=1))
    before, start, end = (day_start(day, zone) for day in (period.previous.start, period.start, period.end))
    seen: defaultdict[str, _Seen] = defaultdict(_Seen)
    _hear(seen, "event", await audits.events_heard(transaction, start=before, end=end))
    _hear(seen, "answer", await audits.answers_heard(transaction, start=before, end=end))
    _count_reach(seen, await audits.reach_counts(transaction, start=start, end=end))
    _count_scores(
        seen,
        await reports.score_counts(
            transaction, await read_stretches(transaction, "answers", [period.previous, period], zone)
        ),
    )
    strangers = await unknown.counted(transaction, start=period.start, end=period.end)
    names = [*catalogue.touchpoints, *sorted(seen.keys() - catalogue.touchpoints.keys())]
    observed = [_observe(catalogue, name, seen[name]) for name in names]
    return Audit(
        business_name=catalogue.business.name,
        language=catalogue.business.languages[0],
        timezone=zone.key,
        period=period,
        silent_after=silent_after,
        touchpoints=tuple(Audited(one, tuple(judge(one, now=now, silent_after=silent_after))) for one in observed),
        unknown=tuple(
            judge_unknown(_unknown(catalogue, row)) for row in strangers if row.touchpoint not in catalogue.touchpoints
        ),
    )


def _hear(seen: defaultdict[str, _Seen], what: str, rows: Iterable[Activity]) -> None:
    for row in rows:
        seen[row.touchpoint].last[what] = row.last_at


def _count_reach(seen: defaultdict[str, _Seen], rows: Iterable[ReachCount]) -> None:
    for row in rows:
        reach = seen[row.touchpoint].reach
        reach["events"] += row.count
        if row.state is not None:
            reach["decided"] += row.count
        if (row.state, None if row.state == "waiting" else row.reason) in _NO_MESSENGER:
            reach["unreached"] += row.count
        if row.state in _DELIVERED or (row.state == "expired" and row.has_message):
            reach["delivered"] += row.count
        if row.state == "answered":
            reach["answered"] += row.count


def _count_scores(seen: defaultdict[str, _Seen], rows: Iterable[ScoreCount]) -> None:
    for row in rows:
        seen[row.touchpoint].scores[Metric(row.metric), row.period == 1][row.score] += row.count


def _observe(catalogue: Catalogue, name: str, seen: _Seen) -> Observed:
    metric = metric_of(catalogue, name)
    measured: Measured | None = None
    previous: Measured | None = None
    if metric is not None:
        measured, previous = (measure(metric, seen.scores[metric, current]) for current in (True, False))
    answers = sum(counts.total() for (_, current), counts in seen.scores.items() if current)
    return Observed(
        touchpoint=name,
        configured=catalogue.touchpoints.get(name),
        events=seen.reach["events"],
        answers=answers,
        last_event_at=seen.last.get("event"),
        last_answer_at=seen.last.get("answer"),
        unreached=Share(seen.reach["unreached"], seen.reach["decided"]),
        response=Share(seen.reach["answered"], seen.reach["delivered"]),
        measured=measured,
        previous=previous,
    )


def _unknown(catalogue: Catalogue, row: UnknownCount) -> Unknown:
    return Unknown(
        row.touchpoint, row.rejected, row.first_on, row.last_on, nearest(row.touchpoint, tuple(catalogue.touchpoints))
    )
