"""What an export has rows of."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class ExportKind(StrEnum):
    """A sheet or a file, in their order: figures first, then what they were counted from."""

    REPORT = "report"
    JOURNEY = "journey"
    FLOWS = "flows"
    WAYS = "ways"
    SCORES = "scores"
    DISTRIBUTION = "distribution"
    REASONS = "reasons"
    AUDIT = "audit"
    DRIVERS = "drivers"
    AFTERWARDS = "afterwards"
    THEMES = "themes"
    WORDS = "words"
    TRIALS = "trials"
    ALARMS = "alarms"
    REACH = "reach"
    RECOVERY = "recovery"
    BEFORE_AFTER = "before_after"
    BOUGHT_AGAIN = "bought_again"
    ANSWERS = "answers"
    EVENTS = "events"
    CASES = "cases"
    MOVES = "moves"


EVERYTHING: Final = tuple(ExportKind)

RAW: Final = frozenset({ExportKind.ANSWERS, ExportKind.EVENTS, ExportKind.CASES, ExportKind.MOVES})
"""What figures are counted from, page by page; figures are small."""

OF_COMMENTS: Final = frozenset({ExportKind.THEMES, ExportKind.WORDS})

OF_THE_WHOLE_BUSINESS: Final = frozenset({ExportKind.AFTERWARDS, ExportKind.REACH})
"""Nothing of these belongs to a single touchpoint."""


def kinds_of(touchpoint: str | None) -> tuple[ExportKind, ...]:
    """All there are: of everything, or of one touchpoint."""
    return EVERYTHING if touchpoint is None else tuple(kind for kind in EVERYTHING if kind not in OF_THE_WHOLE_BUSINESS)
