"""What a customer writes about a complaint that staff work on: it goes under the card, and the case is theirs again."""

from __future__ import annotations

from datetime import datetime

from db import cases, messages, relayed_messages, schedule, staff_messages
from db.cases import StoredCase
from db.database import Transaction
from db.messages import UnsettledCase
from surveys import alerting
from surveys.moving import move_case
from surveys.publishing import Catalogues
from surveys.rules.cases import ActorKind, CaseMove, Mover
from surveys.rules.talking import ANSWERABLE_FOR


async def case_answered(
    transaction: Transaction, account_id: int, reply_to: int | None, *, now: datetime
) -> int | None:
    """A step: the case about which staff sent the message that is answered here, unless it was settled long ago."""
    if reply_to is None:
        return None
    return await staff_messages.case_of_delivered(transaction, account_id, reply_to, settled_since=now - ANSWERABLE_FOR)


async def conversation_of(transaction: Transaction, account_id: int) -> UnsettledCase | None:
    """A step: the complaint of the account's person about which staff are speaking with them."""
    case = await messages.unsettled_case(transaction, account_id)
    return case if case is not None and await staff_messages.speaks_with(transaction, case.id) else None


async def customer_wrote(
    transaction: Transaction,
    catalogues: Catalogues,
    case_id: int,
    message_id: int,
    *,
    now: datetime,
    anew: bool = False,
    readable: bool = True,
) -> StoredCase | None:
    """A step: put a message under a case and its card; a case that waited for the customer is its owner's again.

    What is not `readable` (a sticker) is not shown. `anew` shows what staff saw elsewhere before.
    """
    case = await cases.lock(transaction, case_id)
    if case is None:
        return None
    await relayed_messages.attach_message(transaction, message_id, case_id)
    if readable:
        await alerting.show_under_card(
            transaction,
            catalogues.in_force.catalogue,
            message_id,
            case_id=case_id,
            team=case.team,
            touchpoint=case.touchpoint,
            anew=anew,
            now=now,
        )
    return await customer_reacted(transaction, catalogues, case, now=now)


async def customer_reacted(
    transaction: Transaction, catalogues: Catalogues, case: StoredCase, *, now: datetime
) -> StoredCase:
    """A step: a locked case that waited for its customer is its owner's again; the card shows what is new."""
    customer = Mover(ActorKind.CUSTOMER)
    moved = None
    if case.claimed_by is not None:
        moved = await move_case(transaction, catalogues, case, CaseMove.CUSTOMER_REPLIED, by=customer, now=now)
    await schedule.ask_again_for(transaction, "card", case.id, now=now)
    return moved or case
