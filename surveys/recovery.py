"""Putting it right: staff claim, resolve and reopen cases; of two who press at once one wins, each move is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from db import cases, members, outbreaks, schedule
from db.cases import StoredCase
from db.database import Database, Transaction
from surveys.case_views import CaseView, chat_name, worded
from surveys.moving import Ending, move_case
from surveys.publishing import Catalogues
from surveys.rules.cases import ActorKind, CaseMove, CaseState, Mover, may_work
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
    """There is no case of this number, or it is not for whoever acts."""

    UNKNOWN = "unknown"
    NOT_YOURS = "not_yours"
    ABOUT_YOURSELF = "about_yourself"


@dataclass(frozen=True, slots=True)
class StaffActor:
    """Who acts on a case, and in which chat; in a private one, the teams' chats they are a member of."""

    telegram_id: int
    name: str
    chat_id: int
    member_of: frozenset[str] = frozenset()

    @property
    def mover(self) -> Mover:
        """The same as somebody who moves cases."""
        return Mover(ActorKind.STAFF, self.telegram_id, self.name)


ClaimResult = Claimed | TakenAlready | MoveRefused | NoSuchCase
MoveResult = Moved | MoveRefused | NoSuchCase


async def claim_case(
    database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor, *, now: datetime
) -> ClaimResult:
    """Take a case: of two who press at once one wins, the other is told who."""
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        case = await lock_for_staff(transaction, catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        moved = await move_case(transaction, catalogues, case, CaseMove.CLAIM, by=actor.mover, now=now)
        if moved is not None:
            return Claimed(await worded(transaction, catalogues, moved))
        view = await worded(transaction, catalogues, case)
        if view.state in (CaseState.CLAIMED, CaseState.WAITING):
            return TakenAlready(view, by_actor=case.claimed_by == actor.telegram_id)
        return MoveRefused(view)


async def resolve_case(
    database: Database,
    catalogues: Catalogues,
    case_id: int,
    actor: StaffActor,
    *,
    now: datetime,
    ending: Ending | None = None,
) -> MoveResult:
    """Say that the complaint was put right, and how."""
    return await _make_move(database, catalogues, case_id, CaseMove.RESOLVE, actor, ending=ending, now=now)


async def show_case(
    database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor, *, now: datetime
) -> CaseView | NoSuchCase:
    """Give a case that was told of in an outbreak's message a card of its own."""
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        case = await lock_for_staff(transaction, catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        await outbreaks.unfold(transaction, case_id)
        await schedule.ask_again_for(transaction, "card", case_id, now=now)
        return await worded(transaction, catalogues, case)


async def reopen_case(
    database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor, *, now: datetime
) -> MoveResult:
    """Take a settled case back into work."""
    return await _make_move(database, catalogues, case_id, CaseMove.REOPEN, actor, now=now)


async def _make_move(
    database: Database,
    catalogues: Catalogues,
    case_id: int,
    move: CaseMove,
    actor: StaffActor,
    *,
    now: datetime,
    ending: Ending | None = None,
) -> MoveResult:
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        case = await lock_for_staff(transaction, catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        moved = await move_case(transaction, catalogues, case, move, by=actor.mover, ending=ending, now=now)
        view = await worded(transaction, catalogues, case if moved is None else moved)
        return MoveRefused(view) if moved is None else Moved(view)


async def lock_for_staff(
    transaction: Transaction, catalogue: Catalogue, case_id: int, actor: StaffActor
) -> StoredCase | NoSuchCase:
    """A step: the case, locked, when it is for the one who acts; nobody works a case about themselves."""
    case = await cases.lock(transaction, case_id)
    if case is None:
        return NoSuchCase.UNKNOWN
    if not await is_theirs(transaction, catalogue, case, actor):
        return NoSuchCase.NOT_YOURS
    if not may_work(catalogue.recovery, case.employee, actor.telegram_id):
        return NoSuchCase.ABOUT_YOURSELF
    return case


async def is_theirs(transaction: Transaction, catalogue: Catalogue, case: StoredCase, actor: StaffActor) -> bool:
    """A step: whether the case is for the one who acts."""
    return await works_in(transaction, chat_name(catalogue, case.team, case.touchpoint), actor)


async def works_in(transaction: Transaction, name: str, actor: StaffActor) -> bool:
    """A step: whether the one who acts does so in the chat of this name, or in private as one who may work there:
    its members, managers and owners.
    """
    chat = await members.team_chat(transaction, name)
    if chat is not None and chat.chat_id == actor.chat_id:
        return True
    if actor.chat_id != actor.telegram_id:
        return False
    return name in actor.member_of or await members.role_of(transaction, actor.telegram_id) is not None
