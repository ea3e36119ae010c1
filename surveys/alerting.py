"""What customers say reaches staff: a complaint becomes a case, and its card and messages are queued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from db import cases, relayed_messages, schedule
from db.cases import NewCase
from db.database import Transaction
from db.schedule import ScheduleEntry
from surveys import waiting, webhooks
from surveys.case_views import chat_name
from surveys.outbreaks import join_outbreak
from surveys.rules.cases import (
    ActorKind,
    CaseCause,
    Mover,
    Severity,
    card_moment,
    opens_case,
    promised_reaction,
    severity_of,
)
from surveys.rules.journey import Catalogue, Metric
from surveys.rules.teams import responsible_team, team_named


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
    """A step: open a case about a response and queue its card; None when one is open already.

    A case about the same event that is not settled yet takes the response in instead.
    """
    context = await cases.response_context(transaction, response_id)
    if context is None:
        return None
    if context.event_id is not None:
        known = await cases.unsettled_of_event(transaction, context.event_id)
        if known is not None:
            if await cases.join_response(transaction, known, response_id):
                await _look_again(transaction, catalogue, known, now=now)
            return None
    return await open_complaint(
        transaction,
        catalogue,
        Complaint(
            cause=cause,
            touchpoint=context.touchpoint,
            response_id=response_id,
            event_id=context.event_id,
            account_id=context.account_id,
            customer_id=context.customer_id,
            location=context.location,
            employee=context.employee,
            metric=Metric(context.metric),
            score=context.score,
            reasons=context.reasons,
        ),
        by=Mover(ActorKind.CUSTOMER),
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong, as far as it is known when its case opens."""

    cause: CaseCause
    touchpoint: str | None = None
    response_id: int | None = None
    event_id: int | None = None
    account_id: int | None = None
    customer_id: int | None = None
    location: str | None = None
    employee: str | None = None
    metric: Metric | None = None
    score: int | None = None
    reasons: tuple[str, ...] = ()
    comment: str | None = None
    order_id: str | None = None
    external_id: str | None = None


async def open_complaint(
    transaction: Transaction, catalogue: Catalogue, complaint: Complaint, *, by: Mover, now: datetime
) -> int | None:
    """A step: open a case and queue its card; None when its response or event has an unsettled one already.

    Outside the team's hours the card waits until they work again, unless the complaint is urgent.
    """
    responsible = responsible_team(catalogue, complaint.touchpoint)
    severity = severity_of(
        catalogue.recovery.urgent,
        metric=complaint.metric,
        score=complaint.score,
        reasons=complaint.reasons,
        cause=complaint.cause,
    )
    promised = promised_reaction(catalogue, responsible.team, now, severity)
    card_at = card_moment(catalogue, responsible.team, severity, now)
    case_id = await cases.insert(
        transaction,
        NewCase(
            response_id=complaint.response_id,
            event_id=complaint.event_id,
            account_id=complaint.account_id,
            customer_id=complaint.customer_id,
            touchpoint=complaint.touchpoint,
            team=responsible.name,
            cause=complaint.cause.value,
            severity=severity.value,
            location=complaint.location,
            employee=complaint.employee,
            opened_by=by.kind.value,
            opened_by_id=by.id,
            opened_by_name=by.name,
            opened_at=now,
            card_at=card_at,
            first_response_due=promised.first_response_due,
            resolve_due=promised.resolve_due,
            external_id=complaint.external_id,
            order_id=complaint.order_id,
            comment=complaint.comment,
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
                    due_at=card_at,
                )
            ],
            now=now,
        )
        await join_outbreak(
            transaction,
            catalogue,
            case_id,
            chat=responsible.team.chat,
            touchpoint=complaint.touchpoint,
            location=complaint.location,
            card_at=card_at,
            now=now,
        )
        await webhooks.case_opened(transaction, case_id, now=now)
        await waiting.case_opened(transaction, catalogue, case_id, now=now)
    return case_id


async def card_changed(transaction: Transaction, catalogue: Catalogue, response_id: int, *, now: datetime) -> None:
    """A step of answering: the customer added to the complaint, so its card is drawn anew."""
    for case_id in await cases.of_response(transaction, response_id):
        await _look_again(transaction, catalogue, case_id, now=now)


async def _look_again(transaction: Transaction, catalogue: Catalogue, case_id: int, *, now: datetime) -> None:
    """What is known now may make it urgent; in any case the card shows it."""
    case = await cases.find(transaction, case_id)
    if case is not None and case.severity == Severity.NORMAL:
        severity = severity_of(
            catalogue.recovery.urgent,
            metric=None if case.metric is None else Metric(case.metric),
            score=case.score,
            reasons=case.reasons,
            cause=CaseCause(case.cause),
        )
        if severity is Severity.URGENT:
            await cases.raise_severity(
                transaction,
                case_id,
                severity.value,
                card_at=now,
                first_response_due=now + catalogue.recovery.first_response,
            )
            await waiting.turned_urgent(transaction, catalogue, case_id, now=now)
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


async def show_under_card(
    transaction: Transaction,
    catalogue: Catalogue,
    message_id: int,
    *,
    case_id: int,
    team: str,
    touchpoint: str | None,
    now: datetime,
    anew: bool = False,
) -> None:
    """A step: a message of the customer goes under the case's card; `anew` though it was shown elsewhere before."""
    key = f"relay:{message_id}:case:{case_id}" if anew else f"relay:{message_id}"
    await _add_relay(transaction, message_id, chat_name(catalogue, team, touchpoint), key, now)


async def show_changed(
    transaction: Transaction, catalogue: Catalogue, message_id: int, *, file_id: str | None, now: datetime
) -> None:
    """A step: what staff were shown of the message is redrawn; another file (`file_id`) is shown as a new message."""
    if file_id is None:
        await schedule.ask_again_for(transaction, "relay", message_id, now=now)
        return
    known = await relayed_messages.message(transaction, message_id)
    team = None if known is None else known.team
    chat = team_named(catalogue, team).team.chat
    await _add_relay(transaction, message_id, chat, f"relay:{message_id}:{crc32(file_id.encode())}", now)


async def _queue_relay(
    transaction: Transaction, catalogue: Catalogue, message_id: int, touchpoint: str | None, now: datetime
) -> None:
    chat = responsible_team(catalogue, touchpoint).team.chat
    await _add_relay(transaction, message_id, chat, f"relay:{message_id}", now)


async def _add_relay(transaction: Transaction, message_id: int, chat: str, key: str, now: datetime) -> None:
    await schedule.add(
        transaction,
        [
            ScheduleEntry(
                kind="relay",
                subject_id=message_id,
                recipient=f"team:{chat}",
                channel="telegram",
                dedupe_key=key,
                due_at=now,
            )
        ],
        now=now,
    )
