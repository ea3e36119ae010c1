"""When a customer counts as recovered."""

from __future__ import annotations

from surveys.rules.journey import Sentiment


def is_recovered(*, solved: bool | None, asked_again: Sentiment | None) -> bool:
    """Whether the customer said "solved" and did not rate the re-ask negative; None: no word (yet)."""
    return solved is True and asked_again is not Sentiment.NEGATIVE
