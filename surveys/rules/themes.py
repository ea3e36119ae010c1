"""What comments are about: the catalogue's themes, found in any form of their words.

Words are compared by their lemmas. How a lemma is found is passed in, because it takes a library.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from surveys.rules.languages import Texts
from surveys.rules.quoting import conceal
from surveys.rules.stop_words import STOP_WORDS

Lemmatise = Callable[[str], Sequence[str]]
"""The lemmas a word in lower case may have, the likeliest first; at least one."""

NEGATIONS: Final = frozenset({"не", "not"})

_SENTENCE_END: Final = re.compile(r"[.!?…;\n]+")
_WORD: Final = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")
_CAN_NOT: Final = re.compile(r"\bcan(?:'t|not)\b")
_NOT: Final = re.compile(r"n't\b")
_NEGATION_REACHES: Final = 2
"""So many words behind a negation it may still belong to, as in «не очень вкусно»."""
_TELLING_WHEN_DENIED: Final = frozenset({"тот", "весь"})
"""Stop words that say a lot right behind a negation: «не тот», «не всё»."""


@dataclass(frozen=True, slots=True)
class ThemeWords:
    """Words and phrases, each standing for all its forms, by the language they are written in."""

    ru: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    @property
    def phrases(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.ru, *self.en)


@dataclass(frozen=True, slots=True)
class Theme:
    """Something people write about. What `not_words` cover in a comment is not looked at for `words`."""

    key: str
    title: Texts = field(hash=False)
    words: ThemeWords
    not_words: ThemeWords = ThemeWords()


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand one behind the other, each by the lemmas it may have; they speak for the theme or against it."""

    theme: str
    words: tuple[frozenset[str], ...]
    excludes: bool


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All phrases of all themes by the lemmas they may begin with; `themes` are in the catalogue's order."""

    themes: tuple[str, ...]
    beginnings: Mapping[str, tuple[Phrase, ...]] = field(hash=False)


@dataclass(frozen=True, slots=True)
class CommentReading:
    """What a comment is about, and the lemmas in it that say something, each once.

    A lemma behind a negation carries it: «не привезти».
    """

    themes: tuple[str, ...]
    lemmas: tuple[str, ...]


def split_sentences(text: str) -> list[list[str]]:
    """The words of each sentence in lower case, without what leads to a person; «didn't» is two words."""
    spoken = conceal(text).lower().replace("’", "'")
    spoken = _NOT.sub(" not", _CAN_NOT.sub("can not", spoken))
    return [words for part in _SENTENCE_END.split(spoken) if (words := _WORD.findall(part))]


def build_dictionary(themes: Sequence[Theme], lemmatise: Lemmatise) -> Dictionary:
    """The themes' words ready to be looked for."""
    beginnings: defaultdict[str, list[Phrase]] = defaultdict(list)
    for theme in themes:
        for phrases, excludes in ((theme.words.phrases, False), (theme.not_words.phrases, True)):
            for text in phrases:
                words = tuple(_meant(word, lemmatise) for sentence in split_sentences(text) for word in sentence)
                for lemma in words[0] if words else ():
                    beginnings[lemma].append(Phrase(theme.key, words, excludes))
    return Dictionary(
        tuple(theme.key for theme in themes), {lemma: tuple(phrases) for lemma, phrases in beginnings.items()}
    )


def read_comment(text: str, dictionary: Dictionary, lemmatise: Lemmatise) -> CommentReading:
    """The themes of a comment, in the catalogue's order, and its telling lemmas, in the order they come."""
    themes: set[str] = set()
    lemmas: dict[str, None] = {}
    for words in split_sentences(text):
        sentence = [tuple(lemmatise(word)) for word in words]
        themes |= _themes(sentence, dictionary)
        lemmas |= dict.fromkeys(lemma for _, lemma in _telling(words, sentence))
    return CommentReading(tuple(key for key in dictionary.themes if key in themes), tuple(lemmas))


def spoken_forms(text: str, lemmatise: Lemmatise) -> list[tuple[str, str]]:
    """How a comment says each lemma that `read_comment` finds in it: «deliveries» for «deliveri»."""
    return [
        (lemma, said)
        for words in split_sentences(text)
        for said, lemma in _telling(words, [tuple(lemmatise(word)) for word in words])
    ]


def _meant(word: str, lemmatise: Lemmatise) -> frozenset[str]:
    """A word written as the dictionary form of something means that; another, whatever it may be a form of."""
    lemmas, plain = lemmatise(word), word.replace("ё", "е")
    return frozenset({plain}) if plain in lemmas else frozenset(lemmas)


def _themes(sentence: Sequence[Sequence[str]], dictionary: Dictionary) -> set[str]:
    spans: list[tuple[str, range]] = []
    excluded: defaultdict[str, set[int]] = defaultdict(set)
    for place, lemmas in enumerate(sentence):
        for phrase in {phrase for lemma in lemmas for phrase in dictionary.beginnings.get(lemma, ())}:
            covered = range(place, place + len(phrase.words))
            if covered.stop > len(sentence) or not all(
                wanted.intersection(sentence[here]) for wanted, here in zip(phrase.words, covered, strict=True)
            ):
                continue
            if phrase.excludes:
                excluded[phrase.theme].update(covered)
            else:
                spans.append((phrase.theme, covered))
    return {theme for theme, covered in spans if excluded[theme].isdisjoint(covered)}


def _telling(words: Sequence[str], sentence: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """What is said and the lemma that is meant, for each word that is no stop word."""
    negation, reach = "", 0
    for word, lemmas in zip(words, sentence, strict=True):
        if word in NEGATIONS:
            negation, reach = f"{word} ", _NEGATION_REACHES
            continue
        lemma = lemmas[0]
        is_denied = reach == _NEGATION_REACHES and not _TELLING_WHEN_DENIED.isdisjoint(lemmas)
        is_telling = is_denied or (len(word) > 1 and word not in STOP_WORDS and lemma not in STOP_WORDS)
        if is_telling:
            yield f"{negation}{word}", f"{negation}{lemma}"
        reach -= 1
        if is_telling or reach <= 0:
            negation = ""
