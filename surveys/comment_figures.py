"""What people write about: themes with their change and examples, and the words of the unhappy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from db import comment_figures, comments
from db.comment_figures import CommentScope, StoredQuote, ThemesCount
from db.database import Transaction
from surveys.morphology import morphology
from surveys.rules.journey import Catalogue, Metric
from surveys.rules.languages import Texts
from surveys.rules.metrics import PRELIMINARY_BELOW, SHOWN_FROM, Change
from surveys.rules.quoting import quote
from surveys.rules.recovery_measures import Share
from surveys.rules.telling_words import RAREST, Contrast, TellingWord, WordCount, contrast
from surveys.rules.theme_trends import judge_themes
from surveys.rules.themes import spoken_forms

QUOTES: Final = 3
"""Examples of a theme."""

_EXAMPLES: Final = 300
"""Comments in which it is looked up how words are said."""

_ALIKE: Final = 10
"""Times as many examples are read as are shown: people often write the same words."""

_NO_DICTIONARY: Final = -1
"""Before the first one nothing has been read; 0 is the dictionary of what is unread."""

_NEGATIVE, _POSITIVE = -1, 1


@dataclass(frozen=True, slots=True)
class Quote:
    """A comment as others may read it: concealed and shortened, with the score it came with."""

    text: str
    touchpoint: str
    metric: Metric
    score: int
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class ThemeFigures:
    """How many of the comments are about the theme, now and just before, and how many of those now are negative."""

    key: str
    title: Texts = field(hash=False)
    now: Share
    before: Share
    negative: int
    change: Change
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentFigures:
    """What the comments of a period say; the theme most are about comes first.

    `comments` and `comments_before` have been read, `unread` of both periods not yet. `without_theme` are about none of
    the themes; `rare` are the keys of those that fewer than five comments of either period are about. Under five
    comments nothing is shown but their number.
    """

    comments: int
    comments_before: int
    unread: int
    without_theme: int
    themes: tuple[ThemeFigures, ...]
    rare: tuple[str, ...]
    words: Contrast

    @property
    def is_shown(self) -> bool:
        """Whether there are enough comments to say what they are about."""
        return self.comments >= SHOWN_FROM

    @property
    def preliminary(self) -> bool:
        """Whether there are too few comments to rely on."""
        return self.comments < PRELIMINARY_BELOW


async def read_comment_themes(
    transaction: Transaction,
    catalogue: Catalogue,
    *,
    previous_starts_at: datetime,
    starts_at: datetime,
    ends_at: datetime,
    touchpoint: str | None = None,
) -> CommentFigures:
    """The themes of the comments given in [starts_at, ends_at), against [previous_starts_at, starts_at).

    Without examples and words, which take several times as long: this much a weekly report shows.
    """
    scope = await _scope(transaction, starts_at, ends_at, touchpoint)
    counts = await comment_figures.themes_counts(transaction, scope, previous_start=previous_starts_at)
    return _figures(catalogue, counts)


async def read_comment_figures(
    transaction: Transaction,
    catalogue: Catalogue,
    *,
    previous_starts_at: datetime,
    starts_at: datetime,
    ends_at: datetime,
    touchpoint: str | None = None,
) -> CommentFigures:
    """The same with up to three examples of each theme, and the words that set negative comments apart."""
    scope = await _scope(transaction, starts_at, ends_at, touchpoint)
    counts = await comment_figures.themes_counts(transaction, scope, previous_start=previous_starts_at)
    figures = _figures(catalogue, counts)
    if not figures.is_shown:
        return figures
    quoted = [theme.key for theme in figures.themes if theme.now.successes >= SHOWN_FROM]
    stored = await comment_figures.quotes(transaction, scope, quoted, most=QUOTES * _ALIKE)
    themes = tuple(replace(theme, quotes=_quotes(theme.key, stored)) for theme in figures.themes)
    return replace(figures, themes=themes, words=await _words(transaction, scope, figures.words))


async def _scope(
    transaction: Transaction, starts_at: datetime, ends_at: datetime, touchpoint: str | None
) -> CommentScope:
    newest = await comments.newest_dictionary(transaction)
    return CommentScope(_NO_DICTIONARY if newest is None else newest.id, starts_at, ends_at, touchpoint)


def _figures(catalogue: Catalogue, counts: Sequence[ThemesCount]) -> CommentFigures:
    read = [count for count in counts if count.themes is not None]
    comments_now, comments_before = (sum(one.count for one in read if one.current is now) for now in (True, False))
    about: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    negative: Counter[str] = Counter()
    for one in read:
        for theme in one.themes or ():
            about[one.current][theme] += one.count
            if one.current and one.sentiment == _NEGATIVE:
                negative[theme] += one.count
    titles = {theme.key: theme.title for theme in catalogue.themes}
    known = [*titles, *sorted((about[True] | about[False]).keys() - titles.keys())]
    shares = {key: (Share(about[True][key], comments_now), Share(about[False][key], comments_before)) for key in known}
    is_rare = {key: all(share.successes < SHOWN_FROM for share in pair) for key, pair in shares.items()}
    changes = judge_themes({key: pair for key, pair in shares.items() if not is_rare[key]})
    themes = [
        ThemeFigures(key, titles.get(key, {}), *shares[key], negative[key], change) for key, change in changes.items()
    ]
    # a stable sort: themes as frequent as each other stay in the catalogue's order
    themes.sort(key=lambda theme: (-theme.now.successes, -theme.before.successes))
    return CommentFigures(
        comments=comments_now,
        comments_before=comments_before,
        unread=sum(one.count for one in counts if one.themes is None),
        without_theme=sum(one.count for one in read if one.current and not one.themes),
        themes=tuple(themes) if comments_now >= SHOWN_FROM else (),
        rare=tuple(key for key in known if is_rare[key]),
        words=Contrast(_of_sentiment(read, _NEGATIVE), _of_sentiment(read, _POSITIVE)),
    )


def _of_sentiment(read: Sequence[ThemesCount], sentiment: int) -> int:
    return sum(one.count for one in read if one.current and one.sentiment == sentiment)


def _quotes(theme: str, stored: Iterable[StoredQuote]) -> tuple[Quote, ...]:
    """The first examples of the theme that differ."""
    quotes: dict[str, Quote] = {}
    for one in stored:
        if one.theme == theme:
            found = _quote(one)
            quotes.setdefault(found.text.casefold(), found)
            if len(quotes) == QUOTES:
                break
    return tuple(quotes.values())


def _quote(stored: StoredQuote) -> Quote:
    return Quote(quote(stored.comment), stored.touchpoint, Metric(stored.metric), stored.score, stored.answered_at)


async def _words(transaction: Transaction, scope: CommentScope, sides: Contrast) -> Contrast:
    if not sides.is_shown:
        return sides
    counts = await comment_figures.lemma_counts(transaction, scope, at_least=RAREST)
    found = contrast(
        [WordCount(count.lemma, count.negative, count.positive) for count in counts],
        negative_comments=sides.negative_comments,
        positive_comments=sides.positive_comments,
    )
    words = {one.word for one in (*found.negative, *found.positive)}
    if not words:
        return found
    examples = await comment_figures.comments_with(transaction, scope, sorted(words), most=_EXAMPLES)
    said = _as_said(words, examples)
    return replace(found, negative=_said(found.negative, said), positive=_said(found.positive, said))


def _as_said(lemmas: Collection[str], examples: Sequence[str]) -> dict[str, str]:
    """How people mostly say each lemma: an English stem is no word itself, and nobody says «деньга»."""
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in examples:
        for lemma, said in spoken_forms(text, morphology().lemmas):
            forms[lemma][said] += 1
    return {lemma: max(sorted(forms[lemma]), key=forms[lemma].__getitem__, default=lemma) for lemma in lemmas}


def _said(words: Sequence[TellingWord], said: Mapping[str, str]) -> tuple[TellingWord, ...]:
    return tuple(replace(one, word=said[one.word]) for one in words)
