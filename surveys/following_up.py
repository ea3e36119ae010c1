"""What follows once a complaint is put right: the customer has the last word, and is asked once more later."""

from __future__ import annotations

from datetime import datetime

from db import case_customers, invitations, reasks, schedule
from db.cases import StoredCase
from db.database import Transaction
from db.reasks import NewReask
from db.schedule import ScheduleEntry
from surveys.publishing import Catalogues
from surveys.rules.asking import survey_of
from surveys.rules.quarantine import is_relational

_REOPENED = "case_reopened"


async def ask_solved(transaction: Transaction, catalogues: Catalogues, case: StoredCase, *, now: datetime) -> None:
    """A step of resolving: have the customer asked whether it is solved, once in each round of the case."""
    customer = await case_customers.of_case(transaction, case.id)
    if customer is None or customer.channel not in catalogues.channels:
        return
    await schedule.add(
        transaction,
        [
            ScheduleEntry.to_account(
                "solved",
                case.id,
                customer.account_id,
                customer.channel,
                now + catalogues.in_force.catalogue.recovery.ask_solved_after,
                occasion=f"{case.id}:{case.round}",
                detail=str(case.round),
            )
        ],
        now=now,
    )


async def plan_to_ask_again(
    transaction: Transaction, catalogues: Catalogues, case: StoredCase, *, now: datetime
) -> None:
    """A step of resolving: plan the question asked once more, about an answer that opened the case."""
    catalogue = catalogues.in_force.catalogue
    after = catalogue.recovery.ask_again_after
    if after is None or case.event_id is None or case.response_id is None or case.catalogue_version_id is None:
        return
    asked_about = None if case.touchpoint is None else survey_of(catalogue, case.touchpoint)
    customer = await case_customers.of_case(transaction, case.id)
    if asked_about is None or customer is None or customer.channel not in catalogues.channels:
        return
    touchpoint, _ = asked_about
    assert case.touchpoint is not None
    assert touchpoint.survey is not None
    ask_at = now + after
    invitation_id = await reasks.plan(
        transaction,
        NewReask(
            event_id=case.event_id,
            account_id=customer.account_id,
            touchpoint=case.touchpoint,
            survey=touchpoint.survey,
            relational=is_relational(catalogue, case.touchpoint),
            ask_at=ask_at,
            ask_by=ask_at + touchpoint.ask_by,
            catalogue_version_id=case.catalogue_version_id,
        ),
        now=now,
    )
    if invitation_id is None:
        return
    await schedule.plan(
        transaction,
        [ScheduleEntry.to_account("invitation", invitation_id, customer.account_id, customer.channel, ask_at)],
        now=now,
    )


async def take_back_asking_again(transaction: Transaction, case: StoredCase, *, now: datetime) -> None:
    """A step of reopening: whoever still waits for a solution is not asked how it was."""
    if case.event_id is None:
        return
    invitation_id = await reasks.planned(transaction, case.event_id)
    if invitation_id is None:
        return
    await invitations.cancel(transaction, [invitation_id], _REOPENED, now=now)
    await schedule.drop(transaction, [f"invitation:{invitation_id}"], _REOPENED, now=now)
