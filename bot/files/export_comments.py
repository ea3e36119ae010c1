"""What people write about as sheets: themes with their change, and the words that set the unhappy apart."""

from __future__ import annotations

from dataclasses import dataclass

from bot.files.columns import Cell, Column
from bot.files.figure_cells import interval_columns
from bot.files.kind_rows import KindRows, together
from bot.screens.journey import title_of
from bot.screens.json_values import rounded
from bot.screens.wording import Wording
from surveys.comment_figures import CommentFigures, ThemeFigures
from surveys.exporting import ExportedFigures
from surveys.rules.journey import Sentiment
from surveys.rules.telling_words import Contrast, TellingWord
from surveys.rules.weeks import Period


@dataclass(frozen=True, slots=True)
class ThemeOfPeriod:
    """A theme of the period's comments."""

    period: Period
    figures: CommentFigures
    theme: ThemeFigures


@dataclass(frozen=True, slots=True)
class WordOfSide:
    """A word that people of this sentiment write more often."""

    side: Sentiment
    words: Contrast
    word: TellingWord


async def theme_rows(figures: ExportedFigures, wording: Wording) -> KindRows:
    """A row for each theme, the most frequent first; none under five comments."""
    found = await figures.comments()
    return together(_theme_columns(wording), [ThemeOfPeriod(figures.period, found, theme) for theme in found.themes])


async def word_rows(figures: ExportedFigures, _: Wording) -> KindRows:
    """A row for each word, the surest first, those of the unhappy before those of the happy."""
    words = (await figures.comments()).words
    negative = [WordOfSide(Sentiment.NEGATIVE, words, word) for word in words.negative]
    positive = [WordOfSide(Sentiment.POSITIVE, words, word) for word in words.positive]
    return together(_word_columns(), negative + positive)


def _theme_columns(wording: Wording) -> tuple[Column[ThemeOfPeriod], ...]:
    """Of the themes."""
    return (
        Column("from", Cell.DAY, lambda one: one.period.start),
        Column("to", Cell.DAY, lambda one: one.period.end),
        Column("theme", Cell.TEXT, lambda one: one.theme.key),
        Column("title", Cell.TEXT, lambda one: title_of(one.theme.title, one.theme.key, wording)),
        Column("count", Cell.NUMBER, lambda one: one.theme.now.successes),
        Column("comments", Cell.NUMBER, lambda one: one.theme.now.n),
        Column("share", Cell.NUMBER, lambda one: rounded(one.theme.now.per_cent)),
        *interval_columns("low", "high", lambda one: one.theme.now.interval),
        Column("preliminary", Cell.FLAG, lambda one: one.figures.preliminary),
        Column("negative", Cell.NUMBER, lambda one: one.theme.negative),
        Column("previous_count", Cell.NUMBER, lambda one: one.theme.before.successes),
        Column("previous_comments", Cell.NUMBER, lambda one: one.theme.before.n),
        Column("previous_share", Cell.NUMBER, lambda one: rounded(one.theme.before.per_cent)),
        *interval_columns("previous_low", "previous_high", lambda one: one.theme.before.interval),
        Column("change", Cell.NUMBER, lambda one: rounded(one.theme.change.points)),
        Column("p_value", Cell.NUMBER, lambda one: rounded(one.theme.change.p_value, 4)),
        Column("verdict", Cell.TEXT, lambda one: one.theme.change.verdict.value),
    )


def _word_columns() -> tuple[Column[WordOfSide], ...]:
    """Of the words."""
    return (
        Column("word", Cell.TEXT, lambda one: one.word.word),
        Column("sentiment", Cell.TEXT, lambda one: one.side.value),
        Column("negative", Cell.NUMBER, lambda one: one.word.negative),
        Column("negative_comments", Cell.NUMBER, lambda one: one.words.negative_comments),
        Column("positive", Cell.NUMBER, lambda one: one.word.positive),
        Column("positive_comments", Cell.NUMBER, lambda one: one.words.positive_comments),
        Column("log_odds", Cell.NUMBER, lambda one: rounded(one.word.log_odds)),
        Column("p_value", Cell.NUMBER, lambda one: rounded(one.word.p_value, 4)),
        Column("preliminary", Cell.FLAG, lambda one: one.words.preliminary),
    )
