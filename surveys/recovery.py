"""Putting it right: staff claim, resolve and reopen cases; of two who press at once one wins, each move is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from db import cases, members, schedule
from db.cases import StoredCase
from db.database import Database, Transaction
from surveys import webhooks
from surveys.case_views import CaseView, chat_name, worded
from surveys.publishing import Catalogues
from surveys.rules.cases import CaseMove, CaseState, state_after
from surveys.rules.journey import Catalogue


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
    await webhooks.case_moved(transaction, case.id, from_state=case.state, to_state=after.value, now=now)
    moved = await cases.find(transaction, case.id)
    assert moved is not None
    return await worded(transaction, catalogues, moved)


async def _lock_for(
    transaction: Transaction, catalogue: Catalogue, case_id: int, actor: StaffActor
) -> StoredCase | NoSuchCase:
    case = await cases.lock(transaction, case_id)
    if case is None:
        return NoSuchCase.UNKNOWN
    chat = await members.team_chat(transaction, chat_name(catalogue, case.team, case.touchpoint))
    if chat is not None and chat.chat_id == actor.chat_id:
        return case
    if actor.chat_id == actor.telegram_id and await members.role_of(transaction, actor.telegram_id) == "owner":
        return case
    return NoSuchCase.NOT_YOURS
