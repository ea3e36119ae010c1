"""Shares and means against published tables, and what must hold whatever the numbers."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.metrics import Metric, Tally, compare, measure
from surveys.rules.moments import Moments, mean_difference
from surveys.rules.shares import Share, balance_difference, share_difference

# Newcombe, Statistics in Medicine 1998, 17:873-890, table II, method 10.
NEWCOMBE = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((6, 7), (2, 7), (0.0582, 0.8062)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((0, 10), (0, 20), (-0.1611, 0.2775)),
    ((0, 10), (0, 10), (-0.2775, 0.2775)),
    ((10, 10), (0, 20), (0.6791, 1.0000)),
    ((10, 10), (0, 10), (0.6075, 1.0000)),
]

# Student's sleep data, as R keeps them: t.test(extra ~ group, data = sleep) is the example of its own page.
SLEEP = (
    (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0),
    (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4),
)


def moments(values: tuple[float, ...]) -> Moments:
    return Moments(len(values), sum(values), sum(value * value for value in values))


@pytest.mark.parametrize(("one", "other", "limits"), NEWCOMBE)
def test_a_difference_of_shares_is_newcombes(
    one: tuple[int, int], other: tuple[int, int], limits: tuple[float, float]
) -> None:
    found = share_difference(Share(*one), Share(*other))
    assert found is not None
    assert (found.interval.low / 100, found.interval.high / 100) == pytest.approx(limits, abs=0.00005)


def test_the_p_value_of_a_difference_is_the_pooled_test_s() -> None:
    found = share_difference(Share(56, 70), Share(48, 80))
    assert found is not None
    z = 0.2 / sqrt(104 / 150 * 46 / 150 * (1 / 70 + 1 / 80))
    assert found.p_value == pytest.approx(2 * NormalDist().cdf(-z))
    assert found.p_value == pytest.approx(0.00804, abs=0.00001)
    assert found.is_real
    nothing = share_difference(Share(7, 7), Share(9, 9))
    assert nothing is not None
    assert (nothing.points, nothing.p_value, nothing.is_real) == (0, 1, False)


def test_under_five_nothing_is_compared() -> None:
    assert share_difference(Share(4, 4), Share(0, 50)) is None
    assert balance_difference(Tally(4, 0, 0), Tally(0, 0, 50)) is None
    assert mean_difference(Moments(4, 4, 4), Moments(50, 50, 50)) is None
    assert Moments(4, 4, 4).interval is None


def test_a_difference_of_nps_is_the_change_s() -> None:
    found = balance_difference(Tally(20, 20, 60), Tally(25, 30, 45))
    assert found is not None
    assert (found.points, found.p_value) == pytest.approx((20, 0.0836), abs=0.0001)
    now, before = (measure(Metric.NPS, counts) for counts in ({0: 20, 7: 20, 9: 60}, {0: 25, 7: 30, 9: 45}))
    assert found.p_value == pytest.approx(compare(now, before).p_value)


def test_a_difference_of_means_is_welch_s_as_r_computes_it() -> None:
    found = mean_difference(*(moments(values) for values in SLEEP))
    assert found is not None
    assert found.value == pytest.approx(-1.58)
    assert (found.interval.low, found.interval.high) == pytest.approx((-3.3654832, 0.2054832), abs=0.0003)
    assert not found.is_real


def test_a_mean_s_interval_is_student_s_as_r_computes_it() -> None:
    interval = moments(SLEEP[1]).interval
    assert interval is not None
    # t.test(sleep$extra[sleep$group == 2])$conf.int
    assert (interval.low, interval.high) == pytest.approx((0.8976775, 3.7623225), abs=1e-6)


@given(st.integers(5, 400), st.integers(5, 400), st.data())
def test_a_difference_lies_in_its_interval_and_turns_with_its_sides(n: int, m: int, data: st.DataObject) -> None:
    one, other = Share(data.draw(st.integers(0, n)), n), Share(data.draw(st.integers(0, m)), m)
    there, back = share_difference(one, other), share_difference(other, one)
    assert there is not None
    assert back is not None
    assert -100.0001 <= there.interval.low <= there.points + 1e-9
    assert there.points - 1e-9 <= there.interval.high <= 100.0001
    assert (back.points, back.interval.low) == pytest.approx((-there.points, -there.interval.high))


@given(st.lists(st.integers(0, 1000), min_size=5, max_size=40))
def test_a_mean_lies_in_its_interval(values: list[int]) -> None:
    found = moments(tuple(values))
    assert found.mean is not None
    assert found.interval is not None
    assert found.interval.low <= found.mean + 1e-9
    assert found.mean - 1e-9 <= found.interval.high
