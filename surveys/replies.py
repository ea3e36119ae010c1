"""Answers of staff on their way to the customer: in the order written, and staff hear of those that never arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db import schedule, staff_messages
from db.database import Transaction
from db.schedule import ScheduleEntry
from surveys.cards import StaffNote, StaffSettler
from surveys.due import Decision, Dropped, Due, DueRow, DueWork, Postponed, SendTo
from surveys.offering import WITHDRAWN, end_offer, still_agreed
from surveys.publishing import Catalogues
from surveys.rules.dialogue import speak
from surveys.rules.sending import Refused
from surveys.rules.talking import shown_author

_NEXT_SECONDS = 1.0
"""How long an answer waits before it looks again whether the one before it is settled; that one releases it at once."""

UNDELIVERED = "undelivered"
"""The detail of notices about an answer that never arrived."""


@dataclass(frozen=True, slots=True)
class StaffReply(DueWork):
    """What staff say to the customer; `edit_message_id` is the message that has an earlier form of it."""

    author: str
    kind: str
    text: str | None
    file_id: str | None
    language: str
    edit_message_id: int | None


@dataclass(frozen=True, slots=True)
class NoteUndelivered(StaffNote):
    """Tell staff, in reply to what they wrote, that it will never arrive; `is_edit` when only a correction did not."""

    why: str
    is_edit: bool


async def decide_reply(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: what staff wrote, as it is now, once everything written before it is settled."""
    message = await staff_messages.find(transaction, row.subject_id)
    if message is None or message.account_external_id is None:
        return Dropped("forgotten")
    if await staff_messages.waits_behind(transaction, row.id, row.recipient):
        return Postponed(_NEXT_SECONDS, "in_order")
    code = await staff_messages.code_of(transaction, row.subject_id)
    if code is not None and not await still_agreed(transaction, catalogues, code.case_id):
        await end_offer(transaction, row.subject_id, code, WITHDRAWN, row_id=row.id, now=now)
        return Dropped(WITHDRAWN)
    catalogue = catalogues.in_force.catalogue
    language = speak(
        catalogue.business.languages, message.person_language, message.customer_language, message.account_language
    )
    return SendTo(
        message.account_external_id,
        StaffReply(
            author=shown_author(catalogue, message.team, message.author_name, language),
            kind=message.kind,
            text=message.text,
            file_id=message.file_id,
            language=language,
            edit_message_id=message.delivered_message_id,
        ),
    )


class ReplySettler:
    """What came of an answer: the card shows it, and what waited behind it goes."""

    async def accepted(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, message_id: int, *, now: datetime
    ) -> None:
        """Remember under which id the customer has it."""
        case_id = await staff_messages.delivered(transaction, due.subject_id, message_id)
        await self._settled(transaction, due, case_id, now=now)

    async def refused(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, refused: Refused, *, now: datetime
    ) -> Postponed | Dropped | None:
        """It will never arrive: the card says so, and whoever wrote it is told in reply."""
        case_id = await staff_messages.undelivered(transaction, due.subject_id, refused.cause.value)
        message = await staff_messages.find(transaction, due.subject_id)
        code = await staff_messages.code_of(transaction, due.subject_id)
        if code is not None:
            await end_offer(transaction, due.subject_id, code, refused.cause.value, row_id=due.schedule_id, now=now)
        if message is not None and message.chat_id is not None:
            await schedule.add(
                transaction,
                [
                    ScheduleEntry(
                        kind="notice",
                        subject_id=due.subject_id,
                        recipient=f"chat:{message.chat_id}",
                        channel="telegram",
                        dedupe_key=f"notice:{UNDELIVERED}:{due.subject_id}",
                        due_at=now,
                        detail=f"{UNDELIVERED}:{refused.cause.value}",
                    )
                ],
                now=now,
            )
        await self._settled(transaction, due, case_id, now=now)
        return None

    async def unknown(self, transaction: Transaction, catalogues: Catalogues, due: Due, *, now: datetime) -> None:
        """It is sent again, marked so; what waits behind it goes on waiting."""

    async def _settled(self, transaction: Transaction, due: Due, case_id: int | None, *, now: datetime) -> None:
        await staff_messages.release(transaction, due.recipient)
        if case_id is not None:
            await schedule.ask_again_for(transaction, "card", case_id, now=now)


async def decide_undelivered(
    transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime
) -> Decision:
    """A step of the loop: staff are told under their own message why it did not arrive."""
    message = await staff_messages.find(transaction, row.subject_id)
    if message is None or message.chat_id is None:
        return Dropped("forgotten")
    why = (row.detail or "").partition(":")[2]
    return SendTo(
        message.chat_id,
        NoteUndelivered(
            case_id=message.case_id,
            reply_to=message.message_id,
            language=catalogues.language,
            why=why,
            is_edit=message.delivered_message_id is not None,
        ),
    )


class NoticeSettler(StaffSettler):
    """A notice is said once: where it is refused there is nobody to tell, and the card shows the same."""

    async def refused(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, refused: Refused, *, now: datetime
    ) -> Postponed | Dropped:
        """Nothing follows."""
        return Dropped(refused.cause.value)
