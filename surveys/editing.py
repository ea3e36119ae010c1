"""A customer changes what they wrote: staff see it as it is now, wherever they were shown it."""

from __future__ import annotations

from datetime import datetime

from db import cases, messages, responses, schedule
from db.database import Database, Transaction
from db.messages import LockedMessage
from surveys import alerting
from surveys.actors import Actor, meet
from surveys.answer_views import AnswerView
from surveys.answering import ATTEMPTS, ContendedError
from surveys.messages import TEXT_LENGTH, IncomingMessage, take_message
from surveys.publishing import Catalogues
from surveys.rules.dialogue import COMMENT_LENGTH, MessageKind


async def edit_message(
    database: Database, catalogues: Catalogues, actor: Actor, message: IncomingMessage, *, now: datetime
) -> AnswerView | None:
    """Take over the change; one that was taken already changes nothing, and nobody is answered.

    A message that never reached us is taken as if it had just been written. A changed score is no score: the choices
    under the question change it.
    """
    if message.kind is MessageKind.OTHER:
        return None
    async with database.transaction() as transaction:
        await meet(transaction, catalogues, actor, now=now)
        known = await messages.lock_written(
            transaction, channel=actor.channel, chat_id=actor.external_id, message_id=message.message_id
        )
        if known is not None:
            await _take_over(transaction, catalogues, known, message, now=now)
    if known is not None:
        return None
    return await take_message(database, catalogues, actor, message, now=now)


async def _take_over(
    transaction: Transaction, catalogues: Catalogues, known: LockedMessage, message: IncomingMessage, *, now: datetime
) -> None:
    text = None if message.text is None else message.text[:TEXT_LENGTH]
    if (known.kind, known.text, known.file_id) == (message.kind.value, text, message.file_id):
        return
    catalogue = catalogues.in_force.catalogue
    about = [] if known.response_id is None else await cases.of_response(transaction, known.response_id)
    if known.case_id is not None and known.case_id not in about:
        about.append(known.case_id)
    await cases.lock_all(transaction, about)
    await messages.edit(transaction, known.id, kind=message.kind.value, text=text, file_id=message.file_id, now=now)
    other_file = message.file_id if message.file_id != known.file_id else None
    await alerting.show_changed(transaction, catalogue, known.id, file_id=other_file, now=now)
    if known.response_id is not None:
        await _change_comment(transaction, known.response_id, known.text, text, now=now)
    for case_id in about:
        await schedule.ask_again_for(transaction, "card", case_id, now=now)


async def _change_comment(
    transaction: Transaction, response_id: int, before: str | None, after: str | None, *, now: datetime
) -> None:
    """The comment holds the words of its messages, so it changes with them."""
    words = (before or "").strip()
    for _ in range(ATTEMPTS):
        asked = await responses.asked_of_response(transaction, response_id)
        seen = None if asked is None else asked.response
        if seen is None or not words or words not in (seen.comment or ""):
            return
        comment = (seen.comment or "").replace(words, (after or "").strip(), 1).strip()[:COMMENT_LENGTH] or None
        if await responses.move_on(transaction, seen, step=seen.step, reasons=seen.reasons, comment=comment, now=now):
            return
    raise ContendedError(f"response {response_id}")
