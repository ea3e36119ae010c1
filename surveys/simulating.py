"""A dry run of the rules over many events in memory: who would have been asked, when, and why the others not."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from sys import intern
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
from surveys.rules.hours import zone_named
from surveys.rules.identity import ALWAYS_IN_USE, Identities, named_identities
from surveys.rules.incidents import is_apologised_for
from surveys.rules.incoming import IncomingEvent, fault_of
from surveys.rules.journey import Catalogue
from surveys.rules.quarantine import Contact, first_permitted, is_relational, longest_quarantine
from surveys.rules.trials import Given, given_variant
from surveys.rules.varying import trial_at
from surveys.rules.weeks import local_day

_FORGET_EVERY = 50_000


@dataclass(frozen=True, slots=True)
class Simulated:
    """What would have become of an event: asked, skipped, waiting (nobody reachable), duplicate or rejected.

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


def simulate(
    catalogue: Catalogue,
    events: Iterable[IncomingEvent],
    *,
    everybody_reachable: bool = True,
    channels: Collection[str] = ALWAYS_IN_USE,
) -> Iterator[Simulated]:
    """Replay the events in the order they happened, each reported at once; results come as they become final.

    Everybody is taken to be reachable; otherwise only customers with an id of one of the channels are. Questions go out
    at the instant they are planned for. Relational touchpoints are not replayed. Trials deal people by numbers of the
    replay's own: how many get which variant is as it will be, who gets it is not.

    Of each event only what the rules need is kept: about 300 bytes and its three ids.
    """
    replay = _Replay(catalogue, everybody_reachable=everybody_reachable, channels=channels)
    seen: set[str] = set()
    kept: list[_Event] = []
    for line, event in enumerate(events, start=1):
        if event.id in seen:
            yield _result(line, event, "duplicate")
        elif fault := _fault_of(event, catalogue):
            yield _result(line, event, "rejected", error=fault)
        else:
            seen.add(event.id)
            kept.append(replay.condense(line, event))
    del seen
    kept.sort(key=lambda event: (event.occurred_at, event.line))
    kept.reverse()
    count = 0
    while kept:
        happened = kept.pop()
        yield from replay.send_until(happened.occurred_at)
        yield from replay.report(happened)
        count += 1
        if count % _FORGET_EVERY == 0:
            replay.forget_before(happened.occurred_at)
    yield from replay.send_until(None)


def _fault_of(event: IncomingEvent, catalogue: Catalogue) -> str | None:
    now = event.occurred_at if event.occurred_at.utcoffset() is not None else datetime.now(UTC)
    return fault_of(event, catalogue, now=now)


def _result(line: int, event: IncomingEvent, outcome: str, *, error: str | None = None) -> Simulated:
    return Simulated(line, event.id, event.touchpoint, event.occurred_at, event.order_id, outcome, error=error)


@dataclass(frozen=True, slots=True)
class _Event:
    """What the rules need of an event."""

    line: int
    id: str
    touchpoint: str
    occurred_at: datetime
    order_id: str | None
    person: int
    customer: str
    zone: ZoneInfo | None
    apologised: bool


class _Replay:
    """The persons, what is planned for them, and what they were asked."""

    def __init__(self, catalogue: Catalogue, *, everybody_reachable: bool, channels: Collection[str]) -> None:
        self._catalogue = catalogue
        self._channels = channels
        self._everybody_reachable = everybody_reachable
        self._reachable: set[int] = set()
        self._identities = Identities({}, {})
        self._contacts: dict[int, list[Contact]] = defaultdict(list)
        self._zones: dict[str, ZoneInfo] = {}
        self._planned: dict[int, tuple[_Event, datetime]] = {}
        self._due: list[tuple[datetime, int]] = []
        self._asked_on: dict[date, int] = defaultdict(int)
        self._relational = {name: is_relational(catalogue, name) for name in catalogue.touchpoints}
        asked_by = max((one.ask_by for one in catalogue.touchpoints.values()), default=timedelta(0))
        self._memory = longest_quarantine(catalogue) + asked_by

    def condense(self, line: int, event: IncomingEvent) -> _Event:
        """Keep of the event what the rules need; who is who is settled in the order given."""
        self._identities.add(event.customer)
        person = self._identities.customers[event.customer.id]
        if any(channel in self._channels for channel, _ in named_identities(event.customer)):
            self._reachable.add(person)
        zone = zone_named(event.customer.timezone) if event.customer.timezone else None
        return _Event(
            line,
            event.id,
            intern(event.touchpoint),
            event.occurred_at.astimezone(UTC),
            event.order_id,
            person,
            event.customer.id,
            zone,
            is_apologised_for(
                self._catalogue, event.touchpoint, event.occurred_at, event.attributes, event.occurred_at
            ),
        )

    def report(self, event: _Event) -> Iterator[Simulated]:
        """The event happens and is decided about."""
        if event.zone is not None:
            self._zones[event.customer] = event.zone
        decision = decide(self._catalogue, self._candidate(event), self._person(event), now=event.occurred_at)
        match decision:
            case Waiting():
                yield _told(event, "waiting", reason=SkipReason.UNREACHABLE)
            case Skipped(reason, eligible_at, winner):
                yield _told(event, "skipped", reason=reason, eligible_at=eligible_at, winner=winner)
            case Planned(ask_at, _, _, replaces):
                if replaces is not None:
                    yield self._replace(replaces, event, ask_at)
                self._plan(event, ask_at)

    def send_until(self, until: datetime | None) -> Iterator[Simulated]:
        """Everything due before this instant goes out, or does not after all."""
        while self._due and (until is None or self._due[0][0] <= until):
            at, line = heapq.heappop(self._due)
            event, ask_at = self._planned.get(line, (None, None))
            if event is not None and ask_at == at:
                yield from self._send(event, at)

    def _send(self, event: _Event, now: datetime) -> Iterator[Simulated]:
        self._drop_contact(event)
        touchpoint = self._catalogue.touchpoints[event.touchpoint]
        ask_by = event.occurred_at + touchpoint.ask_by
        candidate = self._candidate(event)
        decision = decide_again(self._catalogue, candidate, self._person(event), ask_by=ask_by, first=True, now=now)
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
            case Waiting():
                del self._planned[event.line]
                yield _told(event, "waiting", reason=SkipReason.UNREACHABLE)

    def forget_before(self, now: datetime) -> None:
        """Forget questions so old that no rule asks for them any more."""
        horizon = now - self._memory
        for person in list(self._contacts):
            kept = [contact for contact in self._contacts[person] if not contact.asked or contact.at > horizon]
            if kept:
                self._contacts[person] = kept
            else:
                del self._contacts[person]

    def _zone(self, event: _Event) -> ZoneInfo:
        return self._zones.get(event.customer, self._catalogue.business.timezone)

    def _candidate(self, event: _Event) -> Candidate:
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

    def _person(self, event: _Event) -> PersonFacts:
        reachable = self._everybody_reachable or event.person in self._reachable
        return PersonFacts(opted_out=False, reachable=reachable, contacts=self._contacts.get(event.person, ()))

    def _plan(self, event: _Event, ask_at: datetime) -> None:
        self._planned[event.line] = (event, ask_at)
        heapq.heappush(self._due, (ask_at, event.line))
        self._keep_contact(event, ask_at, asked=False)

    def _replace(self, loser: Contact, winner: _Event, ask_at: datetime) -> Simulated:
        event, _ = self._planned.pop(loser.invitation_id)
        self._drop_contact(event)
        contacts = [*self._contacts.get(event.person, ()), self._contact(winner, ask_at, asked=False)]
        eligible = first_permitted(self._catalogue, event.touchpoint, contacts, winner.occurred_at, self._zone(event))
        return Simulated(
            event.line,
            event.id,
            event.touchpoint,
            event.occurred_at,
            event.order_id,
            "skipped",
            reason=SkipReason.LOWER_PRIORITY,
            eligible_at=eligible.at,
            asked_instead=winner.id,
        )

    def _contact(self, event: _Event, at: datetime, *, asked: bool) -> Contact:
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

    def _keep_contact(self, event: _Event, at: datetime, *, asked: bool) -> None:
        self._contacts[event.person].append(self._contact(event, at, asked=asked))

    def _drop_contact(self, event: _Event) -> None:
        contacts = self._contacts.get(event.person, [])
        contacts[:] = [contact for contact in contacts if contact.invitation_id != event.line]


def _told(
    event: _Event,
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
