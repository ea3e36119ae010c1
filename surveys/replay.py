"""Plays events through the rules in memory, in the order they became known: the one engine of every simulation."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from surveys.rules.asking import (
    Candidate,
    Move,
    PersonFacts,
    Planned,
    Send,
    Skipped,
    SkipReason,
    Waiting,
    decide,
    decide_again,
    decide_over_limit,
    sample_share,
)
from surveys.rules.journey import Catalogue
from surveys.rules.quarantine import Contact, first_permitted, is_relational, longest_quarantine
from surveys.rules.trials import Given, given_variant
from surveys.rules.varying import trial_at
from surveys.rules.weeks import local_day


@dataclass(frozen=True, slots=True)
class Simulated:
    """What would have become of an event: asked, skipped, waiting (nobody reachable), planned, cancelled, duplicate
    or rejected.

    `at` is when it would have been asked, under which variant of which trial. `line` counts the events from 1, in the
    order they were given.
    """

    line: int
    event_id: str
    touchpoint: str
    occurred_at: datetime
    order_id: str | None
    outcome: str
    at: datetime | None = None
    reason: str | None = None
    eligible_at: datetime | None = None
    asked_instead: str | None = None
    error: str | None = None
    trial: str | None = None
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class ReplayEvent:
    """What the rules need of an event; it is decided about when it became known, at `received_at`."""

    line: int
    id: str
    touchpoint: str
    occurred_at: datetime
    received_at: datetime
    order_id: str | None
    person: int
    customer: str
    zone: ZoneInfo | None
    apologised: bool
    cancelled_at: datetime | None = None


class People(Protocol):
    """What is known of those who are asked."""

    def is_reachable(self, person: int, at: datetime) -> bool:
        """Whether they could be written to at this instant."""
        ...

    def reachable_from(self, person: int, after: datetime) -> datetime | None:
        """When they could be written to again, after an instant at which they could not; None: not known to be ever."""
        ...

    def opted_out(self, person: int, touchpoint: str, at: datetime) -> bool:
        """Whether they had asked not to be asked, at all or about this touchpoint."""
        ...


class _Rank(IntEnum):
    """What comes first of things of one instant; what an instant itself makes due goes out once it is over."""

    SENT = 0
    KNOWN = 1
    SENT_AT_ONCE = 2


class Replay:
    """The persons, what is planned for them, and what they were asked.

    With `until` what is not sent by then stays planned or waiting, and who was never reachable in time is skipped, as
    the product does; without it everything goes out that ever would.
    """

    def __init__(self, catalogue: Catalogue, people: People, *, until: datetime | None = None) -> None:
        self._catalogue = catalogue
        self._people = people
        self._until = until
        self._contacts: dict[int, list[Contact]] = defaultdict(list)
        self._zones: dict[str, ZoneInfo] = {}
        self._planned: dict[int, tuple[ReplayEvent, datetime]] = {}
        self._waiting: dict[int, list[ReplayEvent]] = {}
        self._due: list[tuple[datetime, _Rank, int, int, _Happening]] = []
        self._pushed = 0
        self._now: datetime | None = None
        self._asked_on: dict[date, int] = defaultdict(int)
        self._relational = {name: is_relational(catalogue, name) for name in catalogue.touchpoints}
        asked_by = max((one.ask_by for one in catalogue.touchpoints.values()), default=timedelta(0))
        self._memory = longest_quarantine(catalogue) + asked_by

    def know(self, person: int, contact: Contact, known_at: datetime, *, counts: bool) -> None:
        """An invitation that stays as it was, whatever the catalogue: known from this instant on, asked at its own.

        `counts`: it took one of its day's places.
        """
        self._push(known_at, _Rank.KNOWN, contact.invitation_id, _Given(person, contact, counts))

    def report(self, event: ReplayEvent) -> Iterator[Simulated]:
        """The event becomes known and is decided about; everything due before has to be done with by `send_until`."""
        if event.zone is not None:
            self._zones[event.customer] = event.zone
        self._now = event.received_at
        yield from self._decide(event, event.received_at)
        if event.cancelled_at is not None:
            self._push(event.cancelled_at, _Rank.KNOWN, event.line, _Cancelled(event))

    def send_until(self, until: datetime | None) -> Iterator[Simulated]:
        """Everything due before this instant goes out, or does not after all."""
        yield from self._play(until, _Rank.KNOWN)

    def _play(self, until: datetime | None, last: _Rank) -> Iterator[Simulated]:
        while self._due and (until is None or self._due[0][:2] <= (until, last)):
            at, _, line, _, happening = heapq.heappop(self._due)
            self._now = at
            match happening:
                case _Given(person, contact, counts, asking):
                    self._learn(person, contact, at, counts=counts, asking=asking)
                case _Cancelled(event):
                    yield from self._cancel(event, at)
                case _Reached(person):
                    yield from self._reach(person, at)
                case None:
                    event_planned, ask_at = self._planned.get(line, (None, None))
                    if event_planned is not None and ask_at == at:
                        yield from self._send(event_planned, at)

    def finish(self) -> Iterator[Simulated]:
        """Play to the end, and say what is still open then."""
        yield from self._play(self._until, _Rank.SENT_AT_ONCE)
        for event, ask_at in self._planned.values():
            yield _told(event, "planned", at=ask_at)
        for events in self._waiting.values():
            for event in events:
                yield self._unreached(event)
        self._planned.clear()
        self._waiting.clear()

    def forget_before(self, now: datetime) -> None:
        """Forget questions so old that no rule asks for them any more."""
        horizon = now - self._memory
        for person in list(self._contacts):
            kept = [contact for contact in self._contacts[person] if not contact.asked or contact.at > horizon]
            if kept:
                self._contacts[person] = kept
            else:
                del self._contacts[person]

    def _decide(self, event: ReplayEvent, now: datetime) -> Iterator[Simulated]:
        decision = decide(self._catalogue, self._candidate(event), self._person(event, now), now=now)
        match decision:
            case Waiting(ask_by):
                yield from self._wait(event, ask_by, now)
            case Skipped(reason, eligible_at, winner):
                yield _told(event, "skipped", reason=reason, eligible_at=eligible_at, winner=winner)
            case Planned(ask_at, _, _, replaces):
                if replaces is not None:
                    yield from self._replace(replaces, event, ask_at, now)
                self._plan(event, ask_at)

    def _wait(self, event: ReplayEvent, ask_by: datetime, now: datetime) -> Iterator[Simulated]:
        reached = self._people.reachable_from(event.person, now)
        if reached is None or reached > ask_by:
            yield self._unreached(event)
            return
        if event.person not in self._waiting:
            self._waiting[event.person] = []
            self._push(reached, _Rank.KNOWN, event.line, _Reached(event.person))
        self._waiting[event.person].append(event)

    def _unreached(self, event: ReplayEvent) -> Simulated:
        touchpoint = self._catalogue.touchpoints[event.touchpoint]
        is_over = self._until is not None and event.occurred_at + touchpoint.ask_by < self._until
        return _told(event, "skipped" if is_over else "waiting", reason=SkipReason.UNREACHABLE)

    def _reach(self, person: int, now: datetime) -> Iterator[Simulated]:
        """Somebody connected: what waited for them is decided anew, the larger priority first."""
        touchpoints = self._catalogue.touchpoints
        waited = self._waiting.pop(person, [])
        waited.sort(key=lambda event: (-touchpoints[event.touchpoint].priority, event.occurred_at, event.id))
        for event in waited:
            yield from self._decide(event, now)

    def _cancel(self, event: ReplayEvent, now: datetime) -> Iterator[Simulated]:
        waiting = self._waiting.get(event.person, [])
        if event.line in self._planned:
            del self._planned[event.line]
            self._drop_contact(event.person, event.line)
        elif event in waiting:
            waiting.remove(event)
        else:
            return
        yield _told(event, "cancelled")

    def _learn(self, person: int, contact: Contact, now: datetime, *, counts: bool, asking: bool) -> None:
        if contact.at >= now and not asking:
            self._contacts[person].append(replace(contact, asked=False))
            asked = _Given(person, contact, counts, asking=True)
            self._push(contact.at, self._rank(contact.at), contact.invitation_id, asked)
            return
        if asking and not self._drop_contact(person, contact.invitation_id):
            return  # a better event of its order was asked about instead
        self._contacts[person].append(contact)
        if counts:
            self._asked_on[local_day(contact.at, self._catalogue.business.timezone)] += 1

    def _send(self, event: ReplayEvent, now: datetime) -> Iterator[Simulated]:
        self._drop_contact(event.person, event.line)
        touchpoint = self._catalogue.touchpoints[event.touchpoint]
        ask_by = event.occurred_at + touchpoint.ask_by
        candidate = self._candidate(event)
        person = self._person(event, now)
        decision = decide_again(self._catalogue, candidate, person, ask_by=ask_by, first=True, now=now)
        day = local_day(now, self._catalogue.business.timezone)
        if isinstance(decision, Send) and self._asked_on[day] >= self._catalogue.contact_rules.max_per_day:
            decision = decide_over_limit(self._catalogue, candidate, ask_by=ask_by, now=now)
        match decision:
            case Send():
                self._asked_on[day] += 1
                del self._planned[event.line]
                self._keep_contact(event, now, asked=True)
                yield _told(event, "asked", at=now, given=candidate.given)
            case Move(ask_at, _):
                self._plan(event, ask_at)
            case Skipped(reason, eligible_at, winner):
                del self._planned[event.line]
                yield _told(event, "skipped", reason=reason, eligible_at=eligible_at, winner=winner)
            case Waiting(ask_by):
                del self._planned[event.line]
                yield from self._wait(event, ask_by, now)

    def _rank(self, at: datetime) -> _Rank:
        """Of a sending that is put on the list now."""
        return _Rank.SENT_AT_ONCE if self._now is not None and at <= self._now else _Rank.SENT

    def _push(self, at: datetime, rank: _Rank, line: int, happening: _Happening) -> None:
        self._pushed += 1
        heapq.heappush(self._due, (at, rank, line, self._pushed, happening))

    def _zone(self, event: ReplayEvent) -> ZoneInfo:
        return self._zones.get(event.customer, self._catalogue.business.timezone)

    def _candidate(self, event: ReplayEvent) -> Candidate:
        running = trial_at(self._catalogue, event.touchpoint, event.occurred_at)
        return Candidate(
            event.id,
            event.touchpoint,
            event.occurred_at,
            event.order_id,
            sample_share(event.id),
            self._zone(event),
            event.apologised,
            None if running is None else given_variant(*running, event.person, {}),
        )

    def _person(self, event: ReplayEvent, now: datetime) -> PersonFacts:
        return PersonFacts(
            opted_out=self._people.opted_out(event.person, event.touchpoint, now),
            reachable=self._people.is_reachable(event.person, now),
            contacts=self._contacts.get(event.person, ()),
        )

    def _plan(self, event: ReplayEvent, ask_at: datetime) -> None:
        self._planned[event.line] = (event, ask_at)
        self._push(ask_at, self._rank(ask_at), event.line, None)
        self._keep_contact(event, ask_at, asked=False)

    def _replace(self, loser: Contact, winner: ReplayEvent, ask_at: datetime, now: datetime) -> Iterator[Simulated]:
        """What gives way to a better event of the order; one that was given is not told of."""
        self._drop_contact(winner.person, loser.invitation_id)
        event, _ = self._planned.pop(loser.invitation_id, (None, None))
        if event is None:
            return
        better = self._contact(winner, ask_at, asked=False)
        contacts = [*self._contacts.get(event.person, ()), better]
        eligible = first_permitted(self._catalogue, event.touchpoint, contacts, now, self._zone(event))
        reason = SkipReason.LOWER_PRIORITY
        yield _told(event, "skipped", reason=reason, eligible_at=eligible.at, winner=better)

    def _contact(self, event: ReplayEvent, at: datetime, *, asked: bool) -> Contact:
        return Contact(
            event.line,
            event.id,
            event.touchpoint,
            self._relational[event.touchpoint],
            event.order_id,
            event.occurred_at,
            self._catalogue.touchpoints[event.touchpoint].priority,
            at,
            asked=asked,
        )

    def _keep_contact(self, event: ReplayEvent, at: datetime, *, asked: bool) -> None:
        self._contacts[event.person].append(self._contact(event, at, asked=asked))

    def _drop_contact(self, person: int, invitation_id: int) -> int:
        contacts = self._contacts.get(person, [])
        before = len(contacts)
        contacts[:] = [contact for contact in contacts if contact.invitation_id != invitation_id]
        return before - len(contacts)


@dataclass(frozen=True, slots=True)
class _Given:
    person: int
    contact: Contact
    counts: bool
    asking: bool = False


@dataclass(frozen=True, slots=True)
class _Cancelled:
    event: ReplayEvent


@dataclass(frozen=True, slots=True)
class _Reached:
    person: int


_Happening = _Given | _Cancelled | _Reached | None
"""None: the question of the event of this line falls due."""


def _told(
    event: ReplayEvent,
    outcome: str,
    *,
    at: datetime | None = None,
    reason: SkipReason | None = None,
    eligible_at: datetime | None = None,
    winner: Contact | None = None,
    given: Given | None = None,
) -> Simulated:
    return Simulated(
        event.line,
        event.id,
        event.touchpoint,
        event.occurred_at,
        event.order_id,
        outcome,
        at,
        reason,
        eligible_at,
        winner.event_id if winner else None,
        trial=given.trial if given else None,
        variant=given.variant.value if given else None,
    )
