"""A case moves: by the table of legal moves, under the case's lock, kept with who and when, shown on its card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from db import case_cards, case_moves, cases, schedule
from db.case_moves import MoveRecord
from db.cases import StoredCase
from db.database import Transaction
from surveys import waiting, webhooks
from surveys.case_views import chat_name
from surveys.following_up import ask_solved, plan_to_ask_again, take_back_asking_again
from surveys.outbreaks import case_changed
from surveys.publishing import Catalogues
from surveys.rules.cases import REACTIONS, CaseMove, CaseState, Mover, Severity, promised_reaction, state_after
from surveys.rules.journey import Catalogue
from surveys.rules.teams import team_named
from surveys.rules.working_hours import working_time_between


@dataclass(frozen=True, slots=True)
class Ending:
    """How a case was put right: a reason of the catalogue, what the customer was given, and a note."""

    close_reason: str | None = None
    given: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Colleague:
    """Who gets a case that is handed over."""

    telegram_id: int | None
    name: str


async def move_case(
    transaction: Transaction,
    catalogues: Catalogues,
    case: StoredCase,
    move: CaseMove,
    *,
    by: Mover,
    now: datetime,
    ending: Ending | None = None,
    to: Colleague | None = None,
    to_team: str | None = None,
) -> StoredCase | None:
    """A step: make the move on a locked case and queue what follows from it; None for a move that is not legal.

    `to` goes with HAND_OVER, `to_team` with REFER.
    """
    catalogue = catalogues.in_force.catalogue
    after = state_after(CaseState(case.state), move, somebody_has_it=not _is_nobodys(case))
    if after is None:
        return None
    ending = ending or Ending()
    await case_moves.move(
        transaction,
        MoveRecord(
            case_id=case.id,
            move=move.value,
            from_state=case.state,
            to_state=after.value,
            actor=by.kind.value,
            actor_id=by.id,
            actor_name=by.name,
            team=to_team if to_team is not None and move is CaseMove.REFER else case.team,
            claimed_by=_owner(case, move, by, to)[0],
            claimed_by_name=_owner(case, move, by, to)[1],
            close_reason=ending.close_reason,
            given=ending.given,
            note=ending.note,
            first_response_took=(
                _took(catalogue, case, now) if move in REACTIONS and case.first_response_at is None else None
            ),
            resolve_took=_took(catalogue, case, now) if move is CaseMove.RESOLVE else None,
            resolve_due=_new_promise(catalogue, case, now) if move is CaseMove.REOPEN else None,
        ),
        now=now,
    )
    await schedule.ask_again_for(transaction, "card", case.id, now=now)
    if move is CaseMove.REFER:
        await _change_chat(transaction, catalogue, case, to_team, now=now)
    await case_changed(transaction, case.outbreak_id, now=now)
    await webhooks.case_moved(transaction, case.id, from_state=case.state, to_state=after.value, now=now)
    moved = await cases.find(transaction, case.id)
    assert moved is not None  # it is locked
    await waiting.case_moved(transaction, catalogue, moved, now=now)
    await _follow_up(transaction, catalogues, moved, move, now=now)
    return moved


async def _follow_up(
    transaction: Transaction, catalogues: Catalogues, case: StoredCase, move: CaseMove, *, now: datetime
) -> None:
    """What the customer is asked about the move, or is not asked any more."""
    match move:
        case CaseMove.RESOLVE:
            await ask_solved(transaction, catalogues, case, now=now)
            await plan_to_ask_again(transaction, catalogues, case, now=now)
        case CaseMove.CONFIRM:
            await plan_to_ask_again(transaction, catalogues, case, now=now)
        case CaseMove.REOPEN:
            await take_back_asking_again(transaction, case, now=now)


async def _change_chat(
    transaction: Transaction, catalogue: Catalogue, case: StoredCase, to_team: str | None, *, now: datetime
) -> None:
    """Another team may work in another chat: the card goes there."""
    chat = team_named(catalogue, to_team).team.chat
    if chat != chat_name(catalogue, case.team, case.touchpoint):
        if case.card_chat_id is not None and case.card_message_id is not None:
            await case_cards.leave_card_behind(
                transaction, case.id, chat_id=case.card_chat_id, message_id=case.card_message_id, now=now
            )
        await case_cards.send_card_to(transaction, case.id, chat, now=now)


def _is_nobodys(case: StoredCase) -> bool:
    """Whether nobody has it; whom the shop alone knows has a name and no number."""
    return case.claimed_by is None and case.claimed_by_name is None


def _owner(case: StoredCase, move: CaseMove, by: Mover, to: Colleague | None) -> tuple[int | None, str | None]:
    """Who has the case after the move."""
    match move:
        case CaseMove.HAND_OVER:
            assert to is not None
            return to.telegram_id, to.name
        case CaseMove.RELEASE | CaseMove.REFER:
            return None, None
        case CaseMove.CLAIM:
            return by.id, by.name
        case _ if _is_nobodys(case) and (by.id is not None or by.name is not None):
            return by.id, by.name
        case _:
            return case.claimed_by, case.claimed_by_name


def _took(catalogue: Catalogue, case: StoredCase, now: datetime) -> timedelta:
    team = team_named(catalogue, case.team).team
    return working_time_between(case.opened_at, now, team.working_hours, catalogue.business.timezone)


def _new_promise(catalogue: Catalogue, case: StoredCase, now: datetime) -> datetime:
    team = team_named(catalogue, case.team).team
    return promised_reaction(catalogue, team, now, Severity(case.severity)).resolve_due
