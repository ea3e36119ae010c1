"""Words that differ between negative and positive comments, and none that chance alone made differ."""

from __future__ import annotations

from hashlib import sha256
from math import log, sqrt
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.telling_words import Contrast, WordCount, adjust, contrast


def counts(*rows: tuple[str, int, int]) -> list[WordCount]:
    return [WordCount(*row) for row in rows]


def test_a_worked_number() -> None:
    """40 of 100 negative, 10 of 100 positive comments have the word; the prior adds 10, a quarter of them with it."""
    odds = log(42.5 / 67.5) - log(12.5 / 97.5)
    z = odds / sqrt(1 / 42.5 + 1 / 67.5 + 1 / 12.5 + 1 / 97.5)
    found = contrast(counts(("опоздать", 40, 10)), negative_comments=100, positive_comments=100)
    (word,) = found.negative
    assert (word.word, word.negative, word.positive) == ("опоздать", 40, 10)
    assert word.log_odds == pytest.approx(odds)
    assert word.p_value == pytest.approx(2 * (1 - NormalDist().cdf(z)))
    assert found.positive == ()


def test_both_sides_are_told_the_surest_first() -> None:
    rows = counts(("вкусный", 5, 60), ("опоздать", 50, 5), ("хлеб", 40, 41), ("грубый", 30, 4), ("раз", 3, 1))
    found = contrast(rows, negative_comments=100, positive_comments=100)
    assert [one.word for one in found.negative] == ["опоздать", "грубый"]
    assert [one.word for one in found.positive] == ["вкусный"]
    assert [one.word for one in contrast(rows, negative_comments=100, positive_comments=100, most=1).negative] == [
        "опоздать"
    ]


def test_few_comments_tell_nothing() -> None:
    rows = counts(("опоздать", 4, 0))
    assert contrast(rows, negative_comments=4, positive_comments=500) == Contrast(4, 500)
    assert not contrast(rows, negative_comments=4, positive_comments=500).is_shown
    assert contrast(rows, negative_comments=5, positive_comments=5).preliminary
    assert not contrast(rows, negative_comments=30, positive_comments=30).preliminary
    assert contrast(counts(("все", 30, 30)), negative_comments=30, positive_comments=30).negative == ()


def test_adjusted_p_values() -> None:
    """Benjamini and Hochberg's own example, 1995, section 3.1: the first four of fifteen are rejected."""
    p_values = [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
        *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
    ]
    adjusted = adjust(p_values[::-1])[::-1]
    assert sum(p < 0.05 for p in adjusted) == 4
    assert adjusted[3] == pytest.approx(0.0095 * 15 / 4)
    assert adjust([]) == []


def test_chance_alone_makes_no_word_telling() -> None:
    """300 shops whose negative and positive comments say the same, with 40 words each: some 5 % tell one, not more."""
    telling = 0
    for shop in range(300):
        chances = b"".join(sha256(f"{shop}:{part}".encode()).digest() for part in range(125))
        rows = []
        for word in range(40):
            comments = chances[word * 100 : word * 100 + 100]
            sides = [sum(chance < 32 + 16 * (word % 5) for chance in side) for side in (comments[:50], comments[50:])]
            rows.append(WordCount(str(word), *sides))
        found = contrast(rows, negative_comments=50, positive_comments=50)
        telling += bool(found.negative or found.positive)
    assert telling <= 300 * 0.075


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_sides_are_alike(negative: int, positive: int) -> None:
    one = contrast(counts(("a", negative, positive)), negative_comments=60, positive_comments=60)
    other = contrast(counts(("a", positive, negative)), negative_comments=60, positive_comments=60)
    assert [word.p_value for word in one.negative] == [word.p_value for word in other.positive]
    if one.negative:
        assert negative > positive
