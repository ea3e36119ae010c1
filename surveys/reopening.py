"""A case comes back because the customer says so: to the same person; the clock tells the team and the next level."""

from __future__ import annotations

from datetime import datetime

from db.cases import StoredCase
from db.database import Transaction
from surveys.moving import move_case
from surveys.publishing import Catalogues
from surveys.rules.cases import ActorKind, CaseMove, Mover


async def reopen_for_customer(
    transaction: Transaction, catalogues: Catalogues, case: StoredCase, *, now: datetime
) -> StoredCase | None:
    """A step: reopen a locked case by the customer's word; None when it is not settled."""
    return await move_case(transaction, catalogues, case, CaseMove.REOPEN, by=Mover(ActorKind.CUSTOMER), now=now)
