"""What another catalogue would have done to a recorded period, beside the one in force and what really happened.

The events of the period are played again through the rules, in the order they became known; nothing is written.
What is taken from the record and what cannot be known is told in docs/simulating.md.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from sys import intern

from db import replaying
from db.database import Database
from db.replaying import RecordedContact, RecordedEvent
from surveys.publishing import Catalogues
from surveys.recorded_people import RecordedPeople
from surveys.replay import Replay, ReplayEvent
from surveys.rules.hours import zone_named
from surveys.rules.incidents import is_apologised_for
from surveys.rules.incoming import OWN_EVENT_PREFIX
from surveys.rules.journey import Catalogue
from surveys.rules.quarantine import Contact, longest_quarantine
from surveys.rules.weeks import local_day

DEFAULT_PERIOD = timedelta(days=30)
PAGE = 5_000
_FORGET_EVERY = 50_000
_ASKED = frozenset({"sending", "sent", "unknown", "answered", "expired"})

Progress = Callable[[int, int], None]
"""Told how many events of how many were read or played; each is read once and played twice."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an event: asked, planned, waiting, skipped, cancelled or rejected, and why."""

    outcome: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A day and how many were asked on it."""

    day: date
    asked: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a catalogue did, or would have done.

    `counts` by touchpoint; `people` is how many people were asked so many times; `per_day` the days somebody was
    asked on; `days` all days from the first of the period to the last a question could go out on.
    """

    counts: Mapping[str, Mapping[Outcome, int]]
    people: Mapping[int, int]
    per_day: tuple[Day, ...]
    days: int
    max_per_day: int

    @property
    def asked(self) -> int:
        """How many questions went out."""
        return sum(day.asked for day in self.per_day)

    @property
    def planned(self) -> int:
        """How many questions are still to go out."""
        return sum(
            count
            for counts in self.counts.values()
            for outcome, count in counts.items()
            if outcome.outcome == "planned"
        )

    @property
    def busiest(self) -> Day | None:
        """The day most were asked on, the first of several."""
        return max(self.per_day, key=lambda day: (day.asked, -day.day.toordinal()), default=None)

    @property
    def mean_per_day(self) -> float:
        """Questions a day, days without any counted."""
        return self.asked / self.days

    @property
    def days_at_limit(self) -> int:
        """On how many days as many were asked as `max_per_day` allows, or more."""
        return sum(day.asked >= self.max_per_day for day in self.per_day)


@dataclass(frozen=True, slots=True)
class Transition:
    """So many events of a touchpoint would have come to another outcome; one of them is the example."""

    touchpoint: str
    before: Outcome
    after: Outcome
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A period as it was, as the catalogue in force and as the proposed one would have it.

    `changes` lead from the catalogue in force to the proposed one, the most frequent first. `reproduced` is how many
    events the catalogue in force brings to what really became of them; `forgotten` could not be played.
    """

    start: datetime
    end: datetime
    events: int
    forgotten: int
    relational: int
    recorded: Effect
    in_force: Effect
    proposed: Effect
    changes: tuple[Transition, ...]
    reproduced: int


async def compare(
    database: Database,
    catalogues: Catalogues,
    proposed: Catalogue,
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    progress: Progress | None = None,
) -> Comparison:
    """Play the events that happened in [start, end) under both catalogues; raises NoCatalogueError.

    What was to go out after `now` counts as planned. About 500 bytes are held for each event.
    """
    in_force = catalogues.in_force.catalogue
    steps = _Steps(progress)
    record = await _read(
        database, (in_force, proposed), catalogues.channels, start=start, end=end, now=now, steps=steps
    )
    return await asyncio.to_thread(_compare, record, in_force, proposed, steps)


@dataclass(frozen=True, slots=True)
class _Record:
    start: datetime
    end: datetime
    now: datetime
    events: Sequence[RecordedEvent]
    contacts: Sequence[RecordedContact]
    people: RecordedPeople
    forgotten: int


async def _read(
    database: Database,
    both: tuple[Catalogue, Catalogue],
    channels: Collection[str],
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    steps: _Steps,
) -> _Record:
    since = start - max(longest_quarantine(catalogue) for catalogue in both)
    async with database.transaction() as transaction:
        await replaying.take_snapshot(transaction)
        total, forgotten = await replaying.count_events(transaction, start=start, end=end)
        steps.total = 3 * (total - forgotten)
        events: list[RecordedEvent] = []
        while True:
            after = (events[-1].occurred_at, events[-1].id) if events else None
            page = await replaying.events(transaction, start=start, end=end, after=after, limit=PAGE)
            events += page
            steps.advance(len(page))
            if len(page) < PAGE:
                break
        contacts = await replaying.other_contacts(transaction, start=start, end=end, since=since, until=now)
        people = RecordedPeople(await replaying.accounts(transaction), await replaying.opted_out(transaction), channels)
    decided = [event for event in events if event.state]
    decided.sort(key=lambda event: (event.received_at, event.id))
    return _Record(start, end, now, decided, contacts, people, forgotten)


def _compare(record: _Record, in_force: Catalogue, proposed: Catalogue, steps: _Steps) -> Comparison:
    before = _Played(record, in_force, steps)
    after = _Played(record, proposed, steps)
    really = {
        line: (_outcome_of(event), event.sent_at if event.state in _ASKED else None)
        for line, event in enumerate(record.events)
    }
    found: Counter[tuple[str, Outcome, Outcome]] = Counter()
    examples: dict[tuple[str, Outcome, Outcome], str] = {}
    for line, event in enumerate(record.events):
        change = (event.touchpoint, before.results[line][0], after.results[line][0])
        if change[1] != change[2]:
            found[change] += 1
            examples.setdefault(change, event.event_id)
    return Comparison(
        start=record.start,
        end=record.end,
        events=len(record.events),
        forgotten=record.forgotten,
        relational=sum(event.event_id.startswith(OWN_EVENT_PREFIX) for event in record.events),
        recorded=_effect(record, in_force, really),
        in_force=before.effect(),
        proposed=after.effect(),
        changes=tuple(
            Transition(*change, count, examples[change])
            for change, count in sorted(found.items(), key=lambda item: (-item[1], item[0][0]))
        ),
        reproduced=sum(really[line][0] == before.results[line][0] for line in really),
    )


_Results = Mapping[int, tuple[Outcome, datetime | None]]
"""By the place of the event: what became of it, and when it was asked."""


class _Played:
    """The period under one catalogue."""

    def __init__(self, record: _Record, catalogue: Catalogue, steps: _Steps) -> None:
        self._record = record
        self._catalogue = catalogue
        self.results: dict[int, tuple[Outcome, datetime | None]] = {}
        replay = Replay(catalogue, record.people, until=record.now)
        for contact in record.contacts:
            replay.know(contact.person_id, _contact(contact), contact.known_at, counts=contact.state in _ASKED)
        for line, event in enumerate(record.events):
            for result in replay.send_until(event.received_at):
                self._take(result.line, result.outcome, result.reason, result.at)
            for result in replay.report(_event(catalogue, record.people, line, event)):
                self._take(result.line, result.outcome, result.reason, result.at)
            if line % _FORGET_EVERY == _FORGET_EVERY - 1:
                replay.forget_before(event.received_at)
            if line % PAGE == PAGE - 1:
                steps.advance(PAGE)
        for result in replay.finish():
            self._take(result.line, result.outcome, result.reason, result.at)
        steps.advance(len(record.events) % PAGE)

    def effect(self) -> Effect:
        """What it comes to."""
        return _effect(self._record, self._catalogue, self.results)

    def _take(self, line: int, outcome: str, reason: str | None, at: datetime | None) -> None:
        kept = None if reason is None or outcome == "waiting" else str(reason)
        self.results[line] = (Outcome(outcome, kept), at if outcome == "asked" else None)


def _effect(record: _Record, catalogue: Catalogue, results: _Results) -> Effect:
    zone = catalogue.business.timezone
    counts: dict[str, Counter[Outcome]] = defaultdict(Counter)
    times: Counter[int] = Counter()
    days: Counter[date] = Counter()
    for line, (outcome, asked_at) in results.items():
        event = record.events[line]
        counts[event.touchpoint][outcome] += 1
        if asked_at is not None:
            times[record.people.person_of(event, event.received_at)] += 1
            days[local_day(asked_at, zone)] += 1
    first, last = (
        local_day(record.start, zone),
        local_day(min(record.end, record.now) - timedelta(microseconds=1), zone),
    )
    last = max([last, *days])
    return Effect(
        counts={touchpoint: counts[touchpoint] for touchpoint in sorted(counts)},
        people=dict(sorted(Counter(times.values()).items())),
        per_day=tuple(Day(day, asked) for day, asked in sorted(days.items())),
        days=(last - first).days + 1,
        max_per_day=catalogue.contact_rules.max_per_day,
    )


def _outcome_of(event: RecordedEvent) -> Outcome:
    if event.state in _ASKED:
        return Outcome("asked")
    return Outcome(event.state, event.reason if event.state == "skipped" else None)


def _event(catalogue: Catalogue, people: RecordedPeople, line: int, event: RecordedEvent) -> ReplayEvent:
    attributes = dict.fromkeys(event.flags, True)
    return ReplayEvent(
        line,
        event.event_id,
        intern(event.touchpoint),
        event.occurred_at,
        event.received_at,
        event.order_id,
        people.person_of(event, event.received_at),
        event.customer,
        zone_named(event.timezone) if event.timezone else None,
        is_apologised_for(catalogue, event.touchpoint, event.occurred_at, attributes, event.received_at),
        event.cancelled_at,
    )


def _contact(row: RecordedContact) -> Contact:
    """The invitation as the rules see it; below zero, so that it is not taken for one of the events played."""
    return Contact(
        -1 - row.invitation_id,
        row.event_id,
        row.touchpoint,
        row.relational,
        row.order_id,
        row.occurred_at,
        row.priority,
        row.at,
        asked=row.state != "planned",
        first=row.purpose == "first",
    )


class _Steps:
    """How far the work is."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._done = 0
        self.total = 0

    def advance(self, events: int) -> None:
        """So many more are done."""
        self._done += events
        if self._progress is not None:
            self._progress(self._done, self.total)
