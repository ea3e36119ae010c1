"""What a trial found, once it may say so. Formulas and sources: docs/trials.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import erfc, sqrt

from surveys.rules.journey import Metric
from surveys.rules.metrics import SIGNIFICANCE, Interval, compare, measure, nps_difference_interval
from surveys.rules.recovery_measures import Share, compare_shares
from surveys.rules.trials import Measure

SPLIT_SUSPICIOUS_BELOW = 0.001
"""A split as uneven as this is hardly chance: something other than the hash decided who got what."""

PACE_FROM = 5
"""Fewer than this tell nothing about the pace."""

PACE_AFTER = timedelta(days=1)

Scores = Mapping[int | None, int]
"""How often each score was given; None: no answer."""


class TrialVerdict(StrEnum):
    """Which variant is better, if any."""

    A = "a"
    B = "b"
    NO_REAL_DIFFERENCE = "no_real_difference"
    NOT_TRUSTWORTHY = "not_trustworthy"


@dataclass(frozen=True, slots=True)
class Split:
    """How many people were given each variant; `share` should have got b."""

    a: int
    b: int
    share: float

    @property
    def p_value(self) -> float:
        """How likely chance makes a split as uneven: chi-square with one degree of freedom."""
        total = self.a + self.b
        if not total:
            return 1.0
        expected_a, expected_b = total * (1 - self.share), total * self.share
        chi_square = (self.a - expected_a) ** 2 / expected_a + (self.b - expected_b) ** 2 / expected_b
        return erfc(sqrt(chi_square / 2))

    @property
    def is_suspicious(self) -> bool:
        """Whether the split is not what was planned."""
        return self.p_value < SPLIT_SUSPICIOUS_BELOW


@dataclass(frozen=True, slots=True)
class VariantResult:
    """The response rate or the score of a variant with its interval, of `n` invitations or answers."""

    n: int
    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class TrialResult:
    """b minus a in points, its interval, how likely chance alone makes as much, and what to say of it."""

    a: VariantResult
    b: VariantResult
    difference: float
    interval: Interval
    p_value: float
    verdict: TrialVerdict


@dataclass(frozen=True, slots=True)
class Progress:
    """What a variant has so far.

    `reached` of the planned n are final. `under_way` are all delivered invitations, or all answered ones for a score,
    final or not; the first was sent at `first_sent_at`.
    """

    reached: int
    under_way: int
    first_sent_at: datetime | None


def compare_variants(by: Measure, metric: Metric, a: Scores, b: Scores, split: Split) -> TrialResult:
    """The result of the planned n of each variant; n is at least five."""
    compared = _compare_rates(a, b) if by is Measure.RESPONSE_RATE else _compare_scores(metric, a, b)
    one, other, difference, interval, p_value = compared
    return TrialResult(one, other, difference, interval, p_value, _verdict(difference, p_value, split))


def reached_about(planned: int, progress: Progress, *, matures_after: timedelta, now: datetime) -> datetime | None:
    """When a variant will have the planned n at the pace it had so far; None when there is no pace yet."""
    if progress.first_sent_at is None or progress.under_way < PACE_FROM:
        return None
    elapsed = now - progress.first_sent_at
    if elapsed < PACE_AFTER:
        return None
    lacking = max(planned - progress.under_way, 0)
    return now + elapsed / progress.under_way * lacking + matures_after


_Compared = tuple[VariantResult, VariantResult, float, Interval, float]


def _compare_rates(a: Scores, b: Scores) -> _Compared:
    return _compare_shares(
        *(Share(sum(scores.values()) - scores.get(None, 0), sum(scores.values())) for scores in (a, b))
    )


def _compare_scores(metric: Metric, a: Scores, b: Scores) -> _Compared:
    one, other = (
        measure(metric, {score: count for score, count in scores.items() if score is not None}) for scores in (a, b)
    )
    if metric is not Metric.NPS:
        return _compare_shares(Share(one.answers.positive, one.n), Share(other.answers.positive, other.n))
    change = compare(other, one)
    assert one.score is not None
    assert one.interval is not None
    assert other.score is not None
    assert other.interval is not None
    assert change.points is not None
    assert change.p_value is not None
    return (
        VariantResult(one.n, one.score, one.interval),
        VariantResult(other.n, other.score, other.interval),
        change.points,
        nps_difference_interval(other.answers, one.answers),
        change.p_value,
    )


def _compare_shares(a: Share, b: Share) -> _Compared:
    difference = compare_shares(b, a)
    assert difference is not None
    return _shown(a), _shown(b), difference.points, difference.interval, difference.p_value


def _shown(share: Share) -> VariantResult:
    assert share.per_cent is not None
    assert share.interval is not None
    return VariantResult(share.n, share.per_cent, share.interval)


def _verdict(difference: float, p_value: float, split: Split) -> TrialVerdict:
    if split.is_suspicious:
        return TrialVerdict.NOT_TRUSTWORTHY
    if p_value >= SIGNIFICANCE or difference == 0:
        return TrialVerdict.NO_REAL_DIFFERENCE
    return TrialVerdict.B if difference > 0 else TrialVerdict.A
