"""The question asked once more after a complaint: a bad answer brings the same case back, a good one is praise."""

from __future__ import annotations

from datetime import datetime

from db import cases, schedule
from db.database import Transaction
from surveys.publishing import Catalogues
from surveys.reopening import reopen_for_customer
from surveys.rules.cases import CaseState, opens_case
from surveys.rules.journey import Catalogue, Metric, Sentiment
from surveys.rules.metrics import sentiment

AGAIN = "recovery"
"""The purpose of the question asked again, and of the answer to it."""


def is_negative(catalogue: Catalogue, metric: Metric, score: int) -> bool:
    """Whether the customer is not satisfied after all."""
    return sentiment(metric, score) is Sentiment.NEGATIVE or opens_case(metric, score, catalogue.recovery.open_at)


async def take_rating(
    transaction: Transaction, catalogues: Catalogues, *, event_id: int, metric: Metric, score: int, now: datetime
) -> bool:
    """A step of answering: what the score means for the event's case; whether there is one to show it on.

    A case that staff work on stays as it is, one that was not a complaint does too.
    """
    case_id = await cases.newest_of_event(transaction, event_id)
    case = None if case_id is None else await cases.lock(transaction, case_id)
    if case is None:
        return False
    if is_negative(catalogues.in_force.catalogue, metric, score) and case.state in (
        CaseState.RESOLVED,
        CaseState.CONFIRMED,
    ):
        await reopen_for_customer(transaction, catalogues, case, now=now)
    else:
        await schedule.ask_again_for(transaction, "card", case.id, now=now)
    return True
