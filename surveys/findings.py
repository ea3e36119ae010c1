"""What was found out about each touchpoint: scores, change, funnel and reasons, put together from counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from db.reports import FunnelCount, ReasonCount, ScoreCount
from surveys.rules.journey import Catalogue, Metric, ReasonChoices, Survey
from surveys.rules.languages import Texts
from surveys.rules.metrics import Change, Measured, compare, measure
from surveys.rules.weeks import Period

Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """What became of the events of the period so far; `maturing` while more answers may come."""

    events: int = 0
    waiting: int = 0
    planned: int = 0
    skipped: int = 0
    cancelled: int = 0
    rejected: int = 0
    unknown: int = 0
    delivered: int = 0
    answered: int = 0
    commented: int = 0
    maturing: bool = False

    @property
    def response_rate(self) -> float | None:
        """Answered out of delivered, in per cent; None when nothing was delivered."""
        return 100 * self.answered / self.delivered if self.delivered else None


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out about a touchpoint, or about a segment of it."""

    measured: Measured
    previous: Measured
    change: Change
    funnel: Funnel
    reasons: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of a touchpoint with one value of the attribute; None where it is missing."""

    value: Json = field(hash=False)
    findings: Findings


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """What the answers of one of the last weeks say."""

    week: Period
    measured: Measured


@dataclass(frozen=True, slots=True)
class TouchpointReport:
    """One touchpoint by one metric.

    `praise` are the reasons offered for a good score; `segments` is None unless a breakdown was asked for; `trend`
    are the last weeks, oldest first.
    """

    touchpoint: str
    title: Texts = field(hash=False)
    metric: Metric
    findings: Findings
    reason_titles: Mapping[str, Texts] = field(hash=False)
    praise: frozenset[str]
    segments: tuple[Segment, ...] | None
    trend: tuple[TrendPoint, ...] = ()


def _survey_of(catalogue: Catalogue, touchpoint: str) -> Survey | None:
    configured = catalogue.touchpoints.get(touchpoint)
    return None if configured is None or configured.survey is None else catalogue.surveys.get(configured.survey)


def metric_of(catalogue: Catalogue, touchpoint: str) -> Metric | None:
    """By which metric the touchpoint is asked about now; None when it is not."""
    survey = _survey_of(catalogue, touchpoint)
    return None if survey is None else survey.metric


def funnel_steps(row: FunnelCount) -> Iterator[str]:
    """Where in the funnel the events stand.

    An expired question was delivered when the messenger gave it an id; without one nobody knows.
    """
    yield "events"
    match row.state:
        case "planned" | "sending":
            yield "planned"
        case "waiting" | "skipped" | "cancelled" | "rejected" | "unknown":
            yield row.state
        case "expired" if not row.has_message:
            yield "unknown"
        case "sent" | "expired":
            yield "delivered"
        case "answered":
            yield "delivered"
            yield "answered"
            if row.commented:
                yield "commented"


def is_maturing(row: FunnelCount) -> bool:
    if row.state in ("waiting", "planned", "sending"):
        return True
    return row.state in ("sent", "unknown") and row.may_be_answered


class _Counts:
    """What was counted for one touchpoint and metric, or one segment of it."""

    def __init__(self) -> None:
        self.current: Counter[int] = Counter()
        self.previous: Counter[int] = Counter()
        self.reasons: Counter[str] = Counter()
        self.funnel: Counter[str] = Counter()
        self.maturing = False

    @property
    def in_period(self) -> bool:
        """Whether anything of the period itself was counted."""
        return bool(self.current or self.funnel)

    def findings(self, metric: Metric) -> Findings:
        """What the counts say."""
        measured, previous = measure(metric, self.current), measure(metric, self.previous)
        return Findings(
            measured=measured,
            previous=previous,
            change=compare(measured, previous),
            funnel=Funnel(**self.funnel, maturing=self.maturing),
            reasons=dict(sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))),
        )


_Key = tuple[str, Metric]


class Collected:
    """All counts of a report on their way into its entries."""

    def __init__(self, *, period_over: bool, weeks: Sequence[Period] = ()) -> None:
        self._period_over = period_over
        self._weeks = tuple(weeks)
        self._trends: dict[_Key, list[Counter[int]]] = {}
        self._expected: set[_Key] = set()
        self._totals: dict[_Key, _Counts] = {}
        self._segments: dict[_Key, dict[str | None, _Counts]] = {}

    def expect(self, touchpoint: str, metric: Metric) -> None:
        """Show this entry whether there is data or not."""
        self._expected.add((touchpoint, metric))
        self._totals.setdefault((touchpoint, metric), _Counts())

    def add_score(self, row: ScoreCount) -> None:
        """Count answers of the period before (0) or of the period itself (1)."""
        for counts in self._places((row.touchpoint, Metric(row.metric)), row.segment):
            (counts.current if row.period else counts.previous)[row.score] += row.count

    def add_trend(self, row: ScoreCount) -> None:
        """Count answers of one of the last weeks."""
        key = (row.touchpoint, Metric(row.metric))
        if key not in self._trends:
            self._trends[key] = [Counter() for _ in self._weeks]
        self._trends[key][row.period][row.score] += row.count

    def add_reasons(self, row: ReasonCount) -> None:
        """Count each of the reasons chosen together."""
        for counts in self._places((row.touchpoint, Metric(row.metric)), row.segment):
            counts.reasons.update(dict.fromkeys(row.reasons, row.count))

    def add_funnel(self, row: FunnelCount, metric: Metric) -> None:
        """Count what became of events."""
        for counts in self._places((row.touchpoint, metric), row.segment):
            counts.funnel.update(dict.fromkeys(funnel_steps(row), row.count))
            counts.maturing |= is_maturing(row)

    def _places(self, key: _Key, segment: str | None) -> tuple[_Counts, _Counts]:
        return (
            self._totals.setdefault(key, _Counts()),
            self._segments.setdefault(key, {}).setdefault(segment, _Counts()),
        )

    def entries(self, catalogue: Catalogue, *, split: bool) -> tuple[TouchpointReport, ...]:
        """One entry per touchpoint and metric, in the catalogue's order, what it does not know last."""
        order = {name: place for place, name in enumerate(catalogue.touchpoints)}
        shown = [key for key, counts in self._totals.items() if key in self._expected or counts.in_period]
        shown.sort(key=lambda key: (order.get(key[0], len(order)), key[0], key not in self._expected, key[1]))
        return tuple(self._entry(catalogue, key, split=split) for key in shown)

    def _entry(self, catalogue: Catalogue, key: _Key, *, split: bool) -> TouchpointReport:
        touchpoint, metric = key
        configured = catalogue.touchpoints.get(touchpoint)
        survey = _survey_of(catalogue, touchpoint)
        offered = ReasonChoices() if survey is None else survey.reasons
        self._finish(self._totals[key])
        return TouchpointReport(
            touchpoint=touchpoint,
            title={} if configured is None else configured.title,
            metric=metric,
            findings=self._totals[key].findings(metric),
            reason_titles={
                reason.key: reason.title for reason in (*offered.positive, *offered.neutral, *offered.negative)
            },
            praise=frozenset(reason.key for reason in offered.positive),
            segments=self._segments_of(key) if split else None,
            trend=self._trend_of(key),
        )

    def trends(self) -> dict[_Key, tuple[TrendPoint, ...]]:
        """The last weeks of all that was answered in them."""
        return {key: self._trend_of(key) for key in sorted(self._trends)}

    def _trend_of(self, key: _Key) -> tuple[TrendPoint, ...]:
        counted = self._trends.get(key) or [Counter() for _ in self._weeks]
        return tuple(
            TrendPoint(week, measure(key[1], counts)) for week, counts in zip(self._weeks, counted, strict=True)
        )

    def _segments_of(self, key: _Key) -> tuple[Segment, ...]:
        """The largest first, the missing value last."""
        found = [(value, counts) for value, counts in self._segments.get(key, {}).items() if counts.in_period]
        found.sort(key=lambda item: (item[0] is None, -item[1].current.total(), item[0] or ""))
        segments = []
        for value, counts in found:
            self._finish(counts)
            segments.append(Segment(None if value is None else json.loads(value), counts.findings(key[1])))
        return tuple(segments)

    def _finish(self, counts: _Counts) -> None:
        """While the period runs, more events may come."""
        counts.maturing |= not self._period_over
