"""Looking cases up: one with its history, and what somebody has in hand with their own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from db import case_posts, cases, staff_numbers
from db.case_posts import CasePost
from db.database import Database
from db.staff_numbers import CaseMoveRow, StaffNumbers
from surveys.case_views import CaseView, worded
from surveys.publishing import Catalogues
from surveys.recovery import StaffActor, is_theirs
from surveys.rules.cases import CaseState, may_work

__all__ = [
    "NUMBERS_OF",
    "CaseMoveRow",
    "OpenedCase",
    "OwnCases",
    "StaffNumbers",
    "open_case",
    "own_cases",
    "was_opened",
]

NUMBERS_OF = timedelta(days=30)
"""How far back somebody's own numbers go."""


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case with everything that was done to it, oldest first, and how much the customer wrote."""

    view: CaseView
    moves: tuple[CaseMoveRow, ...]
    messages: int


@dataclass(frozen=True, slots=True)
class OwnCases:
    """What somebody has in hand, oldest first, and what they did since `NUMBERS_OF` ago."""

    views: tuple[CaseView, ...]
    numbers: StaffNumbers
    language: str


async def open_case(database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor) -> OpenedCase | None:
    """The case with its history; None when there is none of this number, or it is not for the one who asks."""
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        case = await cases.find(transaction, case_id)
        if case is None or not await is_theirs(transaction, catalogue, case, actor):
            return None
        if not may_work(catalogue.recovery, case.employee, actor.telegram_id):
            return None
        return OpenedCase(
            await worded(transaction, catalogues, case),
            tuple(await staff_numbers.moves_of(transaction, case_id)),
            await staff_numbers.count_messages(transaction, case_id),
        )


async def was_opened(database: Database, case_id: int, *, chat_id: int, message_id: int, now: datetime) -> None:
    """The case was shown in this message: a reply to it is about the case."""
    async with database.transaction() as transaction:
        if await cases.find(transaction, case_id) is not None:
            await case_posts.keep(transaction, CasePost(chat_id, message_id, case_id, None, "view"), now=now)


async def own_cases(database: Database, catalogues: Catalogues, telegram_id: int, *, now: datetime) -> OwnCases:
    """What somebody of staff has in hand, and their numbers of the last 30 days."""
    states = [CaseState.CLAIMED.value, CaseState.WAITING.value]
    async with database.transaction() as transaction:
        found = await cases.held_by(transaction, telegram_id, states)
        return OwnCases(
            tuple([await worded(transaction, catalogues, case) for case in found]),
            await staff_numbers.numbers_of(transaction, telegram_id, now - NUMBERS_OF),
            catalogues.language,
        )
