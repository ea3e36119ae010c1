"""A catalogue under examination: its values beside the file they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from surveys.catalog.document import Document, Plain
from surveys.catalog.faults import Path
from surveys.rules.journey import Catalogue, Survey
from surveys.rules.languages import Texts
from surveys.rules.trials import VariantName


@dataclass(frozen=True, slots=True)
class Subject:
    """What the checks look at.

    `catalogue` may have been repaired so that one slip does not hide the others; `written` is what the file
    really says, so that a name that is there is never called unknown.
    """

    catalogue: Catalogue
    document: Document
    written: Mapping[str, Plain]

    def names(self, *path: str) -> tuple[str, ...]:
        """The names the file gives to things under this path."""
        here: Plain = dict(self.written)
        for part in path:
            here = here.get(part) if isinstance(here, dict) else None
        return tuple(here) if isinstance(here, dict) else ()

    def mentions(self, section: str, key: str) -> frozenset[str]:
        """All the texts this key has in the entries of a section."""
        entries = self.written.get(section)
        if not isinstance(entries, dict):
            return frozenset()
        values = (entry.get(key) for entry in entries.values() if isinstance(entry, dict))
        return frozenset(value for value in values if isinstance(value, str))

    def says(self, *path: str | int) -> bool:
        """Whether the file itself gives this key a value, rather than leaving it to its default."""
        return self.document.has(path)

    def survey_of(self, touchpoint: str) -> Survey | None:
        """The survey of the touchpoint, where both are sound."""
        name = self.catalogue.touchpoints[touchpoint].survey
        return self.catalogue.surveys.get(name) if name is not None else None

    def filled_texts(self) -> list[tuple[Path, Texts]]:
        """Every text in which placeholders are filled, with its path; those of codes know {code} as well."""
        return [*self._survey_texts(), *self._recovery_texts(), *self._trial_texts()]

    def _trial_texts(self) -> list[tuple[Path, Texts]]:
        return [
            (("trials", key, "variants", name.value, "question"), trial.variant(name).question)
            for key, trial in self.catalogue.trials.items()
            for name in VariantName
            if trial.variant(name).question
        ]

    def _recovery_texts(self) -> list[tuple[Path, Texts]]:
        recovery = self.catalogue.recovery
        found: list[tuple[Path, Texts]] = [
            (("touchpoints", name, "incident", "apology"), touchpoint.incident.apology)
            for name, touchpoint in self.catalogue.touchpoints.items()
            if touchpoint.incident.apology
        ]
        found += [
            (("recovery", "templates", place, "text"), template.text)
            for place, template in enumerate(recovery.templates)
        ]
        found += [(("recovery", "pools", name, "text"), pool.text) for name, pool in recovery.pools.items()]
        return found

    def _survey_texts(self) -> list[tuple[Path, Texts]]:
        found: list[tuple[Path, Texts]] = []
        for name, survey in self.catalogue.surveys.items():
            found.append((("surveys", name, "question"), survey.question))
            for part, texts in (("comment", survey.comment), ("thanks", survey.thanks)):
                for sentiment in ("negative", "neutral", "positive"):
                    by_language: Texts = getattr(texts, sentiment)
                    if by_language:
                        found.append((("surveys", name, part, sentiment), by_language))
        return found
