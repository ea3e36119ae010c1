"""Words that set negative comments apart from positive ones.

Log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin' Words", equations 15 to 22),
with the comment as the unit: it has a word or has it not, however often it repeats it. Formulas: docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import erfc, log, sqrt
from typing import Final

from surveys.rules.metrics import PRELIMINARY_BELOW, SHOWN_FROM, SIGNIFICANCE

PRIOR_COMMENTS: Final = 10
"""How many comments of the ordinary kind the prior adds to each side: rare words must bring more than that."""

RAREST: Final = 5
"""A word that fewer comments have is not looked at."""

MOST_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class WordCount:
    """How many negative and positive comments have the word."""

    word: str
    negative: int
    positive: int


@dataclass(frozen=True, slots=True)
class TellingWord:
    """A word with its counts: the log of how much likelier it is in a negative comment, and the chance of that.

    `p_value` is adjusted for the number of words looked at (Benjamini and Hochberg 1995).
    """

    word: str
    negative: int
    positive: int
    log_odds: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """The words of negative and of positive comments, the surest first, and of how many comments they were taken."""

    negative_comments: int
    positive_comments: int
    negative: tuple[TellingWord, ...] = ()
    positive: tuple[TellingWord, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Whether there are enough comments on either side to compare."""
        return min(self.negative_comments, self.positive_comments) >= SHOWN_FROM

    @property
    def preliminary(self) -> bool:
        """Whether one side has too few comments to rely on."""
        return min(self.negative_comments, self.positive_comments) < PRELIMINARY_BELOW


def contrast(
    counts: Iterable[WordCount], *, negative_comments: int, positive_comments: int, most: int = MOST_SHOWN
) -> Contrast:
    """The words that differ beyond chance, with 5 % false ones expected among them at most.

    None with fewer than five comments on either side. Which words are looked at is decided by both sides together.
    """
    found = Contrast(negative_comments, positive_comments)
    if not found.is_shown:
        return found
    tested = [count for count in counts if count.negative + count.positive >= RAREST]
    judged = [_judge(count, negative_comments, positive_comments) for count in tested]
    adjusted = adjust([p_value for _, p_value in judged])
    telling = sorted(
        (
            TellingWord(count.word, count.negative, count.positive, log_odds, p_value)
            for count, (log_odds, _), p_value in zip(tested, judged, adjusted, strict=True)
            if p_value < SIGNIFICANCE
        ),
        key=lambda one: (one.p_value, -abs(one.log_odds), one.word),
    )
    return Contrast(
        negative_comments,
        positive_comments,
        tuple(one for one in telling if one.log_odds > 0)[:most],
        tuple(one for one in telling if one.log_odds < 0)[:most],
    )


def adjust(p_values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's adjusted p values, in the given order."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place], reverse=True)
    adjusted = [1.0] * len(p_values)
    least = 1.0
    for rank, place in zip(range(len(p_values), 0, -1), order, strict=True):
        least = min(least, p_values[place] * len(p_values) / rank)
        adjusted[place] = least
    return adjusted


def _judge(count: WordCount, negative_comments: int, positive_comments: int) -> tuple[float, float]:
    """The log-odds ratio and how likely chance alone makes one as large."""
    share = (count.negative + count.positive) / (negative_comments + positive_comments)
    if share >= 1:
        return 0.0, 1.0
    odds, variance = 0.0, 0.0
    for sign, having, comments in ((1, count.negative, negative_comments), (-1, count.positive, positive_comments)):
        with_word = having + PRIOR_COMMENTS * share
        without = comments - having + PRIOR_COMMENTS * (1 - share)
        odds += sign * log(with_word / without)
        variance += 1 / with_word + 1 / without
    return odds, erfc(abs(odds) / sqrt(2 * variance))
