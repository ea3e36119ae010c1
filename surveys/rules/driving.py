"""What costs the overall score most, and what unhappy customers do afterwards. Formulas: docs/statistics.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from surveys.rules.journey import Sentiment
from surveys.rules.metrics import PRELIMINARY_BELOW, SHOWN_FROM, SIGNIFICANCE, Interval, Tally, Z, adjusted_nps
from surveys.rules.moments import MeanDifference, Moments, mean_difference
from surveys.rules.shares import Difference, Share, balance_difference


@dataclass(frozen=True, slots=True)
class Cost:
    """What a cause costs a score: how much lower the affected ones lie, times how many they are.

    `points` are points of the overall balance (for NPS: of the NPS), positive where the cause goes with a lower one.
    `p_value` is corrected for the number of causes compared.
    """

    affected: Tally
    others: Tally
    share: Share
    difference: Difference
    points: float
    interval: Interval
    p_value: float

    @property
    def is_real(self) -> bool:
        """Whether chance is ruled out, also by the number of causes looked at."""
        return self.p_value < SIGNIFICANCE

    @property
    def preliminary(self) -> bool:
        """Whether either side has too few answers to rely on."""
        return min(self.affected.n, self.others.n) < PRELIMINARY_BELOW


def cost_of(affected: Tally, others: Tally, n: int) -> Cost | None:
    """The cost among `n` in all, of whom `affected` met the cause and `others` could have; None with too few.

    Cost = share of the affected times the difference of the balances. The interval is by the delta method from the
    adjusted difference with its variance and the share with its own: s d ± 1.96 sqrt(s² var(d) + d² s (1 - s) / n).
    """
    difference = balance_difference(others, affected)
    if difference is None:
        return None
    share = affected.n / n
    centre, variance = adjusted_nps(others)
    affected_centre, affected_variance = adjusted_nps(affected)
    apart, variance = centre - affected_centre, variance + affected_variance
    margin = Z * sqrt(share * share * variance + apart * apart * share * (1 - share) / n)
    interval = Interval(100 * (share * apart - margin), 100 * (share * apart + margin))
    return Cost(
        affected, others, Share(affected.n, n), difference, share * difference.points, interval, difference.p_value
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """The values corrected for their number (Holm, Scandinavian Journal of Statistics 1979, 6:65-70)."""
    corrected = [1.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What customers of one sentiment did in the time after their first answer."""

    sentiment: Sentiment
    returned: Share
    orders: Moments
    spent: Moments

    @property
    def is_shown(self) -> bool:
        """Whether there are enough customers."""
        return self.returned.n >= SHOWN_FROM


@dataclass(frozen=True, slots=True)
class AtRisk:
    """The revenue lost with the unhappy: what each spends less than a happy customer, times how many they are."""

    customers: int
    each: MeanDifference

    @property
    def total(self) -> float:
        """In the currency's units."""
        return self.customers * self.each.value

    @property
    def interval(self) -> Interval:
        """Of the total, for the customers there are."""
        return Interval(self.customers * self.each.interval.low, self.customers * self.each.interval.high)


def revenue_at_risk(unhappy: Afterwards, happy: Afterwards) -> AtRisk | None:
    """None where either side has too few customers, or nobody spent anything that is known."""
    each = mean_difference(happy.spent, unhappy.spent)
    if each is None or not (happy.spent.total or unhappy.spent.total):
        return None
    return AtRisk(unhappy.returned.n, each)
