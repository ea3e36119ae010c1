"""Notices: short messages to managers about something that has just become so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db import codes
from db.database import Transaction
from surveys.due import Decision, Dropped, DueRow, DueWork, SendTo
from surveys.offering import LOW_CODES
from surveys.publishing import Catalogues
from surveys.rules.languages import Texts
from surveys.rules.offers import is_low


@dataclass(frozen=True, slots=True)
class WarnOfLowCodes(DueWork):
    """A pool of promo codes is running out."""

    pool: str
    title: Texts
    left: int
    language: str


async def decide_notice(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: whether what the notice is about still holds."""
    detail = row.detail or ""
    if detail.startswith(LOW_CODES):
        return await _decide_low_codes(transaction, catalogues, row, detail.removeprefix(LOW_CODES))
    return Dropped("not_understood")


async def _decide_low_codes(transaction: Transaction, catalogues: Catalogues, row: DueRow, name: str) -> Decision:
    pool = catalogues.in_force.catalogue.recovery.pools.get(name)
    if pool is None:
        return Dropped("no_pool")
    left = await codes.count_free(transaction, name)
    if not is_low(pool, left):
        return Dropped("refilled")
    return SendTo(int(row.recipient.removeprefix("chat:")), WarnOfLowCodes(name, pool.title, left, catalogues.language))
