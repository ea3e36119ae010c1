"""Touchpoint events in: each gets an outcome at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from db import events as stored_events
from db import invitations
from db import unknown as unknown_touchpoints
from db.database import Database, Transaction
from db.events import KnownEvent, NewEvent
from db.invitations import InvitationRecord
from surveys.cancelling import Cancellation, cancel_event, cancel_order
from surveys.deciding import EventFacts, Ledger, decide_waiting
from surveys.incidents import TakenEvent, apologise_late, open_incidents
from surveys.joining import MovedMeanwhileError, join
from surveys.publishing import Catalogues
from surveys.rules.auditing import nameable
from surveys.rules.incidents import is_apologised_for, opens_incident
from surveys.rules.incoming import IncomingCustomer, IncomingEvent, amount_of, fault_of
from surveys.rules.weeks import local_day

__all__ = [
    "Cancellation",
    "IncomingCustomer",
    "IncomingEvent",
    "IntakeResult",
    "became_reachable",
    "cancel_event",
    "cancel_order",
    "take_in",
    "take_in_step",
]

_ATTEMPTS = 5
_FIRST_OUTCOMES = frozenset({"planned", "waiting", "skipped"})


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of one reported event.

    `error` says what is wrong with a rejected one, or in which fields a repeated one differs from the first.
    """

    id: str
    status: Literal["accepted", "duplicate", "rejected"]
    outcome: str | None = None
    reason: str | None = None
    ask_at: datetime | None = None
    eligible_at: datetime | None = None
    error: str | None = None


async def take_in(
    database: Database,
    catalogues: Catalogues,
    events: Sequence[IncomingEvent],
    *,
    now: datetime,
    dry_run: bool = False,
) -> list[IntakeResult]:
    """Store the events and decide about each; one result per event, in order.

    With `dry_run` the results are real and nothing is kept. A bad event rejects only itself.
    """
    catalogue = catalogues.in_force.catalogue
    results: dict[int, IntakeResult] = {}
    good: list[IncomingEvent] = []
    places: list[int] = []
    first_place: dict[str, IncomingEvent] = {}
    repeated: list[tuple[int, IncomingEvent]] = []
    unknown: Counter[str] = Counter()
    for place, event in enumerate(events):
        fault = fault_of(event, catalogue, now=now)
        if fault is not None:
            results[place] = IntakeResult(event.id, "rejected", error=fault)
            if event.touchpoint not in catalogue.touchpoints:
                unknown[nameable(str(event.touchpoint))] += 1
        elif event.id in first_place:
            repeated.append((place, event))
        else:
            first_place[event.id] = event
            good.append(event)
            places.append(place)
    if good or unknown:
        taken = await _take_in(database, catalogues, good, unknown, now=now, dry_run=dry_run)
        results.update(zip(places, taken, strict=True))
        by_id = dict(zip((event.id for event in good), taken, strict=True))
        for place, event in repeated:
            results[place] = _repeated(event, first_place[event.id], by_id[event.id])
    return [results[place] for place in range(len(events))]


async def _take_in(
    database: Database,
    catalogues: Catalogues,
    events: Sequence[IncomingEvent],
    unknown: Mapping[str, int],
    *,
    now: datetime,
    dry_run: bool,
) -> list[IntakeResult]:
    """Try until no other transaction reported the same event or customer at the same moment.

    What was rejected for a touchpoint nobody knows is counted along, for the audit.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            results: list[IntakeResult] = []
            async with database.transaction() as transaction:
                if events:
                    results = await take_in_step(transaction, catalogues, events, now=now)
                if unknown:
                    await unknown_touchpoints.add(transaction, unknown, day=local_day(now, catalogues.zone))
                if dry_run:
                    await transaction.undo()
            return results
        except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, MovedMeanwhileError):
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


async def take_in_step(
    transaction: Transaction, catalogues: Catalogues, events: Sequence[IncomingEvent], *, now: datetime
) -> list[IntakeResult]:
    """A step: store and decide about good events with different ids.

    Raises MovedMeanwhileError or asyncpg.UniqueViolationError when another transaction was faster: try again.
    """
    known = {row.external_id: row for row in await stored_events.known(transaction, [event.id for event in events])}
    new = [event for event in events if event.id not in known]
    records = await _store(transaction, catalogues, new, now=now) if new else {}
    return [
        _known(event, known[event.id]) if event.id in known else _accepted(event.id, records[event.id])
        for event in events
    ]


async def became_reachable(transaction: Transaction, catalogues: Catalogues, person_id: int, *, now: datetime) -> None:
    """A step: what waited for this person is decided again, and what they were owed an apology for they are told."""
    await decide_waiting(transaction, catalogues, person_id, now=now)
    await apologise_late(transaction, catalogues, person_id, now=now)


async def _store(
    transaction: Transaction, catalogues: Catalogues, events: Sequence[IncomingEvent], *, now: datetime
) -> dict[str, InvitationRecord]:
    joined = await join(transaction, events, now=now)
    for person_id in sorted(joined.reached):
        await became_reachable(transaction, catalogues, person_id, now=now)
    ledger = Ledger(catalogues, now=now)
    order_ids = {event.order_id for event in events if event.order_id is not None}
    await ledger.read(transaction, joined.known_persons, sorted(order_ids))
    for account in joined.new_accounts:
        if account.person_id not in joined.known_persons:
            ledger.add_account(account)
    event_ids, invitation_ids = await invitations.take_ids(transaction, len(events))
    rows: list[NewEvent] = []
    records: dict[str, InvitationRecord] = {}
    wrong: list[TakenEvent] = []
    catalogue = catalogues.in_force.catalogue
    for event, event_id, invitation_id in zip(events, event_ids, invitation_ids, strict=True):
        customer = joined.customers[event.customer.id]
        rows.append(
            NewEvent(
                event_id,
                event.id,
                event.touchpoint,
                event.occurred_at,
                customer.id,
                event.order_id,
                amount_of(event),
                event.currency,
                event.attributes,
            )
        )
        facts = EventFacts(
            event_id,
            event.id,
            event.touchpoint,
            event.occurred_at,
            customer.id,
            customer.person_id,
            event.order_id,
            customer.timezone,
            joined.bindings.get((customer.id, event.order_id)) if event.order_id is not None else None,
            is_apologised_for(catalogue, event.touchpoint, event.occurred_at, event.attributes, now),
        )
        records[event.id] = ledger.decide(facts, invitation_id)
        if opens_incident(catalogue, event.touchpoint, event.occurred_at, event.attributes, now):
            wrong.append(TakenEvent(event, facts, ledger.account_for(facts)))
    await stored_events.add(transaction, rows, now=now)
    await ledger.store(transaction)
    await open_incidents(transaction, catalogues, wrong, now=now)
    return records


def _accepted(event_id: str, record: InvitationRecord) -> IntakeResult:
    return IntakeResult(event_id, "accepted", record.state, record.reason, record.ask_at, record.eligible_at)


def _known(event: IncomingEvent, first: KnownEvent) -> IntakeResult:
    differing = [
        name
        for name, same in (
            ("touchpoint", event.touchpoint == first.touchpoint),
            ("occurred_at", event.occurred_at == first.occurred_at),
            ("customer.id", first.customer is None or event.customer.id == first.customer),
            ("order_id", event.order_id == first.order_id),
            ("amount", amount_of(event) == first.amount),
            ("currency", event.currency == first.currency),
            ("attributes", dict(event.attributes) == first.attributes),
        )
        if not same
    ]
    shown = first.state in _FIRST_OUTCOMES
    return IntakeResult(
        event.id,
        "duplicate",
        first.state if shown else None,
        first.reason if shown else None,
        first.ask_at if shown else None,
        first.eligible_at if shown else None,
        _differs(differing),
    )


def _repeated(event: IncomingEvent, first: IncomingEvent, taken: IntakeResult) -> IntakeResult:
    differing = [
        name
        for name, same in (
            ("touchpoint", event.touchpoint == first.touchpoint),
            ("occurred_at", event.occurred_at == first.occurred_at),
            ("customer.id", event.customer.id == first.customer.id),
            ("order_id", event.order_id == first.order_id),
            ("amount", amount_of(event) == amount_of(first)),
            ("currency", event.currency == first.currency),
            ("attributes", dict(event.attributes) == dict(first.attributes)),
        )
        if not same
    ]
    return IntakeResult(
        event.id,
        "duplicate",
        taken.outcome,
        taken.reason,
        taken.ask_at,
        taken.eligible_at,
        _differs(differing),
    )


def _differs(fields: Iterable[str]) -> str | None:
    listed = ", ".join(fields)
    return f"{listed}: differs from what was first reported under this id; the first content stands" if listed else None
