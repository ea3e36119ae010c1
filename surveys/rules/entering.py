"""What scanning a QR code again means: a new question, the open one once more, or thanks for the answer of late."""

from __future__ import annotations

from collections.abc import Sequence
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


def entering_again(earlier: Sequence[Earlier], quarantine: timedelta, now: datetime) -> Begin | ShowAgain | Answered:
    """What scanning means after what the person `earlier` began at the touchpoint, whichever the place."""
    since = now - counted_for(quarantine)
    if any(one.answered_at is not None and one.answered_at > since for one in earlier):
        return Answered()
    for one in earlier:
        is_open = one.state in ASKABLE_STATES and (one.expires_at is None or now < one.expires_at)
        if one.same_place and is_open:
            return ShowAgain(one.invitation_id)
    return Begin()
