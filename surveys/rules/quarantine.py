"""Quarantine: how long a person is left alone between two invitations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from surveys.rules.hours import next_allowed_moment
from surveys.rules.journey import Catalogue, SurveyKind


@dataclass(frozen=True, slots=True)
class Contact:
    """An invitation that counts: one that is planned (`asked` false), or was sent or may have been.

    `at` is the instant of its sending, the planned one until then. `first` is false for the question asked again
    after a complaint: it starts quarantine and takes no order's one question.
    """

    invitation_id: int
    event_id: str
    touchpoint: str
    relational: bool
    order_id: str | None
    occurred_at: datetime
    priority: int
    at: datetime
    asked: bool
    first: bool = True


def is_relational(catalogue: Catalogue, touchpoint: str) -> bool:
    """Whether the touchpoint asks about the whole relationship."""
    configured = catalogue.touchpoints.get(touchpoint)
    if configured is None:
        return False
    survey = catalogue.surveys.get(configured.survey) if configured.survey is not None else None
    return configured.every is not None or (survey is not None and survey.kind is SurveyKind.RELATIONAL)


def quarantine_between(catalogue: Catalogue, touchpoint: str, relational: bool, contact: Contact) -> timedelta:
    """The distance an invitation of the touchpoint keeps from the contact: the longest rule that applies.

    `any` always applies, `relational` between two relational ones, a touchpoint's own between two of that touchpoint.
    """
    periods = catalogue.contact_rules.quarantine
    longest = periods.any
    if relational and contact.relational:
        longest = max(longest, periods.relational)
    if contact.touchpoint == touchpoint and touchpoint in catalogue.touchpoints:
        longest = max(longest, catalogue.touchpoints[touchpoint].quarantine)
    return longest


def longest_quarantine(catalogue: Catalogue) -> timedelta:
    """How far back an invitation may still matter."""
    periods = catalogue.contact_rules.quarantine
    own = (touchpoint.quarantine for touchpoint in catalogue.touchpoints.values())
    return max(periods.any, periods.relational, *own)


def quarantined_until(
    catalogue: Catalogue, touchpoint: str, relational: bool, contacts: Iterable[Contact], at: datetime
) -> datetime | None:
    """Until when quarantine forbids asking at this instant; None when it does not.

    A contact planned for later keeps its place too: nothing is asked so shortly before it that it could not follow.
    """
    latest: datetime | None = None
    for contact in contacts:
        distance = quarantine_between(catalogue, touchpoint, relational, contact)
        if abs(at - contact.at) < distance:
            until = contact.at + distance
            latest = until if latest is None else max(latest, until)
    return latest


@dataclass(frozen=True, slots=True)
class Permitted:
    """The first permitted instant; `quarantined` says that quarantine, not only the time of day, moved it."""

    at: datetime
    quarantined: bool


def first_permitted(
    catalogue: Catalogue, touchpoint: str, contacts: Iterable[Contact], at: datetime, zone: ZoneInfo
) -> Permitted:
    """The first instant, not before `at`, outside quarantine and quiet hours."""
    relational = is_relational(catalogue, touchpoint)
    quiet = catalogue.contact_rules.quiet_hours
    relevant = tuple(contacts)
    quarantined = False
    moment = next_allowed_moment(at, quiet, zone)
    while relevant and (until := quarantined_until(catalogue, touchpoint, relational, relevant, moment)) is not None:
        quarantined = True
        moment = next_allowed_moment(until, quiet, zone)
    return Permitted(moment, quarantined)
