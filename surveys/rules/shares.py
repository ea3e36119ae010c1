"""Shares of something, and whether two of them differ. Formulas and sources: docs/statistics.md."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt

from surveys.rules.journey import Sentiment
from surveys.rules.metrics import SHOWN_FROM, SIGNIFICANCE, Interval, Tally, Z, adjusted_nps, wilson_interval


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `n`."""

    count: int
    n: int

    @property
    def value(self) -> float | None:
        """In per cent; None of nothing."""
        return 100 * self.count / self.n if self.n else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's, in per cent; None of nothing."""
        return wilson_interval(self.count, self.n)

    @property
    def is_shown(self) -> bool:
        """Whether there are enough to say anything of."""
        return self.n >= SHOWN_FROM


NOTHING = Share(0, 0)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far one thing lies from another, in points, and how likely chance alone puts them as far apart."""

    points: float
    interval: Interval
    p_value: float

    @property
    def is_real(self) -> bool:
        """Whether chance is ruled out at the 5 % level."""
        return self.p_value < SIGNIFICANCE


def share_difference(one: Share, other: Share) -> Difference | None:
    """`one` minus `other` in per cent points; None when either has too few.

    The interval is Newcombe's hybrid score interval (Statistics in Medicine 1998, 17:873-890, method 10), p the pooled
    two-proportion z test; without any variance p = 1.
    """
    if not (one.is_shown and other.is_shown):
        return None
    first, second = one.count / one.n, other.count / other.n
    low, high = _limits(one)
    other_low, other_high = _limits(other)
    points = first - second
    interval = Interval(
        100 * (points - sqrt((first - low) ** 2 + (other_high - second) ** 2)),
        100 * (points + sqrt((high - first) ** 2 + (second - other_low) ** 2)),
    )
    pooled = (one.count + other.count) / (one.n + other.n)
    variance = pooled * (1 - pooled) * (1 / one.n + 1 / other.n)
    z = points / sqrt(variance) if variance > 0 else 0.0
    return Difference(100 * points, interval, erfc(abs(z) / sqrt(2)))


def balance_difference(one: Tally, other: Tally) -> Difference | None:
    """The NPS of `one` minus that of `other` (share of positive minus share of negative); None when either has too few.

    The points are those of the answers as given; interval and p are by the adjusted scores and variances, as for a
    change from one period to the next.
    """
    if min(one.n, other.n) < SHOWN_FROM:
        return None
    centre, variance = adjusted_nps(one)
    other_centre, other_variance = adjusted_nps(other)
    apart, deviation = centre - other_centre, sqrt(variance + other_variance)
    points = (one.positive - one.negative) / one.n - (other.positive - other.negative) / other.n
    interval = Interval(100 * max(apart - Z * deviation, -2), 100 * min(apart + Z * deviation, 2))
    return Difference(100 * points, interval, erfc(abs(apart) / deviation / sqrt(2)))


def _limits(share: Share) -> tuple[float, float]:
    interval = share.interval
    assert interval is not None
    return interval.low / 100, interval.high / 100


def level(answers: Tally) -> Sentiment | None:
    """What a touchpoint is on the whole, across metrics; None with too few answers.

    Positive when there are surely more positive than negative answers (the adjusted interval of the one share minus
    the other lies above zero), negative when there are surely fewer, neutral in between.
    """
    if answers.n < SHOWN_FROM:
        return None
    centre, variance = adjusted_nps(answers)
    margin = Z * sqrt(variance)
    if centre - margin > 0:
        return Sentiment.POSITIVE
    return Sentiment.NEGATIVE if centre + margin < 0 else Sentiment.NEUTRAL
