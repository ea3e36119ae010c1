"""What recovery brought, measured: shares, their difference, and scores before and after. See docs/statistics.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import erfc, sqrt

from surveys.rules.journey import Metric, Sentiment
from surveys.rules.metrics import (
    SHOWN_FROM,
    SIGNIFICANCE,
    Interval,
    sentiment,
    student_quantile,
    wilson_interval,
)

Pair = tuple[int, int]
"""The first score and the one given when asked again."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; under five people nothing is shown."""

    successes: int
    n: int

    @property
    def per_cent(self) -> float | None:
        """The share in per cent; None under five people."""
        return 100 * self.successes / self.n if self.n >= SHOWN_FROM else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's interval in per cent; None under five people."""
        return wilson_interval(self.successes, self.n) if self.n >= SHOWN_FROM else None


@dataclass(frozen=True, slots=True)
class ShareDifference:
    """The first share minus the second, in points, and how likely chance alone makes one as large."""

    points: float
    interval: Interval
    p_value: float

    @property
    def is_real(self) -> bool:
        """Whether chance alone hardly explains it."""
        return self.p_value < SIGNIFICANCE


def compare_shares(first: Share, second: Share) -> ShareDifference | None:
    """The difference of two independent shares; None when one of them is not shown.

    The interval is Newcombe's (1998, method 10: from the two Wilson intervals), the test the pooled two-proportion z;
    without any variance p = 1.
    """
    if first.interval is None or second.interval is None:
        return None
    one, other = 100 * first.successes / first.n, 100 * second.successes / second.n
    points = one - other
    interval = Interval(
        points - sqrt((one - first.interval.low) ** 2 + (second.interval.high - other) ** 2),
        points + sqrt((first.interval.high - one) ** 2 + (other - second.interval.low) ** 2),
    )
    pooled = (first.successes + second.successes) / (first.n + second.n)
    variance = pooled * (1 - pooled) * (1 / first.n + 1 / second.n)
    z = points / 100 / sqrt(variance) if variance > 0 else 0.0
    return ShareDifference(points, interval, erfc(abs(z) / sqrt(2)))


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """Scores of the same people about the same thing, before and after it was put right.

    `difference` is the mean of after minus before with Student's interval; None under five pairs.
    """

    metric: Metric
    pairs: Mapping[Pair, int] = field(hash=False)
    difference: float | None
    interval: Interval | None
    negative_before: Share
    negative_after: Share

    @property
    def n(self) -> int:
        """The number of pairs."""
        return self.negative_before.n


def measure_pairs(metric: Metric, pairs: Mapping[Pair, int]) -> BeforeAfter:
    """Compare each first score with the later one, given how often each pair was given; raises OffScaleError."""
    n = sum(pairs.values())
    before = sum(count for (first, _), count in pairs.items() if sentiment(metric, first) is Sentiment.NEGATIVE)
    after = sum(count for (_, again), count in pairs.items() if sentiment(metric, again) is Sentiment.NEGATIVE)
    difference, interval = _mean_difference(pairs, n) if n >= SHOWN_FROM else (None, None)
    return BeforeAfter(metric, dict(pairs), difference, interval, Share(before, n), Share(after, n))


def _mean_difference(pairs: Mapping[Pair, int], n: int) -> tuple[float, Interval]:
    """The paired difference and its interval; without any spread the interval has no width."""
    centre = sum((again - first) * count for (first, again), count in pairs.items()) / n
    variance = sum(count * (again - first - centre) ** 2 for (first, again), count in pairs.items()) / (n - 1)
    margin = student_quantile(n - 1) * sqrt(variance / n)
    return centre, Interval(centre - margin, centre + margin)
