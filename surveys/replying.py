"""What staff told a customer goes out: one message, sent once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db import schedule, staff_messages
from db.database import Transaction
from surveys.due import Decision, Dropped, Due, DueRow, DueWork, Postponed, SendTo
from surveys.offering import WITHDRAWN, still_agreed, take_code_back
from surveys.publishing import Catalogues
from surveys.rules.identity import is_reachable
from surveys.rules.sending import Refused

_CODE = "code"


@dataclass(frozen=True, slots=True)
class SendReply(DueWork):
    """A message of staff as the customer reads it."""

    text: str


async def decide_reply(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: what is sent, unless it cannot be (any more); an offer needs the consent to this moment."""
    message = await staff_messages.to_send(transaction, row.subject_id)
    if message is None or message.text is None:
        return Dropped("forgotten")
    if not is_reachable(message.channel, message.account_state):
        return await _give_up(transaction, row.subject_id, message.account_state, now=now)
    if message.origin == _CODE and not await still_agreed(transaction, message.case_id):
        return await _give_up(transaction, row.subject_id, WITHDRAWN, now=now)
    return SendTo(message.external_id, SendReply(message.text))


class ReplySettler:
    """What came of a message of staff; a code whose message was refused for good can be given again."""

    async def accepted(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, message_id: int, *, now: datetime
    ) -> None:
        """It arrived."""
        await staff_messages.delivered(transaction, due.subject_id, message_id)

    async def refused(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, refused: Refused, *, now: datetime
    ) -> Postponed | Dropped | None:
        """It never will."""
        await _give_up(transaction, due.subject_id, refused.cause.value, now=now)
        return None

    async def unknown(self, transaction: Transaction, catalogues: Catalogues, due: Due, *, now: datetime) -> None:
        """It may have arrived, so it is not sent again and a code in it stays given."""


async def _give_up(transaction: Transaction, message_id: int, why: str, *, now: datetime) -> Dropped:
    message = await staff_messages.to_send(transaction, message_id)
    if message is not None:
        await staff_messages.refused(transaction, message_id, why)
        if message.code_id is not None:
            await take_code_back(transaction, message.code_id, message.case_id, now=now)
        else:
            await schedule.ask_again_for(transaction, "card", message.case_id, now=now)
    return Dropped(why)
