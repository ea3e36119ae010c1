"""The conversation about a case, as its card shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from db import call_requests, correspondents, staff_messages
from db.database import Transaction
from db.staff_messages import LastAnswer
from surveys.rules.calling import CallWindow
from surveys.rules.hours import zone_named


@dataclass(frozen=True, slots=True)
class CallState:
    """What became of calling the customer; `zone` is the customer's own where it is known."""

    state: str
    window: CallWindow | None
    zone: ZoneInfo | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class CaseTalk:
    """What was said last, and the call; `customer_wrote_at` is there while staff have not answered it."""

    last_answer: LastAnswer | None = None
    customer_wrote_at: datetime | None = None
    call: CallState | None = None


NOTHING_SAID = CaseTalk()
"""Nobody has said anything, or it is not told where a case is only listed."""


async def talk_of(transaction: Transaction, case_id: int) -> CaseTalk:
    """A step: where the conversation about the case stands."""
    answer = await staff_messages.last_answer(transaction, case_id)
    wrote_at = await staff_messages.last_of_customer(transaction, case_id)
    if answer is not None and wrote_at is not None and wrote_at < answer.written_at:
        wrote_at = None
    return CaseTalk(answer, wrote_at, await _call_of(transaction, case_id))


async def _call_of(transaction: Transaction, case_id: int) -> CallState | None:
    request = await call_requests.newest_of_case(transaction, case_id)
    if request is None:
        return None
    person = await correspondents.of_case(transaction, case_id)
    start, end = request.window_start, request.window_end
    return CallState(
        request.state,
        None if start is None or end is None else CallWindow(start, end),
        None if person is None or person.timezone is None else zone_named(person.timezone),
        None if person is None else person.phone,
    )
