"""Handing a case over: to a colleague, back to the team, or to another team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

from db import case_people
from db.case_people import KnownColleague
from db.cases import StoredCase
from db.database import Database, Transaction
from surveys.case_views import CaseView, worded
from surveys.moving import Colleague, move_case
from surveys.publishing import Catalogues
from surveys.recovery import MoveRefused, NoSuchCase, StaffActor, lock_for_staff
from surveys.rules.cases import CaseMove, CaseState, may_work, state_after
from surveys.rules.languages import Texts

COLLEAGUES_OF: Final = timedelta(days=30)
MOST_COLLEAGUES: Final = 8


@dataclass(frozen=True, slots=True)
class OtherTeam:
    """A team a case may be passed on to; `number` stands for its name, also after the catalogue changed."""

    number: int
    name: str
    title: Texts


@dataclass(frozen=True, slots=True)
class HandOverChoices:
    """Who may have the case instead: colleagues who worked cases of the team lately, the team, other teams."""

    view: CaseView
    colleagues: tuple[KnownColleague, ...]
    may_release: bool
    teams: tuple[OtherTeam, ...]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The case is a colleague's now; without a name, the team's again, or the other `team`'s."""

    view: CaseView
    name: str | None = None
    team: Texts | None = None


HandOverResult = HandedOver | MoveRefused | NoSuchCase


def team_number(name: str) -> int:
    """A number that always stands for the team of this name."""
    return crc32(name.encode())


async def hand_over_choices(
    database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor, *, now: datetime
) -> HandOverChoices | MoveRefused | NoSuchCase:
    """Who may have the case instead of the one who has it."""
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        case = await lock_for_staff(transaction, catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        view = await worded(transaction, catalogues, case)
        if state_after(view.state, CaseMove.REFER) is None:
            return MoveRefused(view)
        known = await case_people.colleagues(
            transaction, case.team, since=now - COLLEAGUES_OF, limit=MOST_COLLEAGUES + 1
        )
    others = [
        one
        for one in known
        if one.telegram_id != case.claimed_by and may_work(catalogue.recovery, case.employee, one.telegram_id)
    ]
    return HandOverChoices(
        view,
        tuple(others[:MOST_COLLEAGUES]) if view.state is not CaseState.OPEN else (),
        view.state is not CaseState.OPEN,
        tuple(
            OtherTeam(team_number(name), name, team.title or {view.language: name})
            for name, team in catalogue.recovery.teams.items()
            if name != case.team
        ),
    )


async def hand_over(
    database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor, to_id: int, *, now: datetime
) -> HandOverResult:
    """Give the case to a colleague who worked cases of the team lately."""
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        case = await lock_for_staff(transaction, catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        known = await case_people.colleagues(transaction, case.team, since=now - COLLEAGUES_OF, limit=1000)
        to = next((one for one in known if one.telegram_id == to_id), None)
        if to is None:
            return NoSuchCase.NOT_YOURS
        if not may_work(catalogue.recovery, case.employee, to_id):
            return NoSuchCase.ABOUT_YOURSELF
        colleague = Colleague(to.telegram_id, to.name)
        moved = await move_case(
            transaction, catalogues, case, CaseMove.HAND_OVER, by=actor.mover, to=colleague, now=now
        )
        return await _told(transaction, catalogues, case, moved, name=to.name)


async def release(
    database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor, *, now: datetime
) -> HandOverResult:
    """Give the case back to the team, for whoever takes it."""
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        case = await lock_for_staff(transaction, catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        moved = await move_case(transaction, catalogues, case, CaseMove.RELEASE, by=actor.mover, now=now)
        return await _told(transaction, catalogues, case, moved)


async def refer(
    database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor, team: int, *, now: datetime
) -> HandOverResult:
    """Pass the case on to another team; its card goes to that team's chat."""
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        case = await lock_for_staff(transaction, catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        name = next((name for name in catalogue.recovery.teams if team_number(name) == team), None)
        if name is None or name == case.team:
            return await _told(transaction, catalogues, case, None)
        moved = await move_case(transaction, catalogues, case, CaseMove.REFER, by=actor.mover, to_team=name, now=now)
        title = catalogue.recovery.teams[name].title or {catalogues.language: name}
        return await _told(transaction, catalogues, case, moved, team=title)


async def _told(
    transaction: Transaction,
    catalogues: Catalogues,
    case: StoredCase,
    moved: StoredCase | None,
    *,
    name: str | None = None,
    team: Texts | None = None,
) -> HandedOver | MoveRefused:
    """Who has the case now; without a move, that it stays as it was."""
    view = await worded(transaction, catalogues, moved or case)
    return MoveRefused(view) if moved is None else HandedOver(view, name, team)
