"""Calling back: staff offer it or the customer wishes it, the customer chooses when, staff say that they called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from db import call_requests, cases, correspondents, messages, schedule
from db.call_requests import CallRequest
from db.cases import StoredCase
from db.database import Database, Transaction
from db.people import StoredAccount
from db.schedule import ScheduleEntry
from surveys.actors import Actor, language_of, meet
from surveys.addressing import Addressee, Unreachable, address
from surveys.case_views import CaseView, chat_name, worded
from surveys.corresponding import customer_reacted
from surveys.deciding import zone_of
from surveys.moving import move_case
from surveys.publishing import Catalogues
from surveys.recovery import NoSuchCase, StaffActor, lock_for_staff
from surveys.rules.calling import CallWindow, call_windows
from surveys.rules.cases import UNSETTLED, CaseMove, CaseState
from surveys.rules.teams import team_named
from surveys.talking import await_customer

CALL = "call"
"""The detail of escalations that remind of a call, with the request's id."""

MISSED_CALL = "missed_call"
"""The detail of escalations about a window that passed without a call, with the request's id."""


@dataclass(frozen=True, slots=True)
class CallOffered:
    """The customer is asked when to call them; `again` when they were asked before and have not said."""

    view: CaseView
    again: bool = False


@dataclass(frozen=True, slots=True)
class CallArranged:
    """The customer has chosen already."""

    view: CaseView
    window: CallWindow


@dataclass(frozen=True, slots=True)
class CannotOffer:
    """Nobody can be asked, or (None) the team works in none of the next days."""

    why: Unreachable | None


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody called; `again` when it was said before."""

    view: CaseView
    by_name: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class NoCallOpen:
    """There is no call to make any more."""

    view: CaseView


OfferResult = CallOffered | CallArranged | CannotOffer | NoSuchCase
CalledResult = Called | NoCallOpen | NoSuchCase


@dataclass(frozen=True, slots=True)
class CallChoices:
    """When would they like to be called? In their own zone where it is known; `chosen` is what they said before."""

    language: str
    request_id: int
    windows: tuple[CallWindow, ...]
    zone: ZoneInfo
    business_zone: ZoneInfo
    chosen: CallWindow | None
    now: datetime


@dataclass(frozen=True, slots=True)
class CallAgreed:
    """They are called in this window; until it begins they may choose another."""

    language: str
    request_id: int
    window: CallWindow
    zone: ZoneInfo
    business_zone: ZoneInfo
    now: datetime


@dataclass(frozen=True, slots=True)
class CallDeclined:
    """No call is needed."""

    language: str


@dataclass(frozen=True, slots=True)
class CallUnderWay:
    """The window has begun: nothing can be changed any more."""

    language: str


@dataclass(frozen=True, slots=True)
class CallOver:
    """The call was made, or is not needed, or the complaint is settled or somebody else's."""

    language: str


@dataclass(frozen=True, slots=True)
class NoCallTimes:
    """The team works in none of the next days."""

    language: str


CallView = CallChoices | CallAgreed | CallDeclined | CallUnderWay | CallOver | NoCallTimes


async def offer_call(
    database: Database, catalogues: Catalogues, case_id: int, actor: StaffActor, *, now: datetime
) -> OfferResult:
    """Ask the customer when they would like to be called; an open case becomes the actor's and waits for the answer."""
    async with database.transaction() as transaction:
        case = await lock_for_staff(transaction, catalogues.in_force.catalogue, case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        addressee = await address(transaction, catalogues, case_id)
        if isinstance(addressee, Unreachable):
            return CannotOffer(addressee)
        if not windows_of(catalogues, case, now):
            return CannotOffer(None)
        known = await call_requests.open_of_case(transaction, case_id)
        window = None if known is None else window_of(known)
        if window is not None and now < window.end:
            return CallArranged(await worded(transaction, catalogues, case), window)
        request_id = await call_requests.add(transaction, case_id, asked_by=actor.telegram_id, now=now)
        again = request_id is None and known is not None and window is None
        await _ask_customer(transaction, request_id or _id_of(known), addressee, again=again, now=now)
        moved = await await_customer(transaction, catalogues, case, by=actor.mover, now=now)
        await schedule.ask_again_for(transaction, "card", case_id, now=now)
        return CallOffered(await worded(transaction, catalogues, moved), again)


async def called(
    database: Database, catalogues: Catalogues, request_id: int, actor: StaffActor, *, now: datetime
) -> CalledResult:
    """Somebody of the team spoke to the customer: nothing reminds of the call any more."""
    catalogue = catalogues.in_force.catalogue
    async with database.transaction() as transaction:
        known = await call_requests.find(transaction, request_id)
        if known is None:
            return NoSuchCase.UNKNOWN
        case = await lock_for_staff(transaction, catalogue, known.case_id, actor)
        if isinstance(case, NoSuchCase):
            return case
        request = await call_requests.lock(transaction, request_id)
        if request is None or request.state not in ("offered", "chosen"):
            view = await worded(transaction, catalogues, case)
            is_called = request is not None and request.state == "called"
            return Called(view, actor.name, again=True) if is_called else NoCallOpen(view)
        await _end(transaction, request, "called" if request.state == "chosen" else "withdrawn", now=now)
        claimed = await move_case(transaction, catalogues, case, CaseMove.CLAIM, by=actor.mover, now=now)
        await schedule.ask_again_for(transaction, "card", case.id, now=now)
        return Called(await worded(transaction, catalogues, claimed or case), actor.name)


async def wish_call(
    database: Database, catalogues: Catalogues, actor: Actor, case_id: int, *, now: datetime
) -> CallView:
    """The customer wishes to be called about their complaint: when?"""
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        language = language_of(catalogues, account, actor)
        case = await _lock_theirs(transaction, account, case_id)
        if case is None or CaseState(case.state) not in UNSETTLED:
            return CallOver(language)
        if not windows_of(catalogues, case, now):
            return NoCallTimes(language)
        await call_requests.add(transaction, case_id, asked_by=None, now=now)
        request = await call_requests.open_of_case(transaction, case_id)
        assert request is not None
        await schedule.ask_again_for(transaction, "card", case_id, now=now)
        return await _choices(transaction, catalogues, request, case, language, now=now)


async def wish_call_about(
    database: Database, catalogues: Catalogues, actor: Actor, response_id: int, *, now: datetime
) -> CallView:
    """The same about the complaint that an answer of theirs opened."""
    async with database.autocommit() as statement:
        found = await cases.of_response(statement, response_id)
    return await wish_call(database, catalogues, actor, found[-1] if found else 0, now=now)


async def wish_call_now(database: Database, catalogues: Catalogues, actor: Actor, *, now: datetime) -> CallView | None:
    """The same about the newest complaint of theirs that staff work on; None when there is none."""
    async with database.transaction() as transaction:
        account = await meet(transaction, catalogues, actor, now=now)
        found = await messages.unsettled_case(transaction, account.id)
    return None if found is None else await wish_call(database, catalogues, actor, found.id, now=now)


async def show_windows(
    database: Database, catalogues: Catalogues, actor: Actor, request_id: int, *, now: datetime
) -> CallView:
    """The windows once more, for another choice."""
    async with database.transaction() as transaction:
        language, found = await _meet_about(transaction, catalogues, actor, request_id, now=now)
        if found is None:
            return CallOver(language)
        request, case = found
        return await _choices(transaction, catalogues, request, case, language, now=now)


async def choose_window(
    database: Database, catalogues: Catalogues, actor: Actor, request_id: int, start: datetime, *, now: datetime
) -> CallView:
    """The customer chooses the window that begins at `start`; one that is not on offer (any more) shows those that are.

    It falls due: staff are reminded when it begins, managers are told when it ends without a call.
    """
    async with database.transaction() as transaction:
        language, found = await _meet_about(transaction, catalogues, actor, request_id, now=now)
        if found is None:
            return CallOver(language)
        request, case = found
        if is_under_way(request, now):
            return CallUnderWay(language)
        window = next((one for one in windows_of(catalogues, case, now) if one.start == start), None)
        if window is None:
            return await _choices(transaction, catalogues, request, case, language, now=now)
        await call_requests.choose(transaction, request.id, window.start, window.end)
        await _plan(transaction, catalogues, request.id, case, window, now=now)
        await customer_reacted(transaction, catalogues, case, now=now)
        zone, business_zone = await _zones(transaction, catalogues, case.id)
        return CallAgreed(language, request.id, window, zone, business_zone, now)


async def decline_call(
    database: Database, catalogues: Catalogues, actor: Actor, request_id: int, *, now: datetime
) -> CallView:
    """No call is needed (any more)."""
    async with database.transaction() as transaction:
        language, found = await _meet_about(transaction, catalogues, actor, request_id, now=now)
        if found is None:
            return CallOver(language)
        request, case = found
        await _end(transaction, request, "declined", now=now)
        await customer_reacted(transaction, catalogues, case, now=now)
        return CallDeclined(language)


def window_of(request: CallRequest) -> CallWindow | None:
    """The window the customer chose."""
    if request.state != "chosen" or request.window_start is None or request.window_end is None:
        return None
    return CallWindow(request.window_start, request.window_end)


def is_under_way(request: CallRequest, now: datetime) -> bool:
    """Whether somebody may be calling at this moment."""
    window = window_of(request)
    return window is not None and window.start <= now < window.end


def _id_of(request: CallRequest | None) -> int:
    assert request is not None, "a request that cannot be added is open already"
    return request.id


def windows_of(catalogues: Catalogues, case: StoredCase, now: datetime) -> tuple[CallWindow, ...]:
    """The windows the customer of the case may choose from now."""
    catalogue = catalogues.in_force.catalogue
    hours = team_named(catalogue, case.team).team.working_hours
    quiet, zone = catalogue.contact_rules.quiet_hours, catalogue.business.timezone
    return call_windows(now, catalogue.recovery.call_window, hours, quiet, zone)


async def _zones(transaction: Transaction, catalogues: Catalogues, case_id: int) -> tuple[ZoneInfo, ZoneInfo]:
    """The customer's zone, and the business's."""
    catalogue = catalogues.in_force.catalogue
    person = await correspondents.of_case(transaction, case_id)
    return zone_of(catalogue, None if person is None else person.timezone), catalogue.business.timezone


async def _choices(
    transaction: Transaction,
    catalogues: Catalogues,
    request: CallRequest,
    case: StoredCase,
    language: str,
    *,
    now: datetime,
) -> CallView:
    if is_under_way(request, now):
        return CallUnderWay(language)
    windows = windows_of(catalogues, case, now)
    if not windows:
        return NoCallTimes(language)
    zone, business_zone = await _zones(transaction, catalogues, case.id)
    return CallChoices(language, request.id, windows, zone, business_zone, window_of(request), now)


async def _lock_theirs(transaction: Transaction, account: StoredAccount, case_id: int) -> StoredCase | None:
    if not await correspondents.is_theirs(transaction, case_id, account.id):
        return None
    return await cases.lock(transaction, case_id)


async def _meet_about(
    transaction: Transaction, catalogues: Catalogues, actor: Actor, request_id: int, *, now: datetime
) -> tuple[str, tuple[CallRequest, StoredCase] | None]:
    """The language of the one who acts, and an open request of theirs with its case, both locked."""
    account = await meet(transaction, catalogues, actor, now=now)
    language = language_of(catalogues, account, actor)
    known = await call_requests.find(transaction, request_id)
    case = None if known is None else await _lock_theirs(transaction, account, known.case_id)
    request = None if case is None else await call_requests.lock(transaction, request_id)
    if request is None or case is None or request.state not in ("offered", "chosen"):
        return language, None
    return language, (request, case)


async def _ask_customer(
    transaction: Transaction, request_id: int, addressee: Addressee, *, again: bool, now: datetime
) -> None:
    """Asked again, the question goes out once more only when it may not have arrived."""
    if again and await call_requests.was_asked(transaction, request_id):
        return
    await schedule.plan(
        transaction,
        [ScheduleEntry.to_account("call_back", request_id, addressee.account.id, addressee.account.channel, now)],
        now=now,
    )


async def _plan(
    transaction: Transaction,
    catalogues: Catalogues,
    request_id: int,
    case: StoredCase,
    window: CallWindow,
    *,
    now: datetime,
) -> None:
    chat = chat_name(catalogues.in_force.catalogue, case.team, case.touchpoint)
    await schedule.plan(
        transaction,
        [
            ScheduleEntry(
                kind="escalation",
                subject_id=case.id,
                recipient=f"team:{chat}",
                channel="telegram",
                dedupe_key=f"escalation:{about}:{request_id}",
                due_at=due_at,
                detail=f"{about}:{request_id}",
            )
            for about, due_at in ((CALL, window.start), (MISSED_CALL, window.end))
        ],
        now=now,
    )


async def _end(transaction: Transaction, request: CallRequest, state: str, *, now: datetime) -> None:
    await call_requests.end(transaction, request.id, state, now=now)
    keys = [f"call_back:{request.id}", *(f"escalation:{about}:{request.id}" for about in (CALL, MISSED_CALL))]
    await schedule.drop(transaction, keys, state, now=now)
