from __future__ import annotations

from itertools import product

import pytest

from surveys.rules.cases import CaseState
from surveys.rules.journey import Sentiment
from surveys.rules.offers import CodeRefusal, PoolUse, code_refusal, is_low, may_send_offer
from surveys.rules.putting_right import CodePool
from surveys.rules.recovered import RecoveryOutcome, recovery_outcome

POOL = CodePool({"en": "15 % off"}, {"en": "{code}"}, per_customer=1, per_day=3, low_at=2)


def test_recovered_is_what_the_customer_called_solved_and_did_not_rate_badly_again() -> None:
    for state, solved, again in product(CaseState, (True, False, None), (*Sentiment, None)):
        expected = state is CaseState.CONFIRMED and solved is True and again is not Sentiment.NEGATIVE
        assert (recovery_outcome(state, solved, again) is RecoveryOutcome.RECOVERED) is expected


@pytest.mark.parametrize(
    ("state", "solved", "again", "outcome"),
    [
        (CaseState.RESOLVED, None, None, RecoveryOutcome.NO_ANSWER),
        (CaseState.RESOLVED, None, Sentiment.POSITIVE, RecoveryOutcome.NO_ANSWER),
        (CaseState.RESOLVED, None, Sentiment.NEGATIVE, RecoveryOutcome.NOT_RECOVERED),
        (CaseState.CONFIRMED, True, Sentiment.NEGATIVE, RecoveryOutcome.NOT_RECOVERED),
        (CaseState.CLAIMED, None, Sentiment.NEGATIVE, RecoveryOutcome.UNDER_WAY),
        (CaseState.DISMISSED, None, None, RecoveryOutcome.DISMISSED),
    ],
)
def test_without_the_customers_word_nothing_is_recovered(
    state: CaseState, solved: bool | None, again: Sentiment | None, outcome: RecoveryOutcome
) -> None:
    assert recovery_outcome(state, solved, again) is outcome


@pytest.mark.parametrize(
    ("use", "refusal"),
    [
        (PoolUse(1, 2, 0), None),
        (PoolUse(0, 2, 0), CodeRefusal.EMPTY),
        (PoolUse(1, 3, 0), CodeRefusal.BUDGET),
        (PoolUse(0, 3, 1), CodeRefusal.CUSTOMER_HAS_ONE),
    ],
)
def test_a_code_is_given_within_the_pools_budget_and_the_customers(use: PoolUse, refusal: CodeRefusal | None) -> None:
    assert code_refusal(POOL, use) is refusal


def test_managers_are_warned_below_the_mark_not_at_it() -> None:
    assert is_low(POOL, 1)
    assert not is_low(POOL, 2)


def test_an_offer_is_sent_only_to_whoever_agreed_and_may_be_written_to() -> None:
    for agreed, opted_out, reachable in product((True, False, None), (True, False), (True, False)):
        sent = may_send_offer(agreed=agreed, opted_out=opted_out, reachable=reachable)
        assert sent is (agreed is True and not opted_out and reachable)
