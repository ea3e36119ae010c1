"""Notices: short messages to managers or to a team about something that has just become so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db import cases, codes, members
from db.database import Transaction
from surveys.case_views import CaseView, worded
from surveys.due import Decision, Dropped, DueRow, DueWork, Postponed, SendTo
from surveys.offering import LOW_CODES
from surveys.publishing import Catalogues
from surveys.reopening import REOPENED
from surveys.rules.cases import UNSETTLED
from surveys.rules.languages import Texts
from surveys.rules.offers import is_low

_TEAM = "team:"
_NO_CHAT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class WarnOfLowCodes(DueWork):
    """A pool of promo codes is running out."""

    pool: str
    title: Texts
    left: int
    language: str


@dataclass(frozen=True, slots=True)
class TellReopened(DueWork):
    """The customer says that it is not solved; `reply_to` is the card."""

    view: CaseView
    reply_to: int | None


async def decide_notice(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: whether what the notice is about still holds."""
    detail = row.detail or ""
    if detail.startswith(LOW_CODES):
        return await _decide_low_codes(transaction, catalogues, row, detail.removeprefix(LOW_CODES))
    if detail.startswith(REOPENED):
        return await _decide_reopened(transaction, catalogues, row, detail.removeprefix(REOPENED))
    return Dropped("not_understood")


async def _decide_low_codes(transaction: Transaction, catalogues: Catalogues, row: DueRow, name: str) -> Decision:
    pool = catalogues.in_force.catalogue.recovery.pools.get(name)
    if pool is None:
        return Dropped("no_pool")
    left = await codes.count_free(transaction, name)
    if not is_low(pool, left):
        return Dropped("refilled")
    return SendTo(int(row.recipient.removeprefix("chat:")), WarnOfLowCodes(name, pool.title, left, catalogues.language))


async def _decide_reopened(transaction: Transaction, catalogues: Catalogues, row: DueRow, of_round: str) -> Decision:
    case = await cases.find(transaction, row.subject_id)
    if case is None:
        return Dropped("forgotten")
    if case.state not in UNSETTLED or str(case.round) != of_round:
        return Dropped("moved_on")
    chat = await members.team_chat(transaction, row.recipient.removeprefix(_TEAM))
    if chat is None:
        return Postponed(_NO_CHAT_SECONDS, "no_team_chat")
    reply_to = case.card_message_id if case.card_chat_id == chat.chat_id else None
    return SendTo(chat.chat_id, TellReopened(await worded(transaction, catalogues, case), reply_to))
