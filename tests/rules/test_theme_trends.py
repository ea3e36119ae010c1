"""A theme is written about more or less only when that is no chance, of all themes together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.metrics import Verdict
from surveys.rules.recovery_measures import Share, compare_shares
from surveys.rules.theme_trends import judge_themes

NOW_AND_BEFORE = (Share(30, 100), Share(16, 100))
"""p = 0.019 alone."""


def test_one_theme_is_judged_by_the_pooled_test() -> None:
    change = judge_themes({"late": NOW_AND_BEFORE})["late"]
    difference = compare_shares(*NOW_AND_BEFORE)
    assert difference is not None
    assert (change.points, change.verdict) == (pytest.approx(14), Verdict.UP)
    assert change.p_value == pytest.approx(difference.p_value)
    assert judge_themes({"late": NOW_AND_BEFORE[::-1]})["late"].verdict is Verdict.DOWN


def test_among_many_themes_the_same_difference_is_no_change() -> None:
    same = {str(number): (Share(20, 100), Share(20, 100)) for number in range(9)}
    changes = judge_themes({"late": NOW_AND_BEFORE, "taste": (Share(60, 100), Share(20, 100)), **same})
    assert changes["late"].verdict is Verdict.NO_REAL_CHANGE
    assert changes["taste"].verdict is Verdict.UP
    assert changes["0"].p_value == 1.0


def test_nothing_is_said_with_under_five_comments() -> None:
    changes = judge_themes({"late": (Share(4, 5), Share(4, 4)), "taste": (Share(0, 4), Share(9, 90))})
    assert {change.verdict for change in changes.values()} == {Verdict.NOT_ENOUGH_ANSWERS}
    assert {change.points for change in changes.values()} == {None}


@given(st.dictionaries(st.text(), st.tuples(st.integers(0, 40), st.integers(0, 40))))
def test_more_themes_make_no_change_surer(counts: dict[str, tuple[int, int]]) -> None:
    shares = {key: (Share(now, 40), Share(before, 40)) for key, (now, before) in counts.items()}
    together = judge_themes(shares)
    assert together.keys() == shares.keys()
    for key, pair in shares.items():
        alone = judge_themes({key: pair})[key]
        assert together[key].points == alone.points
        assert (together[key].p_value or 0) >= (alone.p_value or 0)
