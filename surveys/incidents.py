"""Acting before the complaint: an event that says something went wrong opens a case; the customer gets an apology."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from db import cases, contacts, incidents, schedule
from db.contacts import AccountRow
from db.database import Transaction
from db.incidents import ApologyFacts, OwedApology
from db.schedule import ScheduleEntry
from surveys.alerting import Complaint, open_complaint
from surveys.deciding import EventFacts, reachable_account, zone_of
from surveys.due import Decision, Dropped, Due, DueRow, DueWork, Moved, Postponed, SendTo
from surveys.offering import give_code, goes_in_person
from surveys.publishing import Catalogues
from surveys.rules.cases import UNSETTLED, ActorKind, CaseCause, CaseState, Mover
from surveys.rules.dialogue import speak
from surveys.rules.hours import next_allowed_moment
from surveys.rules.identity import is_reachable
from surveys.rules.incidents import is_apologised_for, opens_incident
from surveys.rules.incoming import IncomingEvent
from surveys.rules.journey import Catalogue
from surveys.rules.languages import pick
from surveys.rules.placeholders import fill, placeholder_values
from surveys.rules.sending import Refused


@dataclass(frozen=True, slots=True)
class TakenEvent:
    """An event that was just stored, and who would hear of it; None while nobody can be written to."""

    event: IncomingEvent
    facts: EventFacts
    account: AccountRow | None


@dataclass(frozen=True, slots=True)
class Apologise(DueWork):
    """Tell the customer that something went wrong, before they have to."""

    text: str
    language: str


async def open_incidents(
    transaction: Transaction, catalogues: Catalogues, taken: Sequence[TakenEvent], *, now: datetime
) -> int:
    """A step of intake: open a case for each event that is an incident; how many were opened.

    One order has one incident: what is reported of it while its case is open adds nothing.
    """
    catalogue = catalogues.in_force.catalogue
    opened = 0
    for one in taken:
        event, facts = one.event, one.facts
        if not opens_incident(catalogue, event.touchpoint, event.occurred_at, event.attributes, now):
            continue
        if facts.order_id is not None:
            known = await incidents.unsettled_of_order(transaction, facts.customer_id, facts.order_id)
            if known is not None:
                continue
        case_id = await open_complaint(
            transaction,
            catalogue,
            Complaint(
                cause=CaseCause.INCIDENT,
                touchpoint=event.touchpoint,
                event_id=facts.id,
                account_id=None if one.account is None else one.account.id,
                customer_id=facts.customer_id,
                location=_text(event.attributes.get("location")),
                employee=_text(event.attributes.get("employee")),
            ),
            by=Mover(ActorKind.SHOP),
            now=now,
        )
        if case_id is None:
            continue
        opened += 1
        if one.account is not None and is_apologised_for(
            catalogue, event.touchpoint, event.occurred_at, event.attributes, now
        ):
            await _plan_apology(transaction, case_id, _incident(facts), one.account, now=now)
    return opened


async def apologise_late(transaction: Transaction, catalogues: Catalogues, person_id: int, *, now: datetime) -> None:
    """A step: whoever can be written to from now on is told of the incidents that are still being put right."""
    owed = await incidents.owed_apologies(transaction, person_id)
    if not owed:
        return
    accounts = await contacts.accounts_of_persons(transaction, [person_id])
    for one in owed:
        account = reachable_account(accounts, catalogues.channels, one.account_id)
        if account is not None and is_apologised_for(
            catalogues.in_force.catalogue, one.touchpoint, one.occurred_at, one.attributes, now
        ):
            await _plan_apology(transaction, one.case_id, _incident(one), account, now=now)
            await schedule.ask_again_for(transaction, "card", one.case_id, now=now)


def _incident(event: EventFacts | OwedApology) -> str:
    """What is apologised for once: the order, or the event that belongs to none."""
    if event.order_id is not None:
        return f"order:{event.customer_id}:{event.order_id}"
    return f"event:{event.id if isinstance(event, EventFacts) else event.event_id}"


async def _plan_apology(
    transaction: Transaction, case_id: int, incident: str, account: AccountRow, *, now: datetime
) -> None:
    message_id = await incidents.write_apology(transaction, case_id, account.id, now=now)
    added = await schedule.add(
        transaction,
        [ScheduleEntry.to_account("apology", message_id, account.id, account.channel, now, occasion=incident)],
        now=now,
    )
    if not added:
        # the same order was apologised for before
        await incidents.withdraw_apology(transaction, message_id)


async def decide_apology(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: an apology wakes nobody, and comes only while somebody works on what it is about."""
    facts = await incidents.apology(transaction, row.subject_id)
    if facts is None:
        return Dropped("forgotten")
    catalogue = catalogues.in_force.catalogue
    unneeded = _unneeded(catalogue, facts, catalogues.channels)
    if unneeded is not None:
        await incidents.apology_lost(transaction, row.subject_id, unneeded)
        await schedule.ask_again_for(transaction, "card", facts.case_id, now=now)
        return Dropped(unneeded)
    permitted = next_allowed_moment(now, catalogue.contact_rules.quiet_hours, zone_of(catalogue, facts.timezone))
    if permitted != now:
        return Moved(permitted, "quiet_hours")
    language = speak(
        catalogue.business.languages, facts.person_language, facts.customer_language, facts.account_language
    )
    values = placeholder_values(
        business=catalogue.business.name,
        name=facts.shown_name,
        order_id=facts.order_id,
        attributes=facts.attributes,
    )
    apology = catalogue.touchpoints[facts.touchpoint or ""].incident.apology
    text = fill(pick(apology, language), values)
    return SendTo(facts.account_external_id, Apologise(text, language))


async def _make_offer(transaction: Transaction, catalogues: Catalogues, message_id: int, *, now: datetime) -> None:
    """The touchpoint's offer follows its apology, to whoever agreed to offers; a used-up pool offers nothing."""
    facts = await incidents.apology(transaction, message_id)
    touchpoints = catalogues.in_force.catalogue.touchpoints
    configured = None if facts is None else touchpoints.get(facts.touchpoint or "")
    offer = None if configured is None else configured.incident.offer
    if facts is None or offer is None or await goes_in_person(transaction, catalogues, facts.case_id):
        return
    case = await cases.lock(transaction, facts.case_id)
    if case is not None:
        await give_code(transaction, catalogues, case, offer, by=Mover(ActorKind.PRODUCT), now=now)


def _unneeded(catalogue: Catalogue, facts: ApologyFacts, channels: Collection[str]) -> str | None:
    """Why the customer is left alone; None when the apology is due."""
    configured = catalogue.touchpoints.get(facts.touchpoint or "")
    if CaseState(facts.state) not in UNSETTLED:
        return "settled"
    if facts.opted_out_at is not None:
        return "opted_out"
    if not is_reachable(facts.account_channel, facts.account_state, channels):
        return "unreachable"
    return "no_apology" if configured is None or not configured.incident.apology else None


class ApologySettler:
    """What came of an apology: the card says so."""

    async def accepted(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, message_id: int, *, now: datetime
    ) -> None:
        """It arrived: a reply to it is about the case."""
        text = due.work.text if isinstance(due.work, Apologise) else None
        await incidents.apology_sent(transaction, due.subject_id, message_id, text)
        await _make_offer(transaction, catalogues, due.subject_id, now=now)
        await self._redraw(transaction, due, now=now)

    async def refused(
        self, transaction: Transaction, catalogues: Catalogues, due: Due, refused: Refused, *, now: datetime
    ) -> Postponed | Dropped | None:
        """It will never arrive: staff have to find another way."""
        await incidents.apology_lost(transaction, due.subject_id, refused.cause.value)
        await self._redraw(transaction, due, now=now)
        return None

    async def unknown(self, transaction: Transaction, catalogues: Catalogues, due: Due, *, now: datetime) -> None:
        """It may have arrived, and is not sent twice."""
        await self._redraw(transaction, due, now=now)

    async def _redraw(self, transaction: Transaction, due: Due, *, now: datetime) -> None:
        facts = await incidents.apology(transaction, due.subject_id)
        if facts is not None:
            await schedule.ask_again_for(transaction, "card", facts.case_id, now=now)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
