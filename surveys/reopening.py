"""A case comes back because the customer says so: to the same person, and the team hears of it at once."""

from __future__ import annotations

from datetime import datetime

from db import schedule
from db.cases import StoredCase
from db.database import Transaction
from db.schedule import ScheduleEntry
from surveys.case_views import chat_name
from surveys.moving import move_case
from surveys.rules.cases import ActorKind, CaseMove, Mover
from surveys.rules.journey import Catalogue

REOPENED = "reopened:"
"""Begins the detail of a notice that a case came back; the case's round follows."""


async def reopen_for_customer(
    transaction: Transaction, catalogue: Catalogue, case: StoredCase, *, now: datetime
) -> StoredCase | None:
    """A step: reopen a locked case by the customer's word; None when it is not settled."""
    reopened = await move_case(transaction, catalogue, case, CaseMove.REOPEN, by=Mover(ActorKind.CUSTOMER), now=now)
    if reopened is None:
        return None
    await _tell_team(transaction, catalogue, reopened, now=now)
    # Where whoever stands above the team hears of it: the next level of `escalate` belongs here.
    return reopened


async def _tell_team(transaction: Transaction, catalogue: Catalogue, case: StoredCase, *, now: datetime) -> None:
    await schedule.add(
        transaction,
        [
            ScheduleEntry(
                kind="notice",
                subject_id=case.id,
                recipient=f"team:{chat_name(catalogue, case.team, case.touchpoint)}",
                channel="telegram",
                dedupe_key=f"notice:{REOPENED}{case.id}:{case.round}",
                due_at=now,
                detail=f"{REOPENED}{case.round}",
            )
        ],
        now=now,
    )
