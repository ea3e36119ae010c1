"""How many people a trial needs. Formulas and sources: docs/trials.md."""

from __future__ import annotations

from math import ceil, sqrt
from statistics import NormalDist

from surveys.rules.journey import Metric
from surveys.rules.metrics import Z
from surveys.rules.trials import Measure, Trial

POWER = 0.8
"""How often a trial of the planned size finds a difference as large as `detect` when there is one."""

SMALLEST = 30
"""Fewer than this for each variant tell nothing by the tests that are used."""

EXPECTED = 0.5
"""The share that needs the most people: what is assumed when nothing is known."""

_Z_POWER = NormalDist().inv_cdf(POWER)


def planned_size(trial: Trial, metric: Metric) -> int:
    """So many matured invitations (or answers, of a score) each variant needs."""
    if trial.planned is not None:
        return trial.planned
    assert trial.detect is not None
    if trial.measure is Measure.SCORE and metric is Metric.NPS:
        return max(SMALLEST, size_for_nps(trial.detect))
    return max(SMALLEST, size_for_shares(trial.expected if trial.expected is not None else EXPECTED, trial.detect))


def size_for_shares(expected: float, detect: float) -> int:
    """So many of each variant for a two-sided test of two shares at 5 % with 80 % power.

    Fleiss, Levin, Paik 2003, formula 4.14 without correction; of the share above and the one below `expected` that
    lie in 0…1, the one that needs more. `detect` is at most 0.5, so that one of them does.
    """
    others = [other for other in (expected + detect, expected - detect) if -1e-9 <= other <= 1 + 1e-9]
    return max(_size_for(expected, min(max(other, 0.0), 1.0)) for other in others)


def size_for_nps(detect: float) -> int:
    """So many answers of each variant for an NPS that differs by `detect` (0.05: 5 points).

    By the largest variance an NPS can have, 1: half promoters, half detractors.
    """
    return _rounded_up(2 * ((Z + _Z_POWER) / detect) ** 2)


def _size_for(one: float, other: float) -> int:
    pooled = (one + other) / 2
    spread = Z * sqrt(2 * pooled * (1 - pooled)) + _Z_POWER * sqrt(one * (1 - one) + other * (1 - other))
    return _rounded_up((spread / (other - one)) ** 2)


def _rounded_up(size: float) -> int:
    return ceil(size - 1e-9)
