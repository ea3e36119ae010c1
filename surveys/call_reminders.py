"""Calls as the loop sees them: the question when, the reminder when it is time, word of a call nobody made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from db import call_requests, cases, correspondents, members, schedule
from db.call_requests import CallRequest
from db.cases import StoredCase
from db.database import Transaction
from db.schedule import ScheduleEntry
from surveys.addressing import Unreachable, address
from surveys.by_detail import number_of
from surveys.calling import CallChoices, window_of, windows_of
from surveys.cards import StaffNote, StaffSettler, place_of, tell_owners
from surveys.deciding import zone_of
from surveys.due import Decision, Dropped, Due, DueRow, DueWork, Moved, Postponed, SendTo
from surveys.publishing import Catalogues
from surveys.rules.calling import CallWindow
from surveys.rules.sending import Refused


@dataclass(frozen=True, slots=True)
class AskWhenToCall(DueWork):
    """Ask the customer when they would like to be called."""

    choices: CallChoices


@dataclass(frozen=True, slots=True)
class RemindOfCall(StaffNote):
    """It is time to call; without a phone staff may ask for it."""

    request_id: int
    window: CallWindow
    zone: ZoneInfo
    customer_zone: ZoneInfo
    customer_name: str | None
    phone: str | None
    claimed_by_name: str | None


@dataclass(frozen=True, slots=True)
class TellMissedCall(StaffNote):
    """The window passed and nobody said that they called."""

    window: CallWindow
    zone: ZoneInfo
    customer_name: str | None
    claimed_by_name: str | None


async def decide_call_back(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: the windows on offer now, unless the customer has chosen meanwhile."""
    request = await call_requests.find(transaction, row.subject_id)
    case = None if request is None else await cases.find(transaction, request.case_id)
    if request is None or case is None:
        return Dropped("forgotten")
    window = window_of(request)
    if request.state not in ("offered", "chosen") or (window is not None and now < window.end):
        return Dropped(request.state)
    addressee = await address(transaction, catalogues, case.id)
    if isinstance(addressee, Unreachable):
        return Dropped(addressee.value)
    windows = windows_of(catalogues, case, now)
    if not windows:
        return Dropped("no_windows")
    choices = CallChoices(addressee.language, request.id, windows, addressee.zone, catalogues.zone, None, now)
    return SendTo(addressee.account.external_id, AskWhenToCall(choices))


class CallBackSettler:
    """What came of asking the customer when to call: the card shows it."""

    async def accepted(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, message_id: int, *, now: datetime
    ) -> None:
        """Nothing else follows."""

    async def refused(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, refused: Refused, *, now: datetime
    ) -> Postponed | Dropped | None:
        """Nobody can be asked: the offer is withdrawn."""
        request = await call_requests.find(transaction, due.subject_id)
        if request is not None and request.state == "offered":
            await call_requests.end(transaction, request.id, "withdrawn", now=now)
            await schedule.ask_again_for(transaction, "card", request.case_id, now=now)
        return None

    async def unknown(self, transaction: Transaction, catalogues: Catalogues, due: Due, *, now: datetime) -> None:
        """It is not sent again by itself: staff may ask once more."""


async def decide_call(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: it is time to call, unless that was done or given up, or moved."""
    found = await _chosen(transaction, row)
    if isinstance(found, Dropped):
        return found
    request, case, window = found
    if now < window.start:
        return Moved(window.start, "call_window")
    place = await place_of(transaction, row, now=now)
    if isinstance(place, Postponed):
        return place
    person = await correspondents.of_case(transaction, case.id)
    catalogue = catalogues.in_force.catalogue
    return SendTo(
        place.chat_id,
        RemindOfCall(
            case_id=case.id,
            reply_to=case.card_message_id if case.card_chat_id == place.chat_id else None,
            language=catalogues.language,
            request_id=request.id,
            window=window,
            zone=catalogues.zone,
            customer_zone=zone_of(catalogue, None if person is None else person.timezone),
            customer_name=None if person is None else person.name,
            phone=None if person is None else person.phone,
            claimed_by_name=case.claimed_by_name,
        ),
    )


async def decide_missed_call(
    transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime
) -> Decision:
    """A step of the loop: managers (owners where there are none) hear of a window that passed without a call."""
    found = await _chosen(transaction, row)
    if isinstance(found, Dropped):
        return found
    _, case, window = found
    if now < window.end:
        return Moved(window.end, "call_window")
    if row.recipient.startswith("team:"):
        await _tell_managers(transaction, row, now=now)
        return Dropped("managers_told")
    place = await place_of(transaction, row, now=now)
    if isinstance(place, Postponed):
        return place
    return SendTo(
        place.chat_id,
        TellMissedCall(
            case_id=case.id,
            reply_to=None,
            language=catalogues.language,
            window=window,
            zone=catalogues.zone,
            customer_name=case.customer_name,
            claimed_by_name=case.claimed_by_name,
        ),
    )


class MissedCallSettler(StaffSettler):
    """A manager who cannot be reached does not keep it from the owners."""

    async def refused(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, refused: Refused, *, now: datetime
    ) -> Postponed | Dropped:
        """The owners are told instead."""
        await tell_owners(transaction, due.kind, due.subject_id, due.detail, now=now)
        return Dropped(refused.cause.value)


async def _chosen(transaction: Transaction, row: DueRow) -> tuple[CallRequest, StoredCase, CallWindow] | Dropped:
    request = await call_requests.find(transaction, number_of(row.detail))
    case = None if request is None else await cases.find(transaction, request.case_id)
    if request is None or case is None:
        return Dropped("forgotten")
    window = window_of(request)
    return Dropped(request.state) if window is None else (request, case, window)


async def _tell_managers(transaction: Transaction, row: DueRow, *, now: datetime) -> None:
    crew = await members.list_members(transaction)
    told = [one for one in crew if one.role == "manager"] or crew
    await schedule.add(
        transaction,
        [
            ScheduleEntry(
                kind=row.kind,
                subject_id=row.subject_id,
                recipient=f"chat:{one.telegram_id}",
                channel=row.channel,
                dedupe_key=f"{row.kind}:{row.subject_id}:{row.detail}:chat:{one.telegram_id}",
                due_at=now,
                detail=row.detail,
            )
            for one in told
        ],
        now=now,
    )
