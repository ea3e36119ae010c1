"""Means of amounts and counts, known by their sums alone. Formulas and sources: docs/statistics.md."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, sqrt

from surveys.rules.metrics import SHOWN_FROM, Interval, student_quantile


@dataclass(frozen=True, slots=True)
class Moments:
    """How many values there are, their sum and the sum of their squares."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def mean(self) -> float | None:
        """The mean; None without values."""
        return self.total / self.n if self.n else None

    @property
    def variance(self) -> float:
        """The sample variance; 0 under two values."""
        if self.n < 2:
            return 0.0
        return max(self.squares - self.total * self.total / self.n, 0.0) / (self.n - 1)

    @property
    def interval(self) -> Interval | None:
        """Student's 95 % interval of the mean; None under five values."""
        if self.n < SHOWN_FROM or self.mean is None:
            return None
        margin = student_quantile(self.n - 1) * sqrt(self.variance / self.n)
        return Interval(self.mean - margin, self.mean + margin)


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """How far one mean lies from another, in the units of the values."""

    value: float
    interval: Interval

    @property
    def is_real(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.interval.low > 0 or self.interval.high < 0


def mean_difference(one: Moments, other: Moments) -> MeanDifference | None:
    """The mean of `one` minus that of `other` with Welch's interval; None when either has under five values.

    Welch (Biometrika 1947); the degrees of freedom are Satterthwaite's.
    """
    if one.mean is None or other.mean is None or min(one.n, other.n) < SHOWN_FROM:
        return None
    value = one.mean - other.mean
    first, second = one.variance / one.n, other.variance / other.n
    if first + second == 0:
        return MeanDifference(value, Interval(value, value))
    degrees = (first + second) ** 2 / (first**2 / (one.n - 1) + second**2 / (other.n - 1))
    margin = _quantile(degrees) * sqrt(first + second)
    return MeanDifference(value, Interval(value - margin, value + margin))


def _quantile(degrees: float) -> float:
    """Student's quantile between whole degrees of freedom, linear in their reciprocal."""
    below = max(floor(degrees), 1)
    low, high = student_quantile(below), student_quantile(below + 1)
    part = (1 / below - 1 / max(degrees, below)) / (1 / below - 1 / (below + 1))
    return low + part * (high - low)
