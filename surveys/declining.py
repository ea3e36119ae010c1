""" "Don't ask me" under a question, and its undoing."""

from __future__ import annotations

from datetime import datetime

from db import people, responses
from db.database import Database
from surveys.actors import Actor, meet
from surveys.answer_views import AnswerView, Stopped
from surveys.answering import Recognised, current_view, prove_delivery, recognise
from surveys.publishing import Catalogues


async def stop_asking(
    database: Database, catalogues: Catalogues, actor: Actor, invitation_id: int, *, now: datetime
) -> AnswerView:
    """Ask them no more, in any messenger and about anything; the question stays unanswered."""
    async with database.transaction() as transaction:
        asked = await recognise(transaction, catalogues, actor, await responses.asked(transaction, invitation_id))
        if not isinstance(asked, Recognised):
            return asked
        account = await meet(transaction, catalogues, actor, now=now)
        await prove_delivery(transaction, asked, now)
        await people.set_opted_out(transaction, account.person_id, now)
        return Stopped(asked.question.language, asked.question)


async def ask_after_all(
    database: Database, catalogues: Catalogues, actor: Actor, invitation_id: int, *, now: datetime
) -> AnswerView:
    """They may be asked again, and see the question once more while it can be answered."""
    async with database.transaction() as transaction:
        asked = await recognise(transaction, catalogues, actor, await responses.asked(transaction, invitation_id))
        if not isinstance(asked, Recognised):
            return asked
        account = await meet(transaction, catalogues, actor, now=now)
        await people.set_opted_out(transaction, account.person_id, None)
        return current_view(asked, now)
