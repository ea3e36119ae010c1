"""What recovery brought in a period: what became of cases, by whom, and whether customers came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from operator import add
from statistics import median
from typing import Final

from db import recovery_figures, recovery_parts, reports
from db.database import Database, Transaction
from db.recovery_parts import CaseGroup, Scope
from db.reports import EVERYTHING, Narrowing
from surveys.buying_again import BoughtAgain, CountedBuyers, asked_again, count_buyers, keep_buyers
from surveys.publishing import Catalogues
from surveys.rules.journey import Catalogue, Metric
from surveys.rules.languages import Texts
from surveys.rules.recovered import is_recovered
from surveys.rules.recovery_measures import BeforeAfter, measure_pairs
from surveys.rules.weeks import Period, day_start, parse_period

RANKED_FROM: Final = 10
"""Whoever had fewer cases than this in the period is not told apart from the others."""

DEFAULT_RECOVERY_PERIOD: Final = "30d"

PARTS: Final = ("team", "person", "touchpoint", "reason")


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """What was done to cases in the period; `cases` are those that were moved in it.

    `settled` were last resolved in the period and still are: of them `recovered` customers said "solved" and did not
    rate the re-ask negative, `resolved_without_answer` said nothing. Medians are of working time.
    """

    cases: int = 0
    opened: int = 0
    claimed: int = 0
    resolved: int = 0
    confirmed: int = 0
    reopened: int = 0
    dismissed: int = 0
    overdue: int = 0
    settled: int = 0
    recovered: int = 0
    resolved_without_answer: int = 0
    median_first_response: timedelta | None = None
    median_resolve: timedelta | None = None


@dataclass(frozen=True, slots=True)
class PartFigures:
    """The figures of one team, person, touchpoint or close reason; None: of nobody, without a reason.

    `people` is 1 for a person, 0 for the cases nobody has (and where the part is no person), and how many they are for
    the people who are summed up, whose medians are not known.
    """

    value: str | None
    title: Texts = field(hash=False)
    person_id: int | None
    people: int
    figures: CaseFigures


@dataclass(frozen=True, slots=True)
class RecoveryFigures:
    """Everything about recovery in a period."""

    total: CaseFigures
    by: Mapping[str, tuple[PartFigures, ...]] = field(hash=False)
    before_after: tuple[BeforeAfter, ...]
    bought_again: BoughtAgain


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """The figures of a period of whole days, for whoever may see all of them."""

    business_name: str
    language: str
    timezone: str
    period: Period
    figures: RecoveryFigures


@dataclass(frozen=True, slots=True)
class OwnReport:
    """The figures of the cases one person has."""

    language: str
    period: Period
    figures: CaseFigures


async def recovery_report(
    database: Database,
    catalogues: Catalogues,
    *,
    start: date,
    end: date,
    scope: Narrowing = EVERYTHING,
    now: datetime,
) -> RecoveryReport:
    """What recovery brought on the days from `start` to `end` (not included); raises PeriodError.

    `scope` is the part of everything the reader may see.
    """
    catalogue, period = catalogues.in_force.catalogue, Period(start, end)
    starts_at, ends_at = _instants(period, catalogue)
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        figures, buyers = await read_recovery(
            transaction, catalogue, starts_at=starts_at, ends_at=ends_at, narrowing=scope, now=now
        )
    await keep_buyers(database, buyers, now=now)
    return RecoveryReport(
        business_name=catalogue.business.name,
        language=catalogue.business.languages[0],
        timezone=catalogue.business.timezone.key,
        period=period,
        figures=figures,
    )


async def own_recovery(
    database: Database, catalogues: Catalogues, telegram_id: int, *, start: date, end: date, now: datetime
) -> OwnReport:
    """The figures of the cases this member of staff has; raises PeriodError."""
    catalogue, period = catalogues.in_force.catalogue, Period(start, end)
    starts_at, ends_at = _instants(period, catalogue)
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        parts = await _read_parts(
            transaction, Scope(person_id=telegram_id), starts_at=starts_at, ends_at=ends_at, now=now
        )
    return OwnReport(catalogue.business.languages[0], period, parts.figures(_TOTAL))


def read_recovery_period(arguments: str, catalogue: Catalogue, *, now: datetime) -> Period:
    """What stands behind `/recovery`: any period, the last 30 days with today without one; raises PeriodError."""
    return parse_period(arguments.strip() or DEFAULT_RECOVERY_PERIOD, now=now, zone=catalogue.business.timezone)


async def read_recovery(
    transaction: Transaction,
    catalogue: Catalogue,
    *,
    starts_at: datetime,
    ends_at: datetime,
    narrowing: Narrowing = EVERYTHING,
    now: datetime,
) -> tuple[RecoveryFigures, CountedBuyers]:
    """A step of reporting: everything about recovery in [starts_at, ends_at), in the report's snapshot.

    Whoever reads the snapshot keeps the buyers after it (`keep_buyers`).
    """
    parts = await _read_parts(transaction, Scope(narrowing), starts_at=starts_at, ends_at=ends_at, now=now)
    pairs: dict[Metric, dict[tuple[int, int], int]] = {}
    for pair in await recovery_figures.pair_counts(transaction, start=starts_at, end=ends_at, narrowing=narrowing):
        pairs.setdefault(Metric(pair.metric), {})[pair.first, pair.again] = pair.count
    buyers = await count_buyers(
        transaction,
        starts_at=starts_at,
        known_at=min(ends_at, now),
        zone=catalogue.business.timezone,
        narrowing=narrowing,
        now=now,
    )
    figures = RecoveryFigures(
        total=parts.figures(_TOTAL),
        by={part: _shown(part, parts, catalogue) for part in PARTS},
        before_after=tuple(measure_pairs(metric, pairs[metric]) for metric in Metric if metric in pairs),
        bought_again=buyers.bought_again,
    )
    return figures, buyers


def _instants(period: Period, catalogue: Catalogue) -> tuple[datetime, datetime]:
    zone = catalogue.business.timezone
    return day_start(period.start, zone), day_start(period.end, zone)


@dataclass(frozen=True, slots=True)
class _Part:
    """Whose cases were counted: everybody's (`total`), or those of one value; None: nobody's, no reason."""

    part: str
    value: str | None
    person_id: int | None = None


_TOTAL: Final = _Part("total", None)


@dataclass(slots=True)
class _Counts:
    """The counts of a part on their way into its figures; durations in microseconds."""

    latest_id: int = 0
    name: str | None = None
    numbers: list[int] = field(default_factory=lambda: [0] * 11)
    response_took: list[int] = field(default_factory=list)
    resolve_took: list[int] = field(default_factory=list)

    def take(self, group: CaseGroup, numbers: Sequence[int]) -> None:
        self.numbers = list(map(add, self.numbers, numbers))
        self.response_took += group.response_took
        self.resolve_took += group.resolve_took
        if group.latest_id > self.latest_id:
            self.latest_id, self.name = group.latest_id, group.name


class _Parts:
    """The figures of each part, and of all of them."""

    def __init__(self, groups: Iterable[CaseGroup]) -> None:
        self._counts: dict[_Part, _Counts] = {_TOTAL: _Counts()}
        for group in groups:
            numbers = _numbers(group)
            for part in _parts_of(group):
                self._counts.setdefault(part, _Counts()).take(group, numbers)

    def figures(self, part: _Part) -> CaseFigures:
        """What was counted for the part."""
        counts = self._counts[part]
        return replace(
            _figures(counts.numbers),
            median_first_response=_median(counts.response_took),
            median_resolve=_median(counts.resolve_took),
        )

    def cases(self, part: _Part) -> int:
        """How many of them were moved in the period."""
        return self._counts[part].numbers[0]

    def summed(self, parts: Iterable[_Part]) -> CaseFigures:
        """What was counted for several people together."""
        columns = zip(*(self._counts[part].numbers for part in parts), strict=True)
        return _figures([sum(column) for column in columns])

    def name(self, part: _Part) -> str | None:
        """The value of the part; of a person the name of the latest case."""
        return self._counts[part].name if part.part == "person" else part.value

    def of(self, part: str) -> list[_Part]:
        """All parts of this kind, those with most cases first, nobody's last."""
        found = [one for one in self._counts if one.part == part]
        found.sort(
            key=lambda one: (
                self.name(one) is None,
                -self.cases(one),
                self.name(one) or "",
                one.person_id or 0,
            )
        )
        return found


def _parts_of(group: CaseGroup) -> tuple[_Part, ...]:
    return (
        _TOTAL,
        _Part("team", group.team),
        _Part("person", group.unnumbered, group.person_id),
        _Part("touchpoint", group.touchpoint),
        _Part("reason", group.close_reason),
    )


def _numbers(group: CaseGroup) -> tuple[int, ...]:
    """In the order of the figures."""
    is_silent = group.state == "resolved" and group.solved is None
    recovered = is_recovered(solved=group.solved, asked_again=asked_again(group.metric, group.asked_again))
    return (
        group.cases,
        group.opened,
        group.claimed,
        group.resolved,
        group.confirmed,
        group.reopened,
        group.dismissed,
        group.overdue,
        group.settled,
        group.settled if recovered else 0,
        group.settled if is_silent else 0,
    )


def _figures(numbers: Sequence[int]) -> CaseFigures:
    cases, opened, claimed, resolved, confirmed, reopened, dismissed, overdue, settled, recovered, silent = numbers
    return CaseFigures(
        cases, opened, claimed, resolved, confirmed, reopened, dismissed, overdue, settled, recovered, silent
    )


def _median(took: Sequence[int]) -> timedelta | None:
    return timedelta(microseconds=median(took)) if took else None


async def _read_parts(
    transaction: Transaction, scope: Scope, *, starts_at: datetime, ends_at: datetime, now: datetime
) -> _Parts:
    return _Parts(await recovery_parts.case_groups(transaction, scope, start=starts_at, end=ends_at, known_at=now))


def _shown(part: str, parts: _Parts, catalogue: Catalogue) -> tuple[PartFigures, ...]:
    if part == "person":
        return _people(parts)
    return tuple(
        PartFigures(one.value, _title(part, one.value, catalogue), None, 0, parts.figures(one))
        for one in parts.of(part)
    )


def _people(parts: _Parts) -> tuple[PartFigures, ...]:
    """People with ten cases or more each by themselves, the others together, then the cases nobody has."""
    ranked, others, nobodys = [], [], []
    for one in parts.of("person"):
        if one.value is None and one.person_id is None:
            nobodys.append(one)
        elif parts.cases(one) >= RANKED_FROM:
            ranked.append(one)
        else:
            others.append(one)
    shown = [PartFigures(parts.name(one), {}, one.person_id, 1, parts.figures(one)) for one in ranked]
    if others:
        shown.append(PartFigures(None, {}, None, len(others), parts.summed(others)))
    shown.extend(PartFigures(None, {}, None, 0, parts.figures(one)) for one in nobodys)
    return tuple(shown)


def _title(part: str, value: str | None, catalogue: Catalogue) -> Texts:
    if value is None:
        return {}
    match part:
        case "team":
            team = catalogue.recovery.teams.get(value)
            return {} if team is None else team.title
        case "touchpoint":
            touchpoint = catalogue.touchpoints.get(value)
            return {} if touchpoint is None else touchpoint.title
        case _:
            return next((one.title for one in catalogue.recovery.close_reasons if one.key == value), {})
