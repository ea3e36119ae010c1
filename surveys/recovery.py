"""Putting it right: a complaint becomes a case, its card reaches people, and each move is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from db import cases, members, schedule
from db.cases import NewCase, StoredCase
from db.database import Database, Transaction
from db.schedule import ScheduleEntry
from surveys.case_views import CaseView, chat_name, worded
from surveys.publishing import Catalogues
from surveys.rules.cases import (
    CaseCause,
    CaseMove,
    CaseState,
    opens_case,
    promised_reaction,
    responsible_team,
    state_after,
)
from surveys.rules.journey import Catalogue, Metric


@dataclass(frozen=True, slots=True)
class Claimed:
    """The case is now the actor's."""

    view: CaseView


@dataclass(frozen=True, slots=True)
class TakenAlready:
    """Somebody has it; `by_actor` when it is the actor themselves."""

    view: CaseView
    by_actor: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """The case was resolved, reopened or dismissed as asked."""

    view: CaseView


@dataclass(frozen=True, slots=True)
class MoveRefused:
    """The case is in a state from which this move is not legal."""

    view: CaseView


class NoSuchCase(StrEnum):
    """There is no case of this number, or it is not for this chat."""

    UNKNOWN = "unknown"
    NOT_YOURS = "not_yours"


@dataclass(frozen=True, slots=True)
class StaffActor:
    """Who pressed a button of a card, and in which chat."""

    telegram_id: int
    name: str
    chat_id: int


ClaimResult = Claimed | TakenAlready | MoveRefused | NoSuchCase
MoveResult = Moved | MoveRefused | NoSuchCase


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


async def open_case_of_message(
    transaction: Transaction,
    catalogue: Catalogue,
    *,
    message_id: int,
    account_id: int | None,
    customer_id: int | None,
    touchpoint: str | None,
    event_id: int | None,
    now: datetime,
) -> int | None:
    """A step: open a case about what a customer wrote outside a survey, with the message under it."""
    case_id = await _open(
        transaction,
        catalogue,
        touchpoint=touchpoint,
        response_id=None,
        event_id=event_id,
        account_id=account_id,
        customer_id=customer_id,
        cause=CaseCause.MESSAGE,
        now=now,
    )
    if case_id is not None:
        await cases.attach_message(transaction, message_id, case_id)
        await _queue_relay(transaction, catalogue, message_id, touchpoint, now)
    return case_id


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


async def claim_case(
    database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor, *, now: datetime
) -> ClaimResult:
    """Take a case: of two who press at once one wins, the other is told who."""
    async with database.transaction() as transaction:
        case = await _lock_for(transaction, catalogues.in_force.catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        after = state_after(CaseState(case.state), CaseMove.CLAIM)
        if after is None:
            view = await worded(transaction, catalogues, case)
            if CaseState(case.state) in (CaseState.CLAIMED, CaseState.WAITING):
                return TakenAlready(view, by_actor=case.claimed_by == actor.telegram_id)
            return MoveRefused(view)
        return Claimed(await _move(transaction, catalogues, case, after, actor=actor, now=now))


async def resolve_case(
    database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor, *, now: datetime
) -> MoveResult:
    """Say that the complaint was put right."""
    return await _make_move(database, catalogues, case_id, CaseMove.RESOLVE, actor=actor, now=now)


async def reopen_case(
    database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor, *, now: datetime
) -> MoveResult:
    """Take a resolved case back into work."""
    return await _make_move(database, catalogues, case_id, CaseMove.REOPEN, actor=actor, now=now)


async def _make_move(
    database: Database, catalogues: Catalogues, case_id: int, move: CaseMove, *, actor: StaffActor, now: datetime
) -> MoveResult:
    async with database.transaction() as transaction:
        case = await _lock_for(transaction, catalogues.in_force.catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        after = state_after(CaseState(case.state), move)
        if after is None:
            return MoveRefused(await worded(transaction, catalogues, case))
        return Moved(await _move(transaction, catalogues, case, after, actor=actor, now=now))


async def _move(
    transaction: Transaction,
    catalogues: Catalogues,
    case: StoredCase,
    after: CaseState,
    *,
    actor: StaffActor,
    now: datetime,
) -> CaseView:
    await cases.move(
        transaction,
        case.id,
        from_state=case.state,
        to_state=after.value,
        actor_id=actor.telegram_id,
        actor_name=actor.name,
        now=now,
    )
    await schedule.ask_again_for(transaction, "card", case.id, now=now)
    moved = await cases.find(transaction, case.id)
    assert moved is not None
    return await worded(transaction, catalogues, moved)


async def _lock_for(
    transaction: Transaction, catalogue: Catalogue, case_id: int, actor: StaffActor
) -> StoredCase | NoSuchCase:
    case = await cases.lock(transaction, case_id)
    if case is None:
        return NoSuchCase.UNKNOWN
    chat = await members.team_chat(transaction, chat_name(catalogue, case))
    if chat is not None and chat.chat_id == actor.chat_id:
        return case
    if actor.chat_id == actor.telegram_id and await members.role_of(transaction, actor.telegram_id) == "owner":
        return case
    return NoSuchCase.NOT_YOURS
