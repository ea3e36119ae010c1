"""Themes of comments: keys of their own, words that can be found, words that do not contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from surveys.catalog.faults import Finding, Path, Severity
from surveys.catalog.subject import Subject
from surveys.catalog.text_checks import check_label
from surveys.rules.themes import Theme, ThemeWords, split_sentences

LONGEST_PHRASE: Final = 6
"""Words; longer ones are hardly ever written the same way twice."""

_LANGUAGES: Final = ("ru", "en")
_SCRIPTS: Final = {"ru": ("\u0400", "\u04ff"), "en": ("a", "z")}


def check_themes(subject: Subject) -> Iterator[Finding]:
    """Every finding about what comments are sorted by."""
    themes = subject.catalogue.themes
    keys = [theme.key for theme in themes]
    for place, theme in enumerate(themes):
        path = ("themes", place)
        if theme.key in keys[:place]:
            yield Finding((*path, "key"), f"{theme.key} is here a second time", "Give each theme its own key")
        yield from check_label(subject, (*path, "title"), theme.title)
        if not theme.words.phrases:
            yield Finding(
                (*path, "words"),
                "it has no words, so no comment would ever be about it",
                "Add words: {ru: [опоздать, долго ждать], en: [late]}",
                depends_on=tuple((*path, "words", language) for language in _LANGUAGES),
            )
        yield from _check_words(path, theme)


def _check_words(path: Path, theme: Theme) -> Iterator[Finding]:
    wanted: dict[tuple[str, ...], str] = {}
    for group, words in (("words", theme.words), ("not_words", theme.not_words)):
        seen: dict[tuple[str, ...], str] = {}
        for here, language, text in _written(path, group, words):
            spoken = tuple(word for sentence in split_sentences(text) for word in sentence)
            yield from _check_phrase(here, language, text, spoken)
            if spoken and spoken in seen:
                yield Finding(here, f"{text} is here a second time", "Write each once", Severity.WARNING)
            elif spoken and spoken in wanted:
                message = f"{text} is under words too, where it would never be found"
                yield Finding(here, message, "Remove one of the two; not_words are longer phrases, such as не опоздать")
            seen.setdefault(spoken, text)
        wanted |= seen


def _check_phrase(path: Path, language: str, text: str, spoken: tuple[str, ...]) -> Iterator[Finding]:
    if not spoken:
        yield Finding(path, f"there is no word in {text}", "Write a word, or a phrase of a few")
    elif len(spoken) > LONGEST_PHRASE:
        yield Finding(
            path,
            f"a phrase of {len(spoken)} words is hardly ever written the same way twice",
            f"Write at most {LONGEST_PHRASE} words",
            Severity.WARNING,
        )
    first, last = _SCRIPTS[language]
    if spoken and not any(first <= letter <= last for word in spoken for letter in word):
        other = next(known for known in _LANGUAGES if known != language)
        message = f"{text} has no letter of the language {language}"
        yield Finding(path, message, f"Move it to {other}, or write it in the letters of {language}", Severity.WARNING)


def _written(path: Path, group: str, words: ThemeWords) -> Iterator[tuple[Path, str, str]]:
    for language in _LANGUAGES:
        texts: tuple[str, ...] = getattr(words, language)
        for place, text in enumerate(texts):
            yield (*path, group, language, place), language, text
