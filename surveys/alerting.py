"""What customers say reaches staff: a complaint becomes a case, and its card and messages are queued."""

from __future__ import annotations

from datetime import datetime

from db import cases, schedule
from db.cases import NewCase
from db.database import Transaction
from db.schedule import ScheduleEntry
from surveys import webhooks
from surveys.rules.cases import CaseCause, opens_case, promised_reaction, responsible_team
from surveys.rules.journey import Catalogue, Metric


async def open_for_response(
    transaction: Transaction,
    catalogue: Catalogue,
    *,
    response_id: int,
    metric: Metric,
    score: int,
    now: datetime,
) -> int | None:
    """A step of answering: open a case when the score asks for one; its id, None when there is nothing to open."""
    if not opens_case(metric, score, catalogue.recovery.open_at):
        return None
    return await open_case(transaction, catalogue, response_id=response_id, cause=CaseCause.SCORE, now=now)


async def open_case(
    transaction: Transaction, catalogue: Catalogue, *, response_id: int, cause: CaseCause, now: datetime
) -> int | None:
    """A step: open a case about a response and queue its card; None when one is open already."""
    context = await cases.response_context(transaction, response_id)
    if context is None:
        return None
    return await _open(
        transaction,
        catalogue,
        touchpoint=context.touchpoint,
        response_id=response_id,
        event_id=context.event_id,
        account_id=context.account_id,
        customer_id=context.customer_id,
        cause=cause,
        now=now,
    )


async def open_case_of_account(
    transaction: Transaction,
    catalogue: Catalogue,
    *,
    account_id: int,
    customer_id: int | None,
    touchpoint: str | None,
    event_id: int | None,
    cause: CaseCause,
    now: datetime,
) -> int | None:
    """A step: open a case for somebody who says something is wrong before a score or a message is there."""
    return await _open(
        transaction,
        catalogue,
        touchpoint=touchpoint,
        response_id=None,
        event_id=event_id,
        account_id=account_id,
        customer_id=customer_id,
        cause=cause,
        now=now,
    )


async def _open(
    transaction: Transaction,
    catalogue: Catalogue,
    *,
    touchpoint: str | None,
    response_id: int | None,
    event_id: int | None,
    account_id: int | None,
    customer_id: int | None,
    cause: CaseCause,
    now: datetime,
) -> int | None:
    responsible = responsible_team(catalogue, touchpoint)
    promised = promised_reaction(catalogue, responsible.team, now)
    case_id = await cases.insert(
        transaction,
        NewCase(
            response_id=response_id,
            event_id=event_id,
            account_id=account_id,
            customer_id=customer_id,
            touchpoint=touchpoint,
            team=responsible.name,
            cause=cause.value,
            opened_at=now,
            first_response_due=promised.first_response_due,
            resolve_due=promised.resolve_due,
        ),
    )
    if case_id is not None:
        await schedule.add(
            transaction,
            [
                ScheduleEntry(
                    kind="card",
                    subject_id=case_id,
                    recipient=f"team:{responsible.team.chat}",
                    channel="telegram",
                    dedupe_key=f"card:{case_id}",
                    due_at=now,
                )
            ],
            now=now,
        )
        await webhooks.case_opened(transaction, case_id, now=now)
    return case_id


async def card_changed(transaction: Transaction, response_id: int, *, now: datetime) -> None:
    """A step of answering: the customer added to the complaint, so its card is drawn anew."""
    for case_id in await cases.of_response(transaction, response_id):
        await schedule.ask_again_for(transaction, "card", case_id, now=now)


async def relay(
    transaction: Transaction, catalogue: Catalogue, message_id: int, response_id: int, *, now: datetime
) -> None:
    """A step of answering: a voice, photo or document goes under the complaint's card, if there is a complaint."""
    if not await cases.of_response(transaction, response_id):
        return
    context = await cases.response_context(transaction, response_id)
    await _queue_relay(transaction, catalogue, message_id, None if context is None else context.touchpoint, now)


async def show_message(
    transaction: Transaction, catalogue: Catalogue, message_id: int, *, now: datetime, touchpoint: str | None = None
) -> None:
    """A step of answering: a message that fits nothing is shown to staff, one about a complaint to its team."""
    await _queue_relay(transaction, catalogue, message_id, touchpoint, now)


async def _queue_relay(
    transaction: Transaction, catalogue: Catalogue, message_id: int, touchpoint: str | None, now: datetime
) -> None:
    chat = responsible_team(catalogue, touchpoint).team.chat
    await schedule.add(
        transaction,
        [
            ScheduleEntry(
                kind="relay",
                subject_id=message_id,
                recipient=f"team:{chat}",
                channel="telegram",
                dedupe_key=f"relay:{message_id}",
                due_at=now,
            )
        ],
        now=now,
    )
