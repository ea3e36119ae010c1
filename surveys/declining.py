""" "Don't ask me" under a question, and its undoing."""

from __future__ import annotations

from datetime import datetime

from db import opt_outs, people, responses
from db.database import Database
from surveys.actors import Actor, meet
from surveys.answer_views import AnswerView, Stopped
from surveys.answering import Recognised, current_view, prove_delivery, recognise
from surveys.opting_out import touchpoints_of
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
        had = await touchpoints_of(transaction, catalogues, account.person_id, first=asked.question.touchpoint)
        return Stopped(asked.question.language, asked.question, had)


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
        await opt_outs.clear(transaction, account.person_id)
        return current_view(asked, now)
