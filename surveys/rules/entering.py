"""What scanning a QR code again means: a new question, the open one once more, or thanks for the answer of late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from surveys.rules.dialogue import ASKABLE_STATES, SCORE_CHANGEABLE_FOR


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the person began at the touchpoint before; `same_place`: by the same account at the same code."""

    invitation_id: int
    state: str
    expires_at: datetime | None
    answered_at: datetime | None
    same_place: bool


@dataclass(frozen=True, slots=True)
class Begin:
    """They are asked, by an event of its own."""


@dataclass(frozen=True, slots=True)
class ShowAgain:
    """They have not answered yet: the same question once more."""

    invitation_id: int


@dataclass(frozen=True, slots=True)
class Answered:
    """Their answer of late counts; another one would count twice."""


def counted_for(quarantine: timedelta) -> timedelta:
    """How long one answer stands for all: the touchpoint's quarantine, at least while the answer may be changed."""
    return max(quarantine, SCORE_CHANGEABLE_FOR)


def is_counted(answered_at: Iterable[datetime | None], quarantine: timedelta, now: datetime) -> bool:
    """Whether one of the answers given at these instants stands for all."""
    since = now - counted_for(quarantine)
    return any(instant is not None and instant > since for instant in answered_at)


def entering_again(earlier: Sequence[Earlier], quarantine: timedelta, now: datetime) -> Begin | ShowAgain | Answered:
    """What scanning means after what the person `earlier` began at the touchpoint, whichever the place."""
    if is_counted((one.answered_at for one in earlier), quarantine, now):
        return Answered()
    for one in earlier:
        is_open = one.state in ASKABLE_STATES and (one.expires_at is None or now < one.expires_at)
        if one.same_place and is_open:
            return ShowAgain(one.invitation_id)
    return Begin()
