"""What is wrong with the care for a touchpoint: it has nobody, nobody hears of it, or it does not get better."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from surveys.rules.journey import Sentiment, Touchpoint
from surveys.rules.languages import Texts
from surveys.rules.metrics import Measured, Verdict, compare
from surveys.rules.shares import NOTHING, Share, level

SILENT_AFTER = timedelta(days=14)
"""Without an event, or an answer, for so long a touchpoint is silent."""

UNREACHED_ABOVE = 30.0
"""Per cent of events nobody can be asked about; surely more is too much."""

ANSWERED_BELOW = 15.0
"""Per cent of questions; surely fewer is too few."""

UNNAMED = "…"
"""Stands for a touchpoint's name that may hold something personal."""

_NAMEABLE = re.compile(r"\w[\w .:/-]{0,39}")
_MOST_DIGITS = 4


class FindingKind(StrEnum):
    """What is wrong; in the order of how much it hurts."""

    STUCK_NEGATIVE = "stuck_negative"
    UNKNOWN = "unknown"
    NEVER_REPORTED = "never_reported"
    SILENT_EVENTS = "silent_events"
    SILENT_ANSWERS = "silent_answers"
    UNREACHED = "unreached"
    LOW_RESPONSE = "low_response"
    STUCK_NEUTRAL = "stuck_neutral"
    UNCONFIGURED = "unconfigured"
    NO_SURVEY = "no_survey"
    NO_OWNER = "no_owner"
    NO_STANDARD = "no_standard"


RANK = {kind: place for place, kind in enumerate(FindingKind)}


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of one touchpoint in the audit's time; `configured` is None when the catalogue lacks it.

    `unreached` counts events nobody could be asked about (no messenger), `response` answered of delivered;
    `measured` and `previous` are the scores of the time and of as long a time before.
    """

    touchpoint: str
    configured: Touchpoint | None
    events: int = 0
    answers: int = 0
    last_event_at: datetime | None = None
    last_answer_at: datetime | None = None
    unreached: Share = NOTHING
    response: Share = NOTHING
    measured: Measured | None = None
    previous: Measured | None = None

    @property
    def title(self) -> Texts:
        """What people call it."""
        return {} if self.configured is None else self.configured.title

    @property
    def is_managed(self) -> bool:
        """Whether somebody owns it, knows what good means, asks, and hears answers."""
        own = self.configured
        return own is not None and bool(own.owner and own.standard and own.survey and self.answers)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A touchpoint that arrives and no catalogue knows; `near` is the known one that may be meant."""

    name: str
    rejected: int
    first_on: date
    last_on: date
    near: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with one touchpoint, with the figures that show it."""

    kind: FindingKind
    touchpoint: str
    title: Texts = field(hash=False)
    last_at: datetime | None = None
    share: Share | None = None
    measured: Measured | None = None
    previous: Measured | None = None
    events: int = 0
    unknown: Unknown | None = None


def nameable(touchpoint: str) -> str:
    """The name as it may be kept; UNNAMED for one that looks like a phone, an address or a text."""
    digits = sum(character.isdigit() for character in touchpoint)
    return touchpoint if _NAMEABLE.fullmatch(touchpoint) and digits <= _MOST_DIGITS else UNNAMED


def judge(observed: Observed, *, now: datetime, silent_after: timedelta = SILENT_AFTER) -> Iterator[Finding]:
    """Everything that is wrong with the touchpoint, from its figures alone."""
    own = observed.configured
    if own is None:
        yield _finding(FindingKind.UNCONFIGURED, observed)
        return
    yield from _judge_care(own, observed)
    yield from _judge_sound(own, observed, now - silent_after)
    if observed.unreached.is_shown and _ends(observed.unreached)[0] > UNREACHED_ABOVE:
        yield _finding(FindingKind.UNREACHED, observed, share=observed.unreached)
    if observed.response.is_shown and _ends(observed.response)[1] < ANSWERED_BELOW:
        yield _finding(FindingKind.LOW_RESPONSE, observed, share=observed.response)
    yield from _judge_score(observed)


def judge_unknown(unknown: Unknown) -> Finding:
    """What arrives under a name nobody knows is always wrong."""
    return Finding(FindingKind.UNKNOWN, unknown.name, {}, events=unknown.rejected, unknown=unknown)


def _judge_care(own: Touchpoint, observed: Observed) -> Iterator[Finding]:
    if own.owner is None:
        yield _finding(FindingKind.NO_OWNER, observed)
    if not own.standard:
        yield _finding(FindingKind.NO_STANDARD, observed)
    if own.survey is None:
        yield _finding(FindingKind.NO_SURVEY, observed)


def _judge_sound(own: Touchpoint, observed: Observed, since: datetime) -> Iterator[Finding]:
    """A relational touchpoint has no events anybody reports."""
    if own.every is None:
        if observed.last_event_at is None and observed.last_answer_at is None:
            yield _finding(FindingKind.NEVER_REPORTED, observed)
            return
        if observed.last_event_at is not None and observed.last_event_at < since:
            yield _finding(FindingKind.SILENT_EVENTS, observed, last_at=observed.last_event_at)
            return
    if own.survey is not None and (observed.last_answer_at is None or observed.last_answer_at < since):
        yield _finding(FindingKind.SILENT_ANSWERS, observed, last_at=observed.last_answer_at)


def _judge_score(observed: Observed) -> Iterator[Finding]:
    """Not positive now, not positive before, and no real change for the better in between."""
    measured, previous = observed.measured, observed.previous
    if measured is None or previous is None or compare(measured, previous).verdict is Verdict.UP:
        return
    kinds = {Sentiment.NEGATIVE: FindingKind.STUCK_NEGATIVE, Sentiment.NEUTRAL: FindingKind.STUCK_NEUTRAL}
    now_level, level_before = level(measured.answers), level(previous.answers)
    if now_level in kinds and level_before in kinds and not (measured.preliminary or previous.preliminary):
        yield _finding(kinds[now_level], observed, measured=measured, previous=previous)


def _finding(
    kind: FindingKind,
    observed: Observed,
    *,
    last_at: datetime | None = None,
    share: Share | None = None,
    measured: Measured | None = None,
    previous: Measured | None = None,
) -> Finding:
    return Finding(kind, observed.touchpoint, observed.title, last_at, share, measured, previous, observed.events)


def _ends(share: Share) -> tuple[float, float]:
    interval = share.interval
    assert interval is not None
    return interval.low, interval.high
