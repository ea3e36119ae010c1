"""Relational touchpoints: nothing happens at them, so the loop creates their events."""

from __future__ import annotations

from datetime import datetime, timedelta

from db import events, sweeps
from db.database import Transaction
from db.sweeps import RelationshipDue
from surveys.intake import take_in_step
from surveys.publishing import Catalogues
from surveys.rules.incoming import OWN_EVENT_PREFIX, IncomingCustomer, IncomingEvent
from surveys.rules.journey import Touchpoint

ROUND = "relationship"
ROUND_EVERY = timedelta(hours=1)
BATCH = 500
"""So many events are created at once; the rest follow with the next sweep."""

_NUMBERS_TRIED = 20


async def create_relationship_events(transaction: Transaction, catalogues: Catalogues, *, now: datetime) -> int:
    """A step of the sweep: an event for everybody who is due for a relational question; how many were created.

    Due is who can be reached, had one of the touchpoint's `after` within the last period, and none of its own.
    Looked for once an hour.
    """
    touchpoints = catalogues.in_force.catalogue.touchpoints
    relational = {name: one for name, one in touchpoints.items() if one.every is not None and one.survey}
    if not relational or not await sweeps.begin_round(transaction, ROUND, ROUND_EVERY, now=now):
        return 0
    created = 0
    for name, touchpoint in relational.items():
        found = await _due(transaction, catalogues.channels, name, touchpoint, now)
        incoming = await _events(transaction, name, sorted(relational), found, now)
        if incoming:
            await take_in_step(transaction, catalogues, incoming, now=now)
        if len(found) == BATCH:
            await sweeps.repeat_round(transaction, ROUND)
        created += len(incoming)
    return created


async def _due(
    transaction: Transaction, channels: frozenset[str], name: str, touchpoint: Touchpoint, now: datetime
) -> list[RelationshipDue]:
    assert touchpoint.every is not None
    return await sweeps.relationship_due(
        transaction, name, list(touchpoint.after), channels, since=now - touchpoint.every, now=now, limit=BATCH
    )


async def _events(
    transaction: Transaction, name: str, relational: list[str], found: list[RelationshipDue], now: datetime
) -> list[IncomingEvent]:
    """The events, each under the next free number of its person."""
    numbers = await sweeps.relationship_numbers(
        transaction, [one.person_id for one in found], relational, OWN_EVENT_PREFIX
    )
    candidates = {
        one.person_id: [
            f"{OWN_EVENT_PREFIX}{one.person_id}:{numbers.get(one.person_id, 0) + step}"
            for step in range(1, _NUMBERS_TRIED + 1)
        ]
        for one in found
    }
    taken = {
        row.external_id
        for row in await events.known(transaction, [event_id for ids in candidates.values() for event_id in ids])
    }
    incoming = []
    for one in found:
        free = next((event_id for event_id in candidates[one.person_id] if event_id not in taken), None)
        if free is not None:
            incoming.append(IncomingEvent(free, name, now, IncomingCustomer(one.customer)))
    return incoming
