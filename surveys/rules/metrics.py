"""Scores, their 95 % intervals and whether a change is real. Formulas and sources: docs/statistics.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from math import atan, cos, erfc, exp, lgamma, pi, sin, sqrt
from statistics import NormalDist

from surveys.rules.journey import Metric, Sentiment

SHOWN_FROM = 5
"""Fewer answers than this show no score: they tell more about people than about the touchpoint."""

PRELIMINARY_BELOW = 30
"""Fewer answers than this are marked as preliminary."""

SIGNIFICANCE = 0.05
Z = NormalDist().inv_cdf(0.975)


class OffScaleError(ValueError):
    """A score its metric does not have."""

    def __init__(self, metric: Metric, score: int) -> None:
        allowed = SCALES[metric]
        super().__init__(f"score {score} is off the {metric.upper()} scale: {allowed.lowest} to {allowed.highest}")


@dataclass(frozen=True, slots=True)
class Scale:
    """The scores of a metric, and where negative ends and positive begins (both included)."""

    lowest: int
    highest: int
    negative_to: int
    positive_from: int

    @property
    def scores(self) -> range:
        """All scores, from the lowest to the highest."""
        return range(self.lowest, self.highest + 1)


SCALES: Mapping[Metric, Scale] = {
    Metric.NPS: Scale(0, 10, negative_to=6, positive_from=9),
    Metric.CSAT: Scale(1, 5, negative_to=2, positive_from=4),
    Metric.CES: Scale(1, 7, negative_to=3, positive_from=5),
}


def scale(metric: Metric) -> range:
    """All scores of the metric, from the lowest to the highest."""
    return SCALES[metric].scores


def sentiment(metric: Metric, score: int) -> Sentiment:
    """Where the score lies; raises OffScaleError."""
    borders = SCALES[metric]
    if not borders.lowest <= score <= borders.highest:
        raise OffScaleError(metric, score)
    if score <= borders.negative_to:
        return Sentiment.NEGATIVE
    return Sentiment.POSITIVE if score >= borders.positive_from else Sentiment.NEUTRAL


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % confidence interval, in the units of what it surrounds."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tally:
    """How many answers were negative, neutral and positive."""

    negative: int = 0
    neutral: int = 0
    positive: int = 0

    @property
    def n(self) -> int:
        """All answers."""
        return self.negative + self.neutral + self.positive


def tally(metric: Metric, counts: Mapping[int, int]) -> Tally:
    """Count the answers of each score by sentiment; raises OffScaleError."""
    found = dict.fromkeys(Sentiment, 0)
    for score, count in counts.items():
        found[sentiment(metric, score)] += count
    return Tally(found[Sentiment.NEGATIVE], found[Sentiment.NEUTRAL], found[Sentiment.POSITIVE])


def nps(answers: Tally) -> float | None:
    """Share of promoters minus share of detractors, -100 to 100; None without answers."""
    return 100 * (answers.positive - answers.negative) / answers.n if answers.n else None


def positive_share(answers: Tally) -> float | None:
    """The share of positive answers in per cent, which is CSAT and CES; None without answers."""
    return 100 * answers.positive / answers.n if answers.n else None


def nps_interval(answers: Tally) -> Interval | None:
    """Adjusted Wald: 0.75 promoters, 1.5 passives and 0.75 detractors added (Rocks 2016), cut at ±100."""
    if not answers.n:
        return None
    centre, variance = adjusted_nps(answers)
    margin = Z * sqrt(variance)
    return Interval(100 * max(centre - margin, -1), 100 * min(centre + margin, 1))


def wilson_interval(successes: int, n: int) -> Interval | None:
    """Wilson's score interval of a share, in per cent (Newcombe 1998, method 3)."""
    if not n:
        return None
    share = successes / n
    centre = share + Z * Z / (2 * n)
    margin = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    low, high = ((centre + side * margin) / (1 + Z * Z / n) for side in (-1, 1))
    return Interval(100 * low if successes else 0.0, 100 * high if successes < n else 100.0)


def mean(counts: Mapping[int, int]) -> float | None:
    """The mean score; None without answers."""
    n = sum(counts.values())
    return sum(score * count for score, count in counts.items()) / n if n else None


def mean_interval(counts: Mapping[int, int]) -> Interval | None:
    """Student's interval of the mean score; it may reach over the ends of the scale. None under two answers."""
    n = sum(counts.values())
    centre = mean(counts)
    if n < 2 or centre is None:
        return None
    variance = sum(count * (score - centre) ** 2 for score, count in counts.items()) / (n - 1)
    margin = student_quantile(n - 1) * sqrt(variance / n)
    return Interval(centre - margin, centre + margin)


@lru_cache(maxsize=4096)
def student_quantile(degrees: int) -> float:
    """The 97.5 % quantile of Student's distribution with that many degrees of freedom.

    Up to 200 degrees by Newton's method on the closed form of the distribution (Abramowitz and Stegun
    26.7.3 and 26.7.4); above, by its expansion around the normal quantile (26.7.5), exact to nine digits there.
    """
    if degrees < 1:
        raise ValueError(f"degrees of freedom start at 1, got {degrees}")
    if degrees > 200:
        first = (Z**3 + Z) / 4
        second = (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96
        third = (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384
        return Z + first / degrees + second / degrees**2 + third / degrees**3
    # From the left of the root on a concave function Newton's steps rise to it without ever passing it.
    quantile = Z
    for _ in range(60):
        step = (0.95 - _student_within(quantile, degrees)) / (2 * _student_density(quantile, degrees))
        quantile += step
        if abs(step) < 1e-13 * quantile:
            break
    return quantile


@dataclass(frozen=True, slots=True)
class Measured:
    """What a set of answers to one metric says.

    Shares and scores in per cent (NPS: points); what fewer than five answers would show is None.
    """

    metric: Metric
    distribution: Mapping[int, int] = field(hash=False)
    answers: Tally
    score: float | None
    interval: Interval | None
    mean: float | None
    mean_interval: Interval | None

    @property
    def n(self) -> int:
        """The number of answers."""
        return self.answers.n

    @property
    def preliminary(self) -> bool:
        """Whether there are too few answers to rely on."""
        return self.n < PRELIMINARY_BELOW


def measure(metric: Metric, counts: Mapping[int, int]) -> Measured:
    """Measure the answers, given how often each score was given; raises OffScaleError."""
    distribution = {score: counts.get(score, 0) for score in scale(metric)}
    answers = tally(metric, counts)
    if answers.n < SHOWN_FROM:
        return Measured(metric, distribution, answers, None, None, None, None)
    is_nps = metric is Metric.NPS
    return Measured(
        metric,
        distribution,
        answers,
        score=nps(answers) if is_nps else positive_share(answers),
        interval=nps_interval(answers) if is_nps else wilson_interval(answers.positive, answers.n),
        mean=mean(distribution),
        mean_interval=mean_interval(distribution),
    )


class Verdict(StrEnum):
    """What became of a score since the period before."""

    UP = "up"
    DOWN = "down"
    NO_REAL_CHANGE = "no_real_change"
    NOT_ENOUGH_ANSWERS = "not_enough_answers"


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a score in points, how likely chance alone makes one as large, and what to say of it."""

    points: float | None
    p_value: float | None
    verdict: Verdict


def compare(current: Measured, previous: Measured) -> Change:
    """The change from the previous answers to the current ones; real only when p < 0.05."""
    if current.score is None or previous.score is None:
        return Change(None, None, Verdict.NOT_ENOUGH_ANSWERS)
    points = current.score - previous.score
    z = _nps_z(current, previous) if current.metric is Metric.NPS else _share_z(current, previous)
    p_value = erfc(abs(z) / sqrt(2))
    if p_value >= SIGNIFICANCE or points * z <= 0:
        return Change(points, p_value, Verdict.NO_REAL_CHANGE)
    return Change(points, p_value, Verdict.UP if points > 0 else Verdict.DOWN)


def nps_difference_interval(current: Tally, previous: Tally) -> Interval:
    """The interval of the change of an NPS in points, from the adjusted scores and variances; cut at ±200."""
    centre, variance = adjusted_nps(current)
    centre_before, variance_before = adjusted_nps(previous)
    margin = Z * sqrt(variance + variance_before)
    change = centre - centre_before
    return Interval(100 * max(change - margin, -2), 100 * min(change + margin, 2))


def _nps_z(current: Measured, previous: Measured) -> float:
    """Both scores and their variances with the pseudo-answers in: with few answers the plain ones mislead."""
    centre, variance = adjusted_nps(current.answers)
    centre_before, variance_before = adjusted_nps(previous.answers)
    return (centre - centre_before) / sqrt(variance + variance_before)


def _share_z(current: Measured, previous: Measured) -> float:
    """The pooled two-proportion test; 0 when both shares are 0 or both are 1."""
    positive, n = current.answers.positive, current.n
    positive_before, n_before = previous.answers.positive, previous.n
    pooled = (positive + positive_before) / (n + n_before)
    variance = pooled * (1 - pooled) * (1 / n + 1 / n_before)
    return (positive / n - positive_before / n_before) / sqrt(variance) if variance > 0 else 0.0


def adjusted_nps(answers: Tally) -> tuple[float, float]:
    """The NPS (-1 to 1) and the variance of its estimate with the pseudo-answers added."""
    n = answers.n + 3
    promoters, detractors = (answers.positive + 0.75) / n, (answers.negative + 0.75) / n
    centre = promoters - detractors
    return centre, (promoters + detractors - centre * centre) / n


def _student_within(quantile: float, degrees: int) -> float:
    """The probability of lying within ±quantile."""
    angle = atan(quantile / sqrt(degrees))
    odd = degrees % 2
    term = cos(angle) if odd else 1.0
    total = 0.0 if degrees == 1 else term
    for k in range(2 + odd, degrees - 1, 2):
        term *= (k - 1) / k * cos(angle) ** 2
        total += term
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total


def _student_density(quantile: float, degrees: int) -> float:
    """The density at the quantile."""
    gamma_ratio = exp(lgamma((degrees + 1) / 2) - lgamma(degrees / 2))
    tail: float = (1 + quantile * quantile / degrees) ** (-(degrees + 1) / 2)
    return gamma_ratio / sqrt(degrees * pi) * tail
