"""Lemmas of Russian and English words. The libraries are loaded at the first word: they take a tenth of a second and
30 MB, which a process that reads no comments never pays."""

from __future__ import annotations

from collections import defaultdict
from functools import cache, cached_property, lru_cache
from threading import Lock
from typing import Final, Protocol

_CACHED: Final = 20_000
_LIKELY: Final = 0.15
"""A lemma less probable than this is not what was meant: «стали» is no steel."""


class _Parse(Protocol):
    normal_form: str
    score: float


class _Analyser(Protocol):
    def parse(self, word: str) -> list[_Parse]: ...


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the library's name


class Morphology:
    """Finds lemmas with pymorphy3 (Cyrillic words) and the Snowball stemmer (others); any thread may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.lemmas = lru_cache(maxsize=_CACHED)(self._lemmas)

    def _lemmas(self, word: str) -> tuple[str, ...]:
        with self._lock:
            if _is_cyrillic(word):
                return self._russian_lemmas(word)
            return (self._english.stemWord(word),)

    def _russian_lemmas(self, word: str) -> tuple[str, ...]:
        """The lemmas that are likely enough, the likeliest first, with е for ё as most people write."""
        likely: defaultdict[str, float] = defaultdict(float)
        for parse in self._russian.parse(word):
            likely[parse.normal_form.replace("ё", "е")] += parse.score
        ranked = sorted(likely, key=lambda lemma: -likely[lemma])
        return (ranked[0], *(lemma for lemma in ranked[1:] if likely[lemma] >= _LIKELY))

    @cached_property
    def _russian(self) -> _Analyser:
        from pymorphy3 import MorphAnalyzer  # type: ignore[import-untyped]  # it has no stubs

        analyser: _Analyser = MorphAnalyzer(lang="ru")
        return analyser

    @cached_property
    def _english(self) -> _Stemmer:
        from snowballstemmer import stemmer  # type: ignore[import-untyped]  # it has no stubs

        english: _Stemmer = stemmer("english")
        return english


@cache
def morphology() -> Morphology:
    """The one of this process."""
    return Morphology()


def _is_cyrillic(word: str) -> bool:
    return any("\u0400" <= letter <= "\u04ff" for letter in word)
