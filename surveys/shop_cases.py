"""What the shop's own programs do with cases: open them, read them, and move them as staff would."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from db import case_history, cases, contacts, links
from db.case_history import MessageCounts, StoredMove
from db.cases import StoredCase
from db.contacts import CustomerRow
from db.database import Database, Transaction
from surveys.alerting import Complaint, open_complaint
from surveys.case_views import CaseView, worded
from surveys.deciding import reachable_account
from surveys.moving import Colleague, Ending, move_case
from surveys.publishing import Catalogues
from surveys.rules.cases import GIVEN, ActorKind, CaseCause, CaseMove, Mover, may_work
from surveys.rules.closing import CODE
from surveys.rules.journey import Catalogue

SHOP_MOVES: Final = (
    CaseMove.CLAIM,
    CaseMove.HAND_OVER,
    CaseMove.RELEASE,
    CaseMove.REFER,
    CaseMove.AWAIT_CUSTOMER,
    CaseMove.RESOLVE,
    CaseMove.DISMISS,
    CaseMove.REOPEN,
)
"""What staff may do; confirming is the customer's."""

GIVEN_BY_SHOP: Final = tuple(one for one in GIVEN if one != CODE)
"""What a customer may have been given by the shop's own programs; a promo code needs its pool and the form."""

_ENDINGS = (CaseMove.RESOLVE, CaseMove.DISMISS)


class UnacceptableError(ValueError):
    """A field that cannot be taken; says which, and what would be right."""

    def __init__(self, field: str, fix: str) -> None:
        super().__init__(f"{field}: {fix}")
        self.field = field


@dataclass(frozen=True, slots=True)
class CaseDetails:
    """A case with all that was done to it."""

    view: CaseView
    moves: tuple[StoredMove, ...]
    messages: MessageCounts


@dataclass(frozen=True, slots=True)
class ShopCase:
    """A complaint that reached the shop itself; `id` is the shop's own and makes opening it twice harmless."""

    customer_id: str
    comment: str
    touchpoint: str | None = None
    order_id: str | None = None
    id: str | None = None
    by: Colleague | None = None


@dataclass(frozen=True, slots=True)
class ShopMove:
    """What somebody of the shop does to a case."""

    move: CaseMove
    by: Colleague
    to: Colleague | None = None
    to_team: str | None = None
    ending: Ending = field(default_factory=Ending)


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """The case is open; not `is_new` when the shop's id had opened it before."""

    details: CaseDetails
    is_new: bool


@dataclass(frozen=True, slots=True)
class OpenAlready:
    """The same event has a case that is not settled: nothing was stored."""

    details: CaseDetails


@dataclass(frozen=True, slots=True)
class MoveMade:
    """The case after the move."""

    details: CaseDetails


@dataclass(frozen=True, slots=True)
class MoveNotLegal:
    """The case stands where this move is not legal; nothing was done."""

    view: CaseView


async def case_details(database: Database, catalogues: Catalogues, case_id: int) -> CaseDetails | None:
    """A case with its moves; None for an unknown number."""
    async with database.transaction() as transaction:
        case = await cases.find(transaction, case_id)
        return None if case is None else await _details(transaction, catalogues, case)


async def open_shop_case(
    database: Database, catalogues: Catalogues, wanted: ShopCase, *, now: datetime
) -> CaseOpened | OpenAlready:
    """Open a case about what a customer told the shop; an unknown customer is added. Raises UnacceptableError."""
    catalogue = catalogues.in_force.catalogue
    if wanted.touchpoint is not None and wanted.touchpoint not in catalogue.touchpoints:
        raise UnacceptableError("touchpoint", _there_are("touchpoint", wanted.touchpoint, catalogue.touchpoints))
    async with database.transaction() as transaction:
        known = await _known(transaction, catalogues, wanted.id)
        if known is not None:
            return CaseOpened(known, is_new=False)
        await links.ensure_customers(transaction, [wanted.customer_id], now=now)
        (customer,) = await contacts.customers(transaction, [wanted.customer_id])
        complaint = await _complaint(transaction, catalogues, wanted, customer)
        by = Mover(ActorKind.SHOP) if wanted.by is None else _mover(wanted.by)
        case_id = await open_complaint(transaction, catalogue, complaint, by=by, now=now)
        if case_id is None:
            known = await _known(transaction, catalogues, wanted.id)
            if known is not None:
                return CaseOpened(known, is_new=False)
            assert complaint.event_id is not None
            case_id = await cases.unsettled_of_event(transaction, complaint.event_id)
            assert case_id is not None
            return OpenAlready(await _found(transaction, catalogues, case_id))
        return CaseOpened(await _found(transaction, catalogues, case_id), is_new=True)


async def move_shop_case(
    database: Database, catalogues: Catalogues, case_id: int, wanted: ShopMove, *, now: datetime
) -> MoveMade | MoveNotLegal | None:
    """Make a move staff may make, in the name of somebody of the shop; None for an unknown number.

    Raises UnacceptableError.
    """
    catalogue = catalogues.in_force.catalogue
    _check(catalogue, wanted)
    async with database.transaction() as transaction:
        case = await cases.lock(transaction, case_id)
        if case is None:
            return None
        _check_people(catalogue, case, wanted)
        moved = await move_case(
            transaction,
            catalogues,
            case,
            wanted.move,
            by=_mover(wanted.by),
            now=now,
            ending=wanted.ending,
            to=wanted.to,
            to_team=wanted.to_team,
        )
        if moved is None:
            return MoveNotLegal(await worded(transaction, catalogues, case))
        return MoveMade(await _details(transaction, catalogues, moved))


def _mover(colleague: Colleague) -> Mover:
    return Mover(ActorKind.SHOP, colleague.telegram_id, colleague.name)


def _check(catalogue: Catalogue, wanted: ShopMove) -> None:
    """What can be said without knowing the case; raises UnacceptableError."""
    move = wanted.move
    if move not in SHOP_MOVES:
        raise UnacceptableError("move", f"{move} is not the shop's to make; there are: {', '.join(SHOP_MOVES)}")
    if (move is CaseMove.HAND_OVER) != (wanted.to is not None):
        raise UnacceptableError("to", "goes with hand_over, and hand_over needs it: who gets the case")
    if (move is CaseMove.REFER) != (wanted.to_team is not None):
        raise UnacceptableError("to_team", "goes with refer, and refer needs it: the team that gets the case")
    if wanted.to_team is not None and wanted.to_team not in catalogue.recovery.teams:
        raise UnacceptableError("to_team", _there_are("team", wanted.to_team, catalogue.recovery.teams))
    _check_ending(catalogue, move, wanted.ending)


def _check_ending(catalogue: Catalogue, move: CaseMove, ending: Ending) -> None:
    if move in _ENDINGS and not (ending.note or "").strip():
        raise UnacceptableError("note", f"say in a few words what was done or why: {move} needs it")
    if ending.close_reason is not None:
        if move is not CaseMove.RESOLVE:
            raise UnacceptableError("close_reason", "goes with resolve alone; leave it out")
        known = [reason.key for reason in catalogue.recovery.close_reasons]
        if ending.close_reason not in known:
            raise UnacceptableError("close_reason", _there_are("close reason", ending.close_reason, known))
    if ending.given and move is not CaseMove.RESOLVE:
        raise UnacceptableError("given", "goes with resolve alone; leave it out")
    for one in ending.given:
        if one == CODE:
            raise UnacceptableError("given", "a promo code is given by the form under the card alone; leave code out")
        if one not in GIVEN_BY_SHOP:
            raise UnacceptableError("given", _there_are("thing", one, GIVEN_BY_SHOP))


def _check_people(catalogue: Catalogue, case: StoredCase, wanted: ShopMove) -> None:
    """Nobody works a case about themselves, and a case is not passed to the team that has it."""
    for name, one in (("by.telegram_id", wanted.by), ("to.telegram_id", wanted.to)):
        if one is None or one.telegram_id is None:
            continue
        if not may_work(catalogue.recovery, case.employee, one.telegram_id):
            raise UnacceptableError(name, "the case is about them; somebody else must work it")
    if wanted.to_team is not None and wanted.to_team == case.team:
        raise UnacceptableError("to_team", f"{case.team} has the case already; name another team")


def _there_are(what: str, given: str, known: Iterable[str]) -> str:
    there = ", ".join(known)
    return (
        f"there is no {what} {given!r}; there are: {there}" if there else f"the catalogue has no {what}; leave it out"
    )


async def _complaint(
    transaction: Transaction, catalogues: Catalogues, wanted: ShopCase, customer: CustomerRow
) -> Complaint:
    event, account_id = None, None
    if wanted.order_id is not None and wanted.touchpoint is not None:
        event = await case_history.event_of_order(transaction, customer.id, wanted.order_id, wanted.touchpoint)
    if wanted.order_id is not None:
        # who opened the order's link is the one to answer
        bound = await contacts.bindings(transaction, [(customer.id, wanted.order_id)])
        account_id = bound[0].account_id if bound else None
    if account_id is None:
        accounts = await contacts.accounts_of_persons(transaction, [customer.person_id])
        account = reachable_account(accounts, catalogues.channels)
        account_id = None if account is None else account.id
    return Complaint(
        cause=CaseCause.STAFF,
        touchpoint=wanted.touchpoint,
        event_id=None if event is None else event.id,
        account_id=account_id,
        customer_id=customer.id,
        location=None if event is None else event.location,
        employee=None if event is None else event.employee,
        comment=wanted.comment,
        order_id=wanted.order_id,
        external_id=wanted.id,
    )


async def _known(transaction: Transaction, catalogues: Catalogues, external_id: str | None) -> CaseDetails | None:
    case_id = None if external_id is None else await case_history.of_shop_id(transaction, external_id)
    return None if case_id is None else await _found(transaction, catalogues, case_id)


async def _found(transaction: Transaction, catalogues: Catalogues, case_id: int) -> CaseDetails:
    case = await cases.find(transaction, case_id)
    assert case is not None
    return await _details(transaction, catalogues, case)


async def _details(transaction: Transaction, catalogues: Catalogues, case: StoredCase) -> CaseDetails:
    return CaseDetails(
        await worded(transaction, catalogues, case),
        tuple(await case_history.moves(transaction, case.id)),
        await case_history.message_counts(transaction, case.id),
    )
