"""Taking back what was not yet sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db import contacts, invitations, schedule
from db.database import Database, Transaction
from db.invitations import OpenInvitation
from surveys.deciding import invitation_key


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event that could not be cancelled, and the state that forbids it."""

    id: str
    state: str


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What was cancelled and what was not; neither of both when nothing of the kind is known."""

    cancelled: tuple[str, ...]
    kept: tuple[KeptEvent, ...]

    @property
    def found(self) -> bool:
        """Whether the event or order is known at all."""
        return bool(self.cancelled or self.kept)


async def cancel_event(database: Database, event_id: str, *, now: datetime) -> Cancellation:
    """Cancel the question about one event unless it was sent; repeating it changes nothing."""
    async with database.transaction() as transaction:
        found = await invitations.of_events(transaction, event=event_id)
        return await _cancel(transaction, found, "event_cancelled", event=event_id, now=now)


async def cancel_order(database: Database, order_id: str, *, now: datetime) -> Cancellation:
    """Cancel the questions about all events of an order unless they were sent."""
    async with database.transaction() as transaction:
        found = await invitations.of_events(transaction, order_id=order_id)
        return await _cancel(transaction, found, "order_cancelled", order_id=order_id, now=now)


async def _cancel(
    transaction: Transaction,
    found: Sequence[OpenInvitation],
    reason: str,
    *,
    now: datetime,
    event: str | None = None,
    order_id: str | None = None,
) -> Cancellation:
    await contacts.lock_persons(transaction, {one.person_id for one in found if one.person_id is not None})
    await invitations.lock(transaction, [one.id for one in found])
    current = await invitations.of_events(transaction, event=event, order_id=order_id)
    taken_back = set(await invitations.cancel(transaction, [one.id for one in current], reason, now=now))
    await schedule.drop(transaction, [invitation_key(one) for one in sorted(taken_back)], reason, now=now)
    cancelled = {one.event_external_id for one in current if one.id in taken_back or one.state == "cancelled"}
    kept = {KeptEvent(one.event_external_id, one.state) for one in current if one.event_external_id not in cancelled}
    return Cancellation(tuple(sorted(cancelled)), tuple(sorted(kept, key=lambda one: one.id)))
