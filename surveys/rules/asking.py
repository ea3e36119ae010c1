"""Whether and when somebody is asked about what happened to them, and why not.

`docs/eligibility.md` shows the order of these decisions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from surveys.rules.hours import next_allowed_moment
from surveys.rules.journey import Catalogue, Survey, Touchpoint, WhenBlocked
from surveys.rules.quarantine import Contact, first_permitted
from surveys.rules.trials import Given
from surveys.rules.varying import varied_survey, varied_touchpoint
from surveys.rules.weeks import day_start, local_day


class SkipReason(StrEnum):
    """Why an event is not asked about; none of these is taken back."""

    NO_SURVEY = "no_survey"
    NOT_SAMPLED = "not_sampled"
    OPTED_OUT = "opted_out"
    STALE = "stale"
    ORDER_ALREADY_ASKED = "order_already_asked"
    LOWER_PRIORITY = "lower_priority"
    QUARANTINE = "quarantine"
    UNREACHABLE = "unreachable"
    DAILY_LIMIT = "daily_limit"
    APOLOGISED = "apologised"


OTHER_ACCOUNT = "other_account"
"""The detail of the row by which an unanswered question goes out by the person's other account."""


class MoveReason(StrEnum):
    """Why an invitation is asked later than its touchpoint says."""

    QUARANTINE = "quarantine"
    QUIET_HOURS = "quiet_hours"
    DAILY_LIMIT = "daily_limit"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event somebody might be asked about; `share` in [0, 1) decides whether the sample takes it.

    `apologised`: they get an apology about it instead of a question. `given`: the variant of a trial they are given.
    """

    event_id: str
    touchpoint: str
    occurred_at: datetime
    order_id: str | None
    share: float
    zone: ZoneInfo
    apologised: bool = False
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of the one who would be asked; `contacts` are the invitations that count.

    `opted_out` of everything, or only of the touchpoints `opted_out_of`.
    """

    opted_out: bool
    reachable: bool
    contacts: Sequence[Contact]
    opted_out_of: frozenset[str] = frozenset()

    def refuses(self, touchpoint: str) -> bool:
        """Whether they do not want to be asked about this."""
        return self.opted_out or touchpoint in self.opted_out_of


@dataclass(frozen=True, slots=True)
class Planned:
    """Asked at `ask_at`; `replaces` is the planned invitation of the same order that gives way."""

    ask_at: datetime
    ask_by: datetime
    moved: MoveReason | None = None
    replaces: Contact | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nobody can be reached yet; asked when they connect before `ask_by`."""

    ask_by: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """Not asked. From `eligible_at` the person may be asked about this touchpoint again, as far as is known now."""

    reason: SkipReason
    eligible_at: datetime | None = None
    winner: Contact | None = None


Decision = Planned | Waiting | Skipped


@dataclass(frozen=True, slots=True)
class Send:
    """Decided again: goes out now."""


@dataclass(frozen=True, slots=True)
class Move:
    """Decided again: asked later."""

    ask_at: datetime
    reason: MoveReason


def sample_share(event_id: str) -> float:
    """A number in [0, 1) that is always the same for this event and spread evenly over events."""
    digest = hashlib.blake2b(event_id.encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def survey_of(catalogue: Catalogue, touchpoint: str, given: Given | None = None) -> tuple[Touchpoint, Survey] | None:
    """The touchpoint with the survey it asks, as the variant has them; None when the catalogue has none for it."""
    configured = catalogue.touchpoints.get(touchpoint)
    survey = catalogue.surveys.get(configured.survey) if configured is not None and configured.survey else None
    if configured is None or survey is None:
        return None
    return varied_touchpoint(catalogue, configured, given), varied_survey(catalogue, survey, given)


def wins(priority: int, occurred_at: datetime, event_id: str, over: Contact) -> bool:
    """Whether the event is the one to ask about, of two of one order: larger priority, then earlier, then by id."""
    if priority != over.priority:
        return priority > over.priority
    return (occurred_at, event_id) < (over.occurred_at, over.event_id)


def decide(catalogue: Catalogue, candidate: Candidate, person: PersonFacts, *, now: datetime) -> Decision:
    """Whether and when to ask about an event that became known now."""
    asked_about = survey_of(catalogue, candidate.touchpoint, candidate.given)
    if asked_about is None:
        return Skipped(SkipReason.NO_SURVEY)
    if candidate.apologised:
        return Skipped(SkipReason.APOLOGISED)
    touchpoint, _ = asked_about
    ask_by = candidate.occurred_at + touchpoint.ask_by
    sampled = candidate.share < touchpoint.sample
    refused = _refused(catalogue, candidate, person, ask_by=ask_by, sampled=sampled, now=now)
    if refused is not None:
        return refused
    if not person.reachable:
        return Waiting(ask_by)
    return _placed(catalogue, candidate, person, touchpoint, ask_by=ask_by, now=now)


def decide_again(
    catalogue: Catalogue,
    candidate: Candidate,
    person: PersonFacts,
    *,
    ask_by: datetime | None,
    first: bool,
    now: datetime,
) -> Send | Move | Skipped | Waiting:
    """What becomes of a planned invitation that is due now; `person.contacts` are the others that count.

    The question asked again after a complaint (`first` false) obeys neither quarantine nor one question per order, and
    waits for nobody.
    """
    asked_about = survey_of(catalogue, candidate.touchpoint, candidate.given)
    if asked_about is None:
        return Skipped(SkipReason.NO_SURVEY)
    touchpoint, _ = asked_about
    counting = replace(person, contacts=person.contacts if first else ())
    refused = _refused(catalogue, candidate, counting, ask_by=ask_by, sampled=True, now=now)
    if refused is not None:
        return refused
    if not person.reachable:
        return Skipped(SkipReason.UNREACHABLE) if ask_by is None or not first else Waiting(ask_by)
    return _placed_again(catalogue, candidate, counting.contacts, touchpoint, ask_by=ask_by, now=now)


def _refused(
    catalogue: Catalogue,
    candidate: Candidate,
    person: PersonFacts,
    *,
    ask_by: datetime | None,
    sampled: bool,
    now: datetime,
) -> Skipped | None:
    """Why not to ask, whoever can be reached and whenever it would be."""
    asked = next((rival for rival in _rivals(candidate, person.contacts) if rival.asked), None)
    if person.refuses(candidate.touchpoint):
        return Skipped(SkipReason.OPTED_OUT)
    if ask_by is not None and now > ask_by:
        reason = SkipReason.STALE
    elif not sampled:
        reason = SkipReason.NOT_SAMPLED
    elif asked is not None:
        reason = SkipReason.ORDER_ALREADY_ASKED
    else:
        return None
    winner = asked if reason is SkipReason.ORDER_ALREADY_ASKED else None
    return Skipped(reason, _eligible_at(catalogue, candidate, person.contacts, now), winner)


def _placed(
    catalogue: Catalogue,
    candidate: Candidate,
    person: PersonFacts,
    touchpoint: Touchpoint,
    *,
    ask_by: datetime,
    now: datetime,
) -> Planned | Skipped:
    """When to ask somebody who may be asked, unless a better event of the order or quarantine forbids it."""
    rivals = _rivals(candidate, person.contacts)
    replaces = min(rivals, key=lambda rival: (-rival.priority, rival.occurred_at, rival.event_id), default=None)
    if replaces is not None and not wins(touchpoint.priority, candidate.occurred_at, candidate.event_id, replaces):
        eligible_at = _eligible_at(catalogue, candidate, person.contacts, now)
        return Skipped(SkipReason.LOWER_PRIORITY, eligible_at, replaces)
    others = [contact for contact in person.contacts if contact is not replaces]
    wished = max(now, candidate.occurred_at + touchpoint.ask_after)
    permitted = first_permitted(catalogue, candidate.touchpoint, others, wished, candidate.zone)
    if permitted.quarantined and (touchpoint.when_blocked is WhenBlocked.SKIP or permitted.at > ask_by):
        return Skipped(SkipReason.QUARANTINE, permitted.at)
    if permitted.at > ask_by:
        return Skipped(SkipReason.STALE, permitted.at)
    moved = MoveReason.QUIET_HOURS if permitted.at > wished else None
    return Planned(permitted.at, ask_by, MoveReason.QUARANTINE if permitted.quarantined else moved, replaces)


def _placed_again(
    catalogue: Catalogue,
    candidate: Candidate,
    contacts: Sequence[Contact],
    touchpoint: Touchpoint,
    *,
    ask_by: datetime | None,
    now: datetime,
) -> Send | Move | Skipped:
    """Now, unless something that was really asked, or the hour, forbids it; what is only planned gives way."""
    asked = [contact for contact in contacts if contact.asked]
    permitted = first_permitted(catalogue, candidate.touchpoint, asked, now, candidate.zone)
    if permitted.at == now:
        return Send()
    if not permitted.quarantined:
        if ask_by is not None and permitted.at > ask_by:
            return Skipped(SkipReason.STALE, permitted.at)
        return Move(permitted.at, MoveReason.QUIET_HOURS)
    permitted = first_permitted(catalogue, candidate.touchpoint, contacts, now, candidate.zone)
    if touchpoint.when_blocked is WhenBlocked.SKIP or (ask_by is not None and permitted.at > ask_by):
        return Skipped(SkipReason.QUARANTINE, permitted.at)
    return Move(permitted.at, MoveReason.QUARANTINE)


def decide_over_limit(
    catalogue: Catalogue, candidate: Candidate, *, ask_by: datetime | None, now: datetime
) -> Move | Skipped:
    """What becomes of an invitation that is due when as many were asked today as `max_per_day` allows."""
    opening = next_opening_day(catalogue, candidate.zone, now)
    if ask_by is not None and opening > ask_by:
        return Skipped(SkipReason.DAILY_LIMIT, opening)
    return Move(opening, MoveReason.DAILY_LIMIT)


def next_opening_day(catalogue: Catalogue, zone: ZoneInfo, now: datetime) -> datetime:
    """When people of the zone may be disturbed on the business's next day."""
    business_zone = catalogue.business.timezone
    tomorrow = day_start(local_day(now, business_zone) + timedelta(days=1), business_zone)
    return next_allowed_moment(tomorrow, catalogue.contact_rules.quiet_hours, zone)


@dataclass(frozen=True, slots=True)
class Unneeded:
    """A reminder nobody needs any more; `reason` is the invitation's state, or why the person is left alone."""

    reason: str


def decide_reminder(
    catalogue: Catalogue,
    *,
    state: str,
    expires_at: datetime | None,
    person: PersonFacts,
    zone: ZoneInfo,
    now: datetime,
) -> Send | Move | Unneeded:
    """Whether a reminder that is due goes out: only while the question is open, outside quiet hours."""
    permitted = next_allowed_moment(now, catalogue.contact_rules.quiet_hours, zone)
    if state != "sent":
        return Unneeded(state)
    if expires_at is not None and permitted >= expires_at:
        return Unneeded("expired")
    if person.opted_out:
        return Unneeded(SkipReason.OPTED_OUT)
    if not person.reachable:
        return Unneeded(SkipReason.UNREACHABLE)
    return Send() if permitted == now else Move(permitted, MoveReason.QUIET_HOURS)


def decide_same_again(
    catalogue: Catalogue, *, state: str, person: PersonFacts, zone: ZoneInfo, now: datetime
) -> Send | Unneeded:
    """Whether a question that may have arrived is sent again under the same key: not moved, rather left unknown."""
    if state != "unknown":
        return Unneeded(state)
    if person.opted_out:
        return Unneeded(SkipReason.OPTED_OUT)
    if not person.reachable:
        return Unneeded(SkipReason.UNREACHABLE)
    if next_allowed_moment(now, catalogue.contact_rules.quiet_hours, zone) != now:
        return Unneeded(MoveReason.QUIET_HOURS)
    return Send()


def reminder_at(
    catalogue: Catalogue,
    touchpoint: str,
    zone: ZoneInfo,
    sent_at: datetime,
    expires_at: datetime,
    *,
    given: Given | None = None,
) -> datetime | None:
    """When to remind of a question sent at this instant; None when no reminder is wished or fits before expiry."""
    configured = catalogue.touchpoints.get(touchpoint)
    if configured is not None:
        configured = varied_touchpoint(catalogue, configured, given)
    if configured is None or configured.remind_after is None:
        return None
    moment = next_allowed_moment(sent_at + configured.remind_after, catalogue.contact_rules.quiet_hours, zone)
    return moment if moment < expires_at else None


def fall_back_at(
    catalogue: Catalogue,
    touchpoint: str,
    zone: ZoneInfo,
    sent_at: datetime,
    expires_at: datetime,
    *,
    given: Given | None = None,
) -> datetime | None:
    """When a question sent at this instant, still unanswered, goes out by the person's other account as well.

    As long after the reminder as that came after the question; without a reminder, half-way to the expiry. None when
    the touchpoint does not allow it or nothing would be left of the time to answer.
    """
    configured = catalogue.touchpoints.get(touchpoint)
    if configured is None or not configured.fall_back:
        return None
    configured = varied_touchpoint(catalogue, configured, given)
    silent = (expires_at - sent_at) / 2 if configured.remind_after is None else 2 * configured.remind_after
    moment = next_allowed_moment(sent_at + silent, catalogue.contact_rules.quiet_hours, zone)
    return moment if moment < expires_at else None


def _rivals(candidate: Candidate, contacts: Sequence[Contact]) -> list[Contact]:
    if candidate.order_id is None:
        return []
    return [contact for contact in contacts if contact.first and contact.order_id == candidate.order_id]


def _eligible_at(catalogue: Catalogue, candidate: Candidate, contacts: Sequence[Contact], now: datetime) -> datetime:
    return first_permitted(catalogue, candidate.touchpoint, contacts, now, candidate.zone).at
