"""Who gets which variant, how many a trial needs, and what it may say: worked numbers and properties."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from math import erfc, sqrt
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.journey import Metric
from surveys.rules.trial_sizes import planned_size, size_for_nps, size_for_shares
from surveys.rules.trial_verdicts import (
    Progress,
    Scores,
    Split,
    TrialResult,
    TrialVerdict,
    compare_variants,
    reached_about,
)
from surveys.rules.trials import Given, Measure, Trial, Variant, VariantName, Variants, deal, given_variant

KEYS = st.from_regex(r"[a-z][a-z0-9_-]{0,31}", fullmatch=True)
SHARES = st.sampled_from([0.1, 0.3, 0.5, 0.8])
PEOPLE = 4000
NOW = datetime(2026, 12, 20, tzinfo=UTC)
EVEN = Split(400, 400, 0.5)


def trial(**more: object) -> Trial:
    values: dict[str, object] = {"planned": 400, "measure": Measure.RESPONSE_RATE, **more}
    variants = Variants(Variant(ask_after=timedelta(hours=4)))
    return Trial("delivery", starts_on=date(2026, 12, 1), variants=variants, **values)  # type: ignore[arg-type]


def rates(answered: int, n: int) -> Scores:
    return {None: n - answered, 5: answered}


@given(KEYS, st.integers(1, 2**62), st.floats(0.01, 0.99))
def test_a_person_always_gets_the_same_variant(key: str, person: int, share: float) -> None:
    first = deal(key, person, share)
    assert deal(key, person, share) is first
    digest = hashlib.sha256(f"{key}:{person}".encode()).hexdigest()
    assert (first is VariantName.B) == (int(digest[:12], 16) < share * 16**12)


@given(KEYS, SHARES, st.integers(0, 10**9))
def test_the_share_is_kept(key: str, share: float, first: int) -> None:
    got = sum(deal(key, person, share) is VariantName.B for person in range(first, first + PEOPLE))
    assert abs(got - share * PEOPLE) < 6 * sqrt(PEOPLE * share * (1 - share))


@given(st.lists(KEYS, min_size=2, max_size=2, unique=True))
def test_trials_are_independent(keys: list[str]) -> None:
    both = Counter((deal(keys[0], person, 0.5), deal(keys[1], person, 0.5)) for person in range(PEOPLE))
    assert len(both) == 4
    assert all(abs(count - PEOPLE / 4) < 6 * sqrt(PEOPLE * 3 / 16) for count in both.values())


def test_whoever_was_given_a_variant_keeps_it() -> None:
    dealt = deal("later", 7, 0.5)
    other = next(name for name in VariantName if name is not dealt)
    assert given_variant("later", trial(), 7, {}) == Given("later", dealt)
    assert given_variant("later", trial(), 7, {(7, "later"): other.value}) == Given("later", other)
    assert given_variant("later", trial(), 7, {(8, "later"): other.value, (7, "x"): other.value}).variant is dealt


@pytest.mark.parametrize(
    ("expected", "detect", "size"),
    [(0.5, 0.05, 1565), (0.3, 0.05, 1377), (0.3, 0.1, 356), (0.02, 0.05, 269), (1.0, 0.1, 74)],
)
def test_worked_sizes_for_shares(expected: float, detect: float, size: int) -> None:
    assert size_for_shares(expected, detect) == size


@given(st.floats(0.05, 0.95), st.floats(0.02, 0.3))
def test_the_planned_size_has_the_power_and_one_less_has_not(expected: float, detect: float) -> None:
    others = [other for other in (expected + detect, expected - detect) if 0 <= other <= 1]
    size = size_for_shares(expected, detect)

    def power(n: int, other: float) -> float:
        critical = 1.959963984540054 * sqrt((expected + other) * (1 - (expected + other) / 2) / n)
        return NormalDist().cdf((detect - critical) / sqrt((expected * (1 - expected) + other * (1 - other)) / n))

    assert min(power(size, other) for other in others) >= 0.8 - 1e-6
    assert min(power(size - 1, other) for other in others) < 0.8 + 1e-6


def test_what_a_trial_needs() -> None:
    assert planned_size(trial(), Metric.CSAT) == 400
    assert planned_size(trial(planned=None, detect=0.05), Metric.CSAT) == 1565
    assert planned_size(trial(planned=None, detect=0.1, expected=0.3), Metric.NPS) == 356
    assert planned_size(trial(planned=None, detect=0.1, measure=Measure.SCORE), Metric.NPS) == 1570
    assert size_for_nps(0.1) == 1570
    assert planned_size(trial(planned=None, detect=0.5), Metric.CSAT) == 30


def test_response_rates_by_the_pooled_test() -> None:
    found = compare_variants(Measure.RESPONSE_RATE, Metric.CSAT, rates(120, 400), rates(160, 400), EVEN)
    # chi-square of the table 120 280 / 160 240 by its expected counts
    chi_square = sum(
        (seen - expected) ** 2 / expected for seen, expected in ((120, 140), (280, 260), (160, 140), (240, 260))
    )
    assert found.p_value == pytest.approx(erfc(sqrt(chi_square / 2)))
    assert found.p_value == pytest.approx(0.003027, abs=1e-6)
    assert (found.a.value, found.b.value, found.difference) == pytest.approx((30, 40, 10))
    assert (found.a.interval.low, found.a.interval.high) == pytest.approx((25.71, 34.67), abs=0.01)
    assert found.verdict is TrialVerdict.B


def test_the_interval_of_a_difference_of_shares_is_newcombe_s() -> None:
    found = compare_variants(Measure.RESPONSE_RATE, Metric.CSAT, rates(48, 80), rates(56, 70), Split(80, 70, 0.5))
    assert (found.interval.low, found.interval.high) == pytest.approx((5.24, 33.39), abs=0.01)


def test_a_score_counts_answers_alone_and_an_nps_has_its_own_test() -> None:
    a, b = {10: 45, 7: 30, 3: 25}, {9: 60, 8: 20, 0: 20}
    nps = compare_variants(Measure.SCORE, Metric.NPS, a, b, EVEN)
    assert (nps.a.value, nps.b.value, nps.difference) == pytest.approx((20, 40, 20))
    assert nps.p_value == pytest.approx(0.084, abs=0.0005)
    assert nps.verdict is TrialVerdict.NO_REAL_DIFFERENCE
    assert nps.interval.low < 0 < nps.interval.high
    csat = compare_variants(Measure.SCORE, Metric.CSAT, {5: 90, 1: 10}, {4: 60, 3: 20, 2: 20}, EVEN)
    assert (csat.a.value, csat.b.value) == pytest.approx((90, 60))
    assert csat.verdict is TrialVerdict.A


@given(st.integers(30, 300), st.data())
def test_the_mirror_image_has_the_mirrored_result(n: int, data: st.DataObject) -> None:
    one, other = (rates(data.draw(st.integers(0, n)), n) for _ in range(2))

    def compared(a: Scores, b: Scores) -> TrialResult:
        return compare_variants(Measure.RESPONSE_RATE, Metric.CES, a, b, Split(n, n, 0.5))

    there, back = compared(one, other), compared(other, one)
    assert there.difference == pytest.approx(-back.difference)
    assert (there.interval.low, there.interval.high) == pytest.approx((-back.interval.high, -back.interval.low))
    assert there.p_value == pytest.approx(back.p_value)
    swapped = {TrialVerdict.A: TrialVerdict.B, TrialVerdict.B: TrialVerdict.A}
    assert back.verdict is swapped.get(there.verdict, there.verdict)


def test_a_split_that_is_hardly_chance_is_not_trusted() -> None:
    # chi-square with one degree of freedom reaches 10.828 at p = 0.001
    assert not Split(448, 552, 0.5).is_suspicious
    assert Split(447, 553, 0.5).is_suspicious
    assert not Split(0, 0, 0.5).is_suspicious
    assert not Split(800, 200, 0.2).is_suspicious
    assert Split(500, 500, 0.2).is_suspicious
    found = compare_variants(Measure.RESPONSE_RATE, Metric.CSAT, rates(120, 400), rates(160, 400), Split(447, 553, 0.5))
    assert found.verdict is TrialVerdict.NOT_TRUSTWORTHY


def test_the_present_pace() -> None:
    week = timedelta(days=7)
    # 100 in ten days: 300 more take thirty, and the last has a week to be answered
    progress = Progress(40, 100, NOW - timedelta(days=10))
    assert reached_about(400, progress, matures_after=week, now=NOW) == NOW + timedelta(days=37)
    assert reached_about(400, Progress(390, 420, NOW - week), matures_after=week, now=NOW) == NOW + week
    for unknown in (Progress(0, 0, None), Progress(0, 4, NOW - week), Progress(0, 50, NOW - timedelta(hours=23))):
        assert reached_about(400, unknown, matures_after=week, now=NOW) is None
