"""Shares, their difference and paired scores: published numbers, borders and properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.journey import Metric, Sentiment
from surveys.rules.metrics import SCALES, Interval
from surveys.rules.recovered import is_recovered
from surveys.rules.recovery_measures import Share, compare_shares, measure_pairs

SHARES = st.integers(0, 400).flatmap(lambda n: st.builds(Share, st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("solved", "asked_again", "recovered"),
    [
        (True, None, True),
        (True, Sentiment.POSITIVE, True),
        (True, Sentiment.NEUTRAL, True),
        (True, Sentiment.NEGATIVE, False),
        (False, Sentiment.POSITIVE, False),
        (None, None, False),
        (None, Sentiment.POSITIVE, False),
    ],
)
def test_recovered_is_the_customers_word_that_the_re_ask_did_not_take_back(
    solved: bool | None, asked_again: Sentiment | None, recovered: bool
) -> None:
    assert is_recovered(solved=solved, asked_again=asked_again) is recovered


def test_newcombes_published_difference() -> None:
    # Newcombe 1998, Statistics in Medicine 17:873, method 10: 56/70 against 48/80 and 9/10 against 3/10
    difference = compare_shares(Share(56, 70), Share(48, 80))
    assert difference is not None
    assert difference.points == pytest.approx(20)
    assert (difference.interval.low, difference.interval.high) == pytest.approx((5.24, 33.39), abs=0.005)
    assert difference.p_value == pytest.approx(0.0080, abs=0.0005)
    assert difference.is_real
    small = compare_shares(Share(9, 10), Share(3, 10))
    assert small is not None
    assert (small.interval.low, small.interval.high) == pytest.approx((17.05, 80.90), abs=0.005)


def test_nothing_is_shown_of_fewer_than_five() -> None:
    assert (Share(4, 4).per_cent, Share(4, 4).interval) == (None, None)
    assert Share(5, 5).per_cent == 100
    assert compare_shares(Share(4, 4), Share(50, 100)) is None
    assert compare_shares(Share(50, 100), Share(0, 0)) is None
    few = measure_pairs(Metric.CSAT, {(1, 5): 4})
    assert (few.n, few.difference, few.interval, few.negative_before.per_cent) == (4, None, None, None)


@given(SHARES, SHARES)
def test_a_difference_turned_round_is_its_own_negative(one: Share, other: Share) -> None:
    forward, back = compare_shares(one, other), compare_shares(other, one)
    if forward is None or back is None:
        assert forward is back is None
        assert min(one.n, other.n) < 5
        return
    assert forward.points == pytest.approx(-back.points, abs=1e-9)
    assert forward.interval.low == pytest.approx(-back.interval.high, abs=1e-9)
    assert forward.p_value == pytest.approx(back.p_value)
    assert -100 - 1e-9 <= forward.interval.low <= forward.points + 1e-9
    assert forward.points - 1e-9 <= forward.interval.high <= 100 + 1e-9
    assert 0 <= forward.p_value <= 1


def test_equal_shares_without_variance_are_no_difference() -> None:
    difference = compare_shares(Share(10, 10), Share(20, 20))
    assert difference is not None
    assert (difference.points, difference.p_value, difference.is_real) == (0, 1, False)


def test_pairs_are_compared_each_with_itself() -> None:
    # differences 1, 2, 3, 4, 5: mean 3, standard deviation 1.5811, t(4) = 2.776445
    found = measure_pairs(Metric.NPS, {(0, 1): 1, (1, 3): 1, (2, 5): 1, (5, 9): 1, (5, 10): 1})
    assert found.difference == pytest.approx(3)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((1.03676, 4.96324), abs=1e-5)
    assert (found.negative_before.successes, found.negative_after.successes) == (5, 3)
    assert measure_pairs(Metric.CSAT, {(1, 4): 6}).interval == Interval(3, 3)


@given(
    st.sampled_from(list(Metric)).flatmap(
        lambda metric: st.tuples(
            st.just(metric),
            st.dictionaries(
                st.tuples(*(st.integers(SCALES[metric].lowest, SCALES[metric].highest),) * 2),
                st.integers(1, 9),
                max_size=12,
            ),
        )
    )
)
def test_the_mean_difference_lies_in_its_interval_and_on_the_scale(
    drawn: tuple[Metric, dict[tuple[int, int], int]],
) -> None:
    metric, pairs = drawn
    found = measure_pairs(metric, pairs)
    assert found.n == sum(pairs.values())
    if found.n < 5:
        assert found.difference is None
        return
    assert found.difference is not None
    assert found.interval is not None
    assert found.interval.low - 1e-9 <= found.difference <= found.interval.high + 1e-9
    width = SCALES[metric].highest - SCALES[metric].lowest
    assert -width <= found.difference <= width
