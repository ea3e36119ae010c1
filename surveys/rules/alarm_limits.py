"""When the business wants to hear of something before the week is over, as it configured it in the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta


@dataclass(frozen=True, slots=True)
class Burst:
    """Negatives at one touchpoint and location: this share of at least so many answers `within` the last while."""

    share: float = 0.5
    at_least: int = 5
    within: timedelta = timedelta(hours=6)
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """A score of the last while (`over`) below that of the time before it (`against`), more than chance makes it."""

    over: timedelta = timedelta(days=7)
    against: timedelta = timedelta(days=56)
    at_least: int = 30
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class NothingSent:
    """No question was sent today until this time of the business's zone, although there was somebody to ask."""

    after: time = time(14)
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class NobodyAnswered:
    """So many days without an answer, although at least so many questions were delivered."""

    days: int = 3
    at_least: int = 20
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Alarms:
    """What managers hear of between weeks; None switches a kind off."""

    burst: Burst | None = Burst()
    drop: Drop | None = Drop()
    nothing_sent: NothingSent | None = NothingSent()
    nobody_answered: NobodyAnswered | None = NobodyAnswered()
