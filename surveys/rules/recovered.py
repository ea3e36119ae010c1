"""Whether a customer was won back: their own word decides, never ours."""

from __future__ import annotations

from enum import StrEnum

from surveys.rules.cases import CaseState
from surveys.rules.journey import Sentiment


class RecoveryOutcome(StrEnum):
    """How putting a complaint right has ended so far."""

    RECOVERED = "recovered"
    NOT_RECOVERED = "not_recovered"
    NO_ANSWER = "no_answer"
    """Resolved without the customer's word."""
    UNDER_WAY = "under_way"
    DISMISSED = "dismissed"


def recovery_outcome(state: CaseState, solved: bool | None, asked_again: Sentiment | None) -> RecoveryOutcome:
    """Recovered: the customer said "solved" and did not rate the question asked again negative.

    `asked_again` is how they rated it; None when they did not (yet).
    """
    match state:
        case CaseState.DISMISSED:
            return RecoveryOutcome.DISMISSED
        case CaseState.OPEN | CaseState.CLAIMED | CaseState.WAITING:
            return RecoveryOutcome.UNDER_WAY
        case _ if asked_again is Sentiment.NEGATIVE:
            return RecoveryOutcome.NOT_RECOVERED
        case CaseState.CONFIRMED if solved is True:
            return RecoveryOutcome.RECOVERED
        case _:
            return RecoveryOutcome.NO_ANSWER


def is_recovered(*, solved: bool | None, asked_again: Sentiment | None) -> bool:
    """Whether the customer said "solved" and did not rate the question asked again negative; None: no word (yet)."""
    return solved is True and asked_again is not Sentiment.NEGATIVE
