"""Complaints that begin with the customer: no score, straight to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from db import cases, messages, people, responses, schedule
from db.database import Database, Transaction
from db.people import StoredAccount
from surveys import alerting, corresponding
from surveys.actors import Actor, language_of, meet
from surveys.alerting import Complaint
from surveys.answer_views import AnswerView, Closed, Telling
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
        known = await messages.unsettled_case(transaction, account.id, event_id=row.event_id)
        case_id = None if known is None else known.id
        if case_id is None:
            place = await cases.event_context(transaction, row.event_id)
            case_id = await alerting.open_complaint(
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
        return Telling(asked.question.language, asked.question, away, case_id)


async def complain(
    database: Database, catalogues: Catalogues, actor: Actor, message: IncomingMessage | None = None, *, now: datetime
) -> Telling:
    """Open a case about no order in particular, with the message under it; one that is open already takes it in."""
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        case_id = await _complaint_of(transaction, catalogues, account, now=now)
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
            await corresponding.customer_wrote(transaction, catalogues, case_id, kept_id, now=now)
        telling = await _telling(transaction, catalogues, actor, account, case_id, now=now)
        return replace(telling, is_told=message is not None)


async def complain_about(
    database: Database, catalogues: Catalogues, actor: Actor, message_id: int, *, now: datetime
) -> Telling | Closed:
    """A message that fitted nothing is a complaint: a case opens with it; once it belongs to one nothing changes."""
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        message = await messages.lock(transaction, message_id)
        if message is None or message.account_id != account.id:
            return Closed(language_of(catalogues, account, actor))
        case_id = message.case_id
        if case_id is None:
            case_id = await _complaint_of(transaction, catalogues, account, now=now)
            if case_id is not None:
                await corresponding.customer_wrote(transaction, catalogues, case_id, message_id, anew=True, now=now)
                await schedule.ask_again_for(transaction, "relay", message_id, now=now)
        telling = await _telling(transaction, catalogues, actor, account, case_id, now=now)
        return replace(telling, is_told=True)


async def _telling(
    transaction: Transaction,
    catalogues: Catalogues,
    actor: Actor,
    account: StoredAccount,
    case_id: int | None,
    *,
    now: datetime,
) -> Telling:
    """A person looks into it, and when the team works again."""
    case = None if case_id is None else await cases.find(transaction, case_id)
    timezone = await people.timezone_of(transaction, account.person_id)
    touchpoint = None if case is None else case.touchpoint
    away = works_again(catalogues.in_force.catalogue, touchpoint, timezone, now=now)
    return Telling(language_of(catalogues, account, actor), works_again=away, case_id=case_id)


async def _complaint_of(
    transaction: Transaction, catalogues: Catalogues, account: StoredAccount, *, now: datetime
) -> int | None:
    """The person's complaint that staff work on, opened when there is none."""
    known = await messages.unsettled_case(transaction, account.id)
    if known is not None:
        return known.id
    return await alerting.open_complaint(
        transaction,
        catalogues.in_force.catalogue,
        Complaint(
            cause=CaseCause.COMPLAINT,
            account_id=account.id,
            customer_id=await people.sole_customer(transaction, account.person_id),
        ),
        by=Mover(ActorKind.CUSTOMER),
        now=now,
    )
