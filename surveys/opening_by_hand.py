"""Staff open a case themselves, about a message that fitted nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db import messages, people, relayed_messages, schedule
from db.cases import StoredCase
from db.database import Database, Transaction
from surveys import alerting
from surveys.alerting import Complaint
from surveys.case_views import CaseView, worded
from surveys.corresponding import customer_wrote
from surveys.moving import move_case
from surveys.publishing import Catalogues
from surveys.recovery import NoSuchCase, StaffActor, lock_for_staff, works_in
from surveys.rules.cases import CaseCause, CaseMove
from surveys.rules.teams import responsible_team


@dataclass(frozen=True, slots=True)
class Opened:
    """A case about the message is open, and the actor has it unless somebody else does."""

    view: CaseView


async def open_case_of_message(
    database: Database, catalogues: Catalogues, message_id: int, actor: StaffActor, *, now: datetime
) -> Opened | NoSuchCase:
    """Open a case about a customer's message and claim it; one that the message belongs to already is shown instead."""
    async with database.transaction() as transaction:
        case = await take_up(transaction, catalogues, message_id, actor, now=now)
        if isinstance(case, NoSuchCase):
            return case
        claimed = await move_case(transaction, catalogues, case, CaseMove.CLAIM, by=actor.mover, now=now)
        return Opened(await worded(transaction, catalogues, claimed or case))


async def take_up(
    transaction: Transaction, catalogues: Catalogues, message_id: int, actor: StaffActor, *, now: datetime
) -> StoredCase | NoSuchCase:
    """A step: the case a customer's message belongs to, locked; without one it is opened by hand, with the message."""
    catalogue = catalogues.in_force.catalogue
    message = await messages.lock(transaction, message_id)
    known = await relayed_messages.message(transaction, message_id)
    if message is None or known is None:
        return NoSuchCase.UNKNOWN
    if known.case_id is not None:
        return await lock_for_staff(transaction, catalogue, known.case_id, actor)
    if message.account_id is None:
        return NoSuchCase.UNKNOWN
    if not await works_in(transaction, responsible_team(catalogue, None).team.chat, actor):
        return NoSuchCase.NOT_YOURS
    case_id = await alerting.open_complaint(
        transaction,
        catalogue,
        Complaint(
            cause=CaseCause.STAFF,
            account_id=message.account_id,
            customer_id=await people.sole_customer_of_account(transaction, message.account_id),
        ),
        by=actor.mover,
        now=now,
    )
    assert case_id is not None, "a case about no answer and no event meets no other"
    case = await customer_wrote(transaction, catalogues, case_id, message_id, anew=True, now=now)
    await schedule.ask_again_for(transaction, "relay", message_id, now=now)
    assert case is not None
    return case
