"""Telling the shop's own systems what happened: each step notes a happening in the transaction that made it happen.

Answers are noted by the statements that store them (`db/responses.py`), so that a tap takes no further round trip.
"""

from __future__ import annotations

from datetime import datetime

from db import webhook_messages
from db.database import Transaction
from surveys.rules.webhooks import HappeningType


async def case_opened(transaction: Transaction, case_id: int, *, now: datetime) -> None:
    """A step: a case was opened."""
    await webhook_messages.tell_of_case(transaction, HappeningType.CASE_OPENED, case_id, now=now)


async def case_moved(transaction: Transaction, case_id: int, *, from_state: str, to_state: str, now: datetime) -> None:
    """A step: a case went from one state to another."""
    await webhook_messages.tell_of_case(
        transaction, HappeningType.CASE_MOVED, case_id, from_state=from_state, to_state=to_state, now=now
    )
