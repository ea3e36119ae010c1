"""Scores, intervals and changes against published and worked numbers, and what must hold for any answers."""

from __future__ import annotations

from itertools import pairwise
from math import isclose

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from surveys.rules.journey import Metric, Sentiment
from surveys.rules.metrics import (
    SCALES,
    Measured,
    OffScaleError,
    Tally,
    Verdict,
    compare,
    mean_interval,
    measure,
    nps,
    nps_interval,
    positive_share,
    sentiment,
    student_quantile,
    tally,
    wilson_interval,
)

quick = settings(max_examples=150, deadline=None)
metrics = st.sampled_from(list(Metric))


def nps_of(promoters: int, passives: int, detractors: int) -> Measured:
    return measure(Metric.NPS, {10: promoters, 8: passives, 3: detractors})


def csat_of(positive: int, n: int) -> Measured:
    return measure(Metric.CSAT, {5: positive, 1: n - positive})


@st.composite
def answers(draw: st.DrawFn, *, at_least: int = 0) -> tuple[Metric, dict[int, int]]:
    metric = draw(metrics)
    scores = st.sampled_from(SCALES[metric].scores)
    counts = draw(st.dictionaries(scores, st.integers(0, 300)))
    assume(sum(counts.values()) >= at_least)
    return metric, counts


# Where a score lies


@pytest.mark.parametrize(
    ("metric", "negative", "neutral", "positive"),
    [
        (Metric.NPS, range(7), (7, 8), (9, 10)),
        (Metric.CSAT, (1, 2), (3,), (4, 5)),
        (Metric.CES, (1, 2, 3), (4,), (5, 6, 7)),
    ],
)
def test_each_metric_has_its_own_borders(
    metric: Metric, negative: range, neutral: tuple[int, ...], positive: tuple[int, ...]
) -> None:
    assert {sentiment(metric, score) for score in negative} == {Sentiment.NEGATIVE}
    assert {sentiment(metric, score) for score in neutral} == {Sentiment.NEUTRAL}
    assert {sentiment(metric, score) for score in positive} == {Sentiment.POSITIVE}
    assert [*negative, *neutral, *positive] == list(SCALES[metric].scores)


@pytest.mark.parametrize(
    ("metric", "score", "allowed"),
    [
        (Metric.NPS, -1, "0 to 10"),
        (Metric.NPS, 11, "0 to 10"),
        (Metric.CSAT, 0, "1 to 5"),
        (Metric.CSAT, 6, "1 to 5"),
        (Metric.CES, 0, "1 to 7"),
        (Metric.CES, 8, "1 to 7"),
    ],
)
def test_a_score_off_the_scale_is_refused_with_the_allowed_range(metric: Metric, score: int, allowed: str) -> None:
    with pytest.raises(OffScaleError, match=allowed):
        sentiment(metric, score)
    with pytest.raises(OffScaleError, match=allowed):
        measure(metric, {score: 1})


# Published numbers


def test_csat_is_the_share_of_the_two_best_scores() -> None:
    measured = measure(Metric.CSAT, {5: 42, 4: 32, 3: 10, 2: 9, 1: 14})
    assert measured.score == pytest.approx(69.16, abs=0.005)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (74, 107, 0.5987, 0.7712),
        (8, 10, 0.4902, 0.9433),
        (29, 29, 0.8830, 1),
    ],
)
def test_wilson_interval(successes: int, n: int, low: float, high: float) -> None:
    interval = wilson_interval(successes, n)
    assert interval is not None
    assert (interval.low / 100, interval.high / 100) == pytest.approx((low, high), abs=0.00005)


@pytest.mark.parametrize(
    ("promoters", "passives", "detractors", "score", "low", "high"),
    [
        (250, 675, 75, 17.5, 14.086, 20.809),
        (50, 30, 20, 30, 14.0511, 44.2013),
        (60, 20, 20, 40, 23.3799, 54.2900),
        (45, 30, 25, 20, 3.7703, 35.0647),
        (10, 0, 0, 100, 47.5036, 100),
        (0, 0, 5, -100, -100, -17.4915),
    ],
)
def test_nps_and_its_adjusted_wald_interval(
    promoters: int, passives: int, detractors: int, score: float, low: float, high: float
) -> None:
    measured = nps_of(promoters, passives, detractors)
    assert measured.interval is not None
    assert measured.score == score
    assert (measured.interval.low, measured.interval.high) == pytest.approx((low, high), abs=0.0006)


@pytest.mark.parametrize(
    ("degrees", "quantile"),
    [
        (1, 12.706205),
        (2, 4.302653),
        (3, 3.182446),
        (4, 2.776445),
        (5, 2.570582),
        (9, 2.262157),
        (10, 2.228139),
        (29, 2.045230),
        (30, 2.042272),
        (60, 2.000298),
        (100, 1.983972),
        (120, 1.979930),
        (200, 1.971896),
        (1000, 1.962339),
    ],
)
def test_student_quantiles_of_the_published_table(degrees: int, quantile: float) -> None:
    assert student_quantile(degrees) == pytest.approx(quantile, abs=5.1e-7)


def test_student_quantiles_fall_towards_the_normal_one() -> None:
    quantiles = [student_quantile(degrees) for degrees in range(1, 400)]
    assert all(left > right for left, right in pairwise(quantiles))
    assert student_quantile(10**9) == pytest.approx(1.9599639845, abs=1e-8)
    with pytest.raises(ValueError, match="start at 1"):
        student_quantile(0)


def test_mean_and_its_interval_as_in_the_contract() -> None:
    measured = measure(Metric.CSAT, {1: 9, 2: 6, 3: 11, 4: 30, 5: 67})
    assert (measured.answers.negative, measured.answers.neutral, measured.answers.positive) == (15, 11, 97)
    assert measured.mean is not None
    assert measured.mean_interval is not None
    assert measured.interval is not None
    assert measured.score == pytest.approx(78.86, abs=0.005)
    assert (measured.interval.low, measured.interval.high) == pytest.approx((70.83, 85.15), abs=0.005)
    assert measured.mean == pytest.approx(4.14, abs=0.005)
    assert (measured.mean_interval.low, measured.mean_interval.high) == pytest.approx((3.92, 4.36), abs=0.005)


def test_the_mean_of_equal_scores_has_an_interval_without_width() -> None:
    interval = mean_interval({4: 7})
    assert interval is not None
    assert (interval.low, interval.high) == (4, 4)


# Change


def test_a_difference_of_twenty_points_may_be_chance() -> None:
    change = compare(nps_of(60, 20, 20), nps_of(45, 30, 25))
    assert change.points == 20
    assert change.p_value == pytest.approx(0.0836, abs=0.00005)
    assert change.verdict is Verdict.NO_REAL_CHANGE


def test_the_change_of_the_contract() -> None:
    change = compare(csat_of(97, 123), csat_of(88, 110))
    assert change.points == pytest.approx(-1.14, abs=0.005)
    assert change.p_value == pytest.approx(0.83, abs=0.005)
    assert change.verdict is Verdict.NO_REAL_CHANGE


def test_a_change_beyond_chance_is_called_up_or_down() -> None:
    assert compare(csat_of(90, 100), csat_of(60, 100)).verdict is Verdict.UP
    assert compare(csat_of(60, 100), csat_of(90, 100)).verdict is Verdict.DOWN
    assert compare(nps_of(80, 10, 10), nps_of(40, 20, 40)).verdict is Verdict.UP
    assert compare(nps_of(40, 20, 40), nps_of(80, 10, 10)).verdict is Verdict.DOWN


@pytest.mark.parametrize("positive", [0, 1])
def test_without_variance_there_is_no_change(positive: int) -> None:
    change = compare(csat_of(10 * positive, 10), csat_of(400 * positive, 400))
    assert (change.points, change.p_value, change.verdict) == (0, 1, Verdict.NO_REAL_CHANGE)


@pytest.mark.parametrize(("n", "before"), [(4, 100), (100, 4), (0, 0), (0, 100)])
def test_under_five_answers_nothing_is_compared(n: int, before: int) -> None:
    change = compare(csat_of(n, n), csat_of(0, before))
    assert (change.points, change.p_value, change.verdict) == (None, None, Verdict.NOT_ENOUGH_ANSWERS)


# Few answers


def test_no_answers_are_no_data_and_never_zero() -> None:
    assert nps(Tally()) is None
    assert positive_share(Tally()) is None
    assert nps_interval(Tally()) is None
    assert wilson_interval(0, 0) is None
    assert mean_interval({}) is None
    assert mean_interval({3: 1}) is None


@pytest.mark.parametrize("metric", Metric)
def test_under_five_answers_no_score_is_shown(metric: Metric) -> None:
    best = SCALES[metric].highest
    few, enough = measure(metric, {best: 4}), measure(metric, {best: 5})
    assert (few.n, few.score, few.interval, few.mean, few.mean_interval) == (4, None, None, None, None)
    assert few.distribution[best] == 4
    assert (enough.score, enough.preliminary) == (100, True)
    assert not measure(metric, {best: 30}).preliminary
    assert measure(metric, {best: 29}).preliminary


def test_all_passive_is_an_nps_of_zero() -> None:
    assert nps_of(0, 12, 0).score == 0


# What holds for any answers


@quick
@given(answers(at_least=1))
def test_the_order_of_the_answers_is_irrelevant(given_answers: tuple[Metric, dict[int, int]]) -> None:
    metric, counts = given_answers
    assert measure(metric, counts) == measure(metric, dict(reversed(counts.items())))


@quick
@given(answers(at_least=5))
def test_scores_and_limits_stay_in_their_bounds(given_answers: tuple[Metric, dict[int, int]]) -> None:
    metric, counts = given_answers
    measured = measure(metric, counts)
    lowest = -100 if metric is Metric.NPS else 0
    assert measured.score is not None
    assert measured.interval is not None
    assert lowest <= measured.score <= 100
    assert lowest <= measured.interval.low <= measured.interval.high <= 100
    assert measured.n == sum(measured.distribution.values()) == sum(counts.values())


@quick
@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_the_nps_interval_contains_its_adjusted_centre(positive: int, neutral: int, negative: int) -> None:
    assume(positive + neutral + negative)
    interval = nps_interval(Tally(negative, neutral, positive))
    centre = 100 * (positive - negative) / (positive + neutral + negative + 3)
    assert interval is not None
    assert interval.low <= centre <= interval.high


@quick
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_wilson_interval_contains_the_share_and_mirrors(drawn: tuple[int, int]) -> None:
    successes, n = drawn
    interval, mirrored = wilson_interval(successes, n), wilson_interval(n - successes, n)
    assert interval is not None
    assert mirrored is not None
    assert interval.low <= 100 * successes / n + 1e-9
    assert 100 * successes / n <= interval.high + 1e-9
    assert isclose(interval.low, 100 - mirrored.high, abs_tol=1e-9)


@quick
@given(answers(at_least=5))
def test_one_more_of_the_best_never_lowers_and_of_the_worst_never_raises(
    given_answers: tuple[Metric, dict[int, int]],
) -> None:
    metric, counts = given_answers
    scale = SCALES[metric]
    before = measure(metric, counts).score
    better = measure(metric, {**counts, scale.highest: counts.get(scale.highest, 0) + 1}).score
    worse = measure(metric, {**counts, scale.lowest: counts.get(scale.lowest, 0) + 1}).score
    assert before is not None
    assert better is not None
    assert worse is not None
    assert worse <= before <= better


@quick
@given(answers(at_least=5), st.integers(2, 20))
def test_more_of_the_same_answers_narrow_the_interval(given_answers: tuple[Metric, dict[int, int]], times: int) -> None:
    metric, counts = given_answers
    few, many = measure(metric, counts), measure(metric, {score: count * times for score, count in counts.items()})
    assert few.interval is not None
    assert many.interval is not None
    assert few.score == pytest.approx(many.score)
    assert many.interval.high - many.interval.low <= few.interval.high - few.interval.low + 1e-9


@quick
@given(answers(at_least=5), st.data())
def test_a_change_turns_round_with_its_periods(
    given_answers: tuple[Metric, dict[int, int]], data: st.DataObject
) -> None:
    metric, counts = given_answers
    scores = st.sampled_from(SCALES[metric].scores)
    other = data.draw(st.dictionaries(scores, st.integers(0, 300)).filter(lambda drawn: sum(drawn.values()) >= 5))
    forth = compare(measure(metric, counts), measure(metric, other))
    back = compare(measure(metric, other), measure(metric, counts))
    turned = {Verdict.UP: Verdict.DOWN, Verdict.DOWN: Verdict.UP}
    assert forth.points == pytest.approx(-(back.points or 0))
    assert forth.p_value == pytest.approx(back.p_value)
    assert back.verdict is turned.get(forth.verdict, forth.verdict)
    assert forth.p_value is not None
    assert 0 <= forth.p_value <= 1


@quick
@given(answers())
def test_the_tally_counts_every_answer_once(given_answers: tuple[Metric, dict[int, int]]) -> None:
    metric, counts = given_answers
    assert tally(metric, counts).n == sum(counts.values())
