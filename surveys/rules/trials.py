"""Trials: two variants of one thing, and who gets which."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from surveys.rules.languages import Texts


class Measure(StrEnum):
    """What the variants are compared by."""

    RESPONSE_RATE = "response_rate"
    SCORE = "score"


class Differs(StrEnum):
    """The one thing in which the variants differ."""

    QUESTION = "question"
    ASK_AFTER = "ask_after"
    REMIND_AFTER = "remind_after"


class VariantName(StrEnum):
    """`a` is what the touchpoint does without the trial, unless the trial says otherwise."""

    A = "a"
    B = "b"


@dataclass(frozen=True, slots=True)
class Variant:
    """What a variant says for itself; the rest is the touchpoint's."""

    question: Texts = field(default_factory=dict)
    ask_after: timedelta | None = None
    remind_after: timedelta | None = None

    @property
    def says(self) -> tuple[Differs, ...]:
        """What the variant has an own value for."""
        own = {
            Differs.QUESTION: bool(self.question),
            Differs.ASK_AFTER: self.ask_after is not None,
            Differs.REMIND_AFTER: self.remind_after is not None,
        }
        return tuple(thing for thing, said in own.items() if said)


@dataclass(frozen=True, slots=True)
class Variants:
    """The two that are compared."""

    b: Variant
    a: Variant = Variant()


@dataclass(frozen=True, slots=True)
class Trial:
    """Two variants of one thing at one touchpoint, for events from the day `starts_on` on.

    `share` of the people get b. What each variant needs is `planned`, or follows from `detect`, the smallest difference
    worth finding (a share: 0.05 is 5 points), and `expected`, the share there is without the trial.
    """

    touchpoint: str
    measure: Measure
    starts_on: date
    variants: Variants
    share: float = 0.5
    planned: int | None = None
    detect: float | None = None
    expected: float | None = None

    def variant(self, name: VariantName) -> Variant:
        """The variant of this name."""
        return self.variants.a if name is VariantName.A else self.variants.b

    @property
    def things(self) -> tuple[Differs, ...]:
        """Everything one of the variants has an own value for; one thing in a sound trial."""
        said = {*self.variants.a.says, *self.variants.b.says}
        return tuple(thing for thing in Differs if thing in said)


@dataclass(frozen=True, slots=True)
class Given:
    """The variant of a trial somebody was given."""

    trial: str
    variant: VariantName


def deal(trial_key: str, person_id: int, share: float) -> VariantName:
    """The variant of a person: always the same one, b for `share` of the people, independent between trials."""
    digest = hashlib.sha256(f"{trial_key}:{person_id}".encode()).digest()
    return VariantName.B if int.from_bytes(digest[:6], "big") / 2**48 < share else VariantName.A


def given_variant(key: str, trial: Trial, person_id: int, earlier: Mapping[tuple[int, str], str]) -> Given:
    """The variant of an invitation that is being planned.

    `earlier` are the variants people were given before, by person and trial: whoever was joined or split since keeps
    theirs.
    """
    before = earlier.get((person_id, key))
    return Given(key, deal(key, person_id, trial.share) if before is None else VariantName(before))
