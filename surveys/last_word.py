"""The customer has the last word on a complaint: "Is it solved?", answered with one tap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from db import case_customers, cases, schedule
from db.case_customers import CaseCustomer
from db.cases import StoredCase
from db.database import Database, Transaction
from surveys.actors import Actor, meet
from surveys.case_views import worded
from surveys.deciding import zone_of
from surveys.due import Decision, Dropped, Due, DueRow, DueWork, Moved, Postponed, SendTo
from surveys.moving import move_case
from surveys.publishing import Catalogues
from surveys.reopening import reopen_for_customer
from surveys.rules.asking import MoveReason, SkipReason
from surveys.rules.cases import UNSETTLED, ActorKind, CaseMove, CaseState, Mover
from surveys.rules.dialogue import speak
from surveys.rules.hours import next_allowed_moment
from surveys.rules.languages import Texts
from surveys.rules.sending import Refused
from surveys.speaking import can_be_written_to, language_of_customer


class Standing(StrEnum):
    """How a complaint stands for the customer who made it."""

    ASKED = "asked"
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    IN_WORK = "in_work"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LastWord(DueWork):
    """The question with the customer's answer to it so far; a tap names `case_id` and `round`."""

    case_id: int
    round: int
    standing: Standing
    language: str
    touchpoint_title: Texts
    order_id: str | None


@dataclass(frozen=True, slots=True)
class NotYourCase:
    """Somebody else complained, or nobody did."""

    language: str


async def decide_solved(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: whether the customer is asked now.

    Whoever does not wish to be asked is not asked this either: their case ends as resolved without their word.
    """
    case = await cases.find(transaction, row.subject_id)
    customer = await case_customers.of_case(transaction, row.subject_id)
    if case is None or customer is None:
        return Dropped("forgotten")
    if case.state != CaseState.RESOLVED or str(case.round) != row.detail:
        return Dropped("moved_on")
    if customer.opted_out_at is not None:
        return Dropped(SkipReason.OPTED_OUT)
    if not can_be_written_to(customer, catalogues.channels):
        return Dropped(SkipReason.UNREACHABLE)
    catalogue = catalogues.in_force.catalogue
    zone = zone_of(catalogue, customer.customer_timezone)
    permitted = next_allowed_moment(now, catalogue.contact_rules.quiet_hours, zone)
    if permitted > now:
        return Moved(permitted, MoveReason.QUIET_HOURS)
    return SendTo(customer.external_id, await _last_word(transaction, catalogues, case, customer))


class SolvedSettler:
    """What came of asking: when they were asked is on the card."""

    async def accepted(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, message_id: int, *, now: datetime
    ) -> None:
        """They see the question."""
        if due.detail is not None and await cases.asked_solved(
            transaction, due.subject_id, round_number=int(due.detail), now=now
        ):
            await schedule.ask_again_for(transaction, "card", due.subject_id, now=now)

    async def refused(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, refused: Refused, *, now: datetime
    ) -> Postponed | Dropped | None:
        """They cannot be asked: the case stays resolved without their word."""
        return None

    async def unknown(self, transaction: Transaction, catalogues: Catalogues, due: Due, *, now: datetime) -> None:
        """Whoever may have seen it is not asked again; a tap proves that they did."""


async def say_solved(
    database: Database,
    catalogues: Catalogues,
    actor: Actor,
    case_id: int,
    round_number: int,
    *,
    solved: bool,
    now: datetime,
) -> LastWord | NotYourCase:
    """The customer's word; it may be changed while it is about the round the case is in.

    Said once more, or about an earlier round, it changes nothing and shows how the complaint stands.
    """
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        customer = await case_customers.of_case(transaction, case_id)
        if customer is None or (customer.channel, customer.external_id) != (actor.channel, actor.external_id):
            return NotYourCase(speak(catalogue.business.languages, actor.language))
        await meet(transaction, catalogues, actor, now=now)
        case = await cases.lock(transaction, case_id)
        assert case is not None
        if case.round == round_number:
            moved = await _take_word(transaction, catalogues, case, solved=solved, now=now)
            case = case if moved is None else moved
        return await _last_word(transaction, catalogues, case, customer)


async def _take_word(
    transaction: Transaction, catalogues: Catalogues, case: StoredCase, *, solved: bool, now: datetime
) -> StoredCase | None:
    if case.state == CaseState.DISMISSED or (case.state in UNSETTLED and not _was_resolved(case)):
        return None
    await cases.asked_solved(transaction, case.id, round_number=case.round, now=now)
    if solved:
        customer = Mover(ActorKind.CUSTOMER)
        return await move_case(transaction, catalogues, case, CaseMove.CONFIRM, by=customer, now=now)
    return await reopen_for_customer(transaction, catalogues, case, now=now)


def _was_resolved(case: StoredCase) -> bool:
    """Whether there was something to say about: a case in its first round was never put right."""
    return case.round > 1


async def _last_word(
    transaction: Transaction, catalogues: Catalogues, case: StoredCase, customer: CaseCustomer
) -> LastWord:
    view = await worded(transaction, catalogues, case)
    return LastWord(
        case.id,
        case.round,
        _standing(case),
        language_of_customer(catalogues.in_force.catalogue, customer),
        {} if case.touchpoint is None else view.touchpoint_title,
        case.order_id,
    )


def _standing(case: StoredCase) -> Standing:
    match CaseState(case.state):
        case CaseState.RESOLVED:
            return Standing.ASKED
        case CaseState.CONFIRMED:
            return Standing.SOLVED
        case CaseState.DISMISSED:
            return Standing.CLOSED
        case _:
            return Standing.IN_WORK if case.customer_reopened_at is None else Standing.NOT_SOLVED
