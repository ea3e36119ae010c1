"""A dry run of the rules over many events in memory: who would have been asked, when, and why the others not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from sys import intern

from surveys.replay import Replay, ReplayEvent, Simulated
from surveys.rules.hours import zone_named
from surveys.rules.identity import ALWAYS_IN_USE, Identities, named_identities
from surveys.rules.incidents import is_apologised_for
from surveys.rules.incoming import IncomingEvent, fault_of
from surveys.rules.journey import Catalogue

__all__ = ["Simulated", "simulate"]

FORGET_EVERY = 50_000


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
    people = _NamedPeople(everybody_reachable=everybody_reachable, channels=channels)
    replay = Replay(catalogue, people)
    seen: set[str] = set()
    kept: list[ReplayEvent] = []
    for line, event in enumerate(events, start=1):
        if event.id in seen:
            yield _result(line, event, "duplicate")
        elif fault := _fault_of(event, catalogue):
            yield _result(line, event, "rejected", error=fault)
        else:
            seen.add(event.id)
            kept.append(_condensed(catalogue, line, event, people.add(event)))
    del seen
    kept.sort(key=lambda event: (event.occurred_at, event.line))
    kept.reverse()
    count = 0
    while kept:
        happened = kept.pop()
        yield from replay.send_until(happened.occurred_at)
        yield from replay.report(happened)
        count += 1
        if count % FORGET_EVERY == 0:
            replay.forget_before(happened.occurred_at)
    yield from replay.finish()


def _fault_of(event: IncomingEvent, catalogue: Catalogue) -> str | None:
    now = event.occurred_at if event.occurred_at.utcoffset() is not None else datetime.now(UTC)
    return fault_of(event, catalogue, now=now)


def _result(line: int, event: IncomingEvent, outcome: str, *, error: str | None = None) -> Simulated:
    return Simulated(line, event.id, event.touchpoint, event.occurred_at, event.order_id, outcome, error=error)


def _condensed(catalogue: Catalogue, line: int, event: IncomingEvent, person: int) -> ReplayEvent:
    """What the rules need of the event."""
    occurred_at = event.occurred_at.astimezone(UTC)
    return ReplayEvent(
        line,
        event.id,
        intern(event.touchpoint),
        occurred_at,
        occurred_at,
        event.order_id,
        person,
        event.customer.id,
        zone_named(event.customer.timezone) if event.customer.timezone else None,
        is_apologised_for(catalogue, event.touchpoint, event.occurred_at, event.attributes, event.occurred_at),
    )


class _NamedPeople:
    """People as a file names them; who is who is settled in the order given, before anything is decided."""

    def __init__(self, *, everybody_reachable: bool, channels: Collection[str]) -> None:
        self._everybody_reachable = everybody_reachable
        self._channels = channels
        self._identities = Identities({}, {})
        self._reachable: set[int] = set()

    def add(self, event: IncomingEvent) -> int:
        """The person of the event."""
        self._identities.add(event.customer)
        person = self._identities.customers[event.customer.id]
        if any(channel in self._channels for channel, _ in named_identities(event.customer)):
            self._reachable.add(person)
        return person

    def is_reachable(self, person: int, at: datetime) -> bool:
        """Whether the file, or the one who asks, says so; always the same."""
        return self._everybody_reachable or person in self._reachable

    def reachable_from(self, person: int, after: datetime) -> datetime | None:
        """Never: a file does not tell when anybody connects."""
        return None

    def opted_out(self, person: int, touchpoint: str, at: datetime) -> bool:
        """Never: a file does not tell."""
        return False
