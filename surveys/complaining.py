"""Complaints that begin with the customer: no score, straight to a person."""

from __future__ import annotations

from datetime import datetime

from db import cases, messages, people, responses
from db.database import Database
from surveys import alerting
from surveys.actors import Actor, language_of, meet
from surveys.alerting import Complaint
from surveys.answer_views import AnswerView, Telling
from surveys.answering import Recognised, current_view, prove_delivery, recognise
from surveys.messages import IncomingMessage
from surveys.publishing import Catalogues
from surveys.rules.cases import ActorKind, CaseCause, Mover
from surveys.team_hours import works_again


async def tell_us(
    database: Database, catalogues: Catalogues, actor: Actor, invitation_id: int, *, now: datetime
) -> AnswerView:
    """Open a case about what an expired question was about; what they write next belongs to it.

    Whoever answered in time has their answer shown instead.
    """
    async with database.transaction() as transaction:
        asked = await recognise(transaction, catalogues, actor, await responses.asked(transaction, invitation_id))
        if not isinstance(asked, Recognised):
            return asked
        if asked.given is not None:
            return current_view(asked, now)
        account = await meet(transaction, catalogues, actor, now=now)
        await prove_delivery(transaction, asked, now)
        row = asked.row
        if await messages.unsettled_case(transaction, account.id, event_id=row.event_id) is None:
            place = await cases.event_context(transaction, row.event_id)
            await alerting.open_complaint(
                transaction,
                catalogues.in_force.catalogue,
                Complaint(
                    cause=CaseCause.MESSAGE,
                    touchpoint=row.touchpoint,
                    event_id=row.event_id,
                    account_id=account.id,
                    customer_id=row.customer_id,
                    location=None if place is None else place.location,
                    employee=None if place is None else place.employee,
                ),
                by=Mover(ActorKind.CUSTOMER),
                now=now,
            )
        away = works_again(catalogues.in_force.catalogue, row.touchpoint, row.timezone, now=now)
        return Telling(asked.question.language, asked.question, away)


async def complain(
    database: Database, catalogues: Catalogues, actor: Actor, message: IncomingMessage | None = None, *, now: datetime
) -> Telling:
    """Open a case about no order in particular, with the message under it; one that is open already takes it in."""
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        catalogue = catalogues.in_force.catalogue
        known = await messages.unsettled_case(transaction, account.id)
        case_id = known.id if known is not None else None
        touchpoint = known.touchpoint if known is not None else None
        if case_id is None:
            customer_id = await people.sole_customer(transaction, account.person_id)
            case_id = await alerting.open_complaint(
                transaction,
                catalogue,
                Complaint(cause=CaseCause.COMPLAINT, account_id=account.id, customer_id=customer_id),
                by=Mover(ActorKind.CUSTOMER),
                now=now,
            )
        kept_id = (
            None
            if message is None
            else await messages.keep(
                transaction,
                channel=actor.channel,
                chat_id=actor.external_id,
                message_id=message.message_id,
                account_id=account.id,
                kind=message.kind.value,
                text=message.text,
                file_id=message.file_id,
                now=now,
            )
        )
        if kept_id is not None and case_id is not None:
            await cases.attach_message(transaction, kept_id, case_id)
            await alerting.show_message(transaction, catalogue, kept_id, touchpoint=touchpoint, now=now)
        timezone = await people.timezone_of(transaction, account.person_id)
        away = works_again(catalogue, touchpoint, timezone, now=now)
        return Telling(language_of(catalogues, account, actor), works_again=away)
