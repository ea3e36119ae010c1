"""The life of a case: which score opens one, which moves are legal, when it is overdue."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from surveys.rules.journey import Catalogue, Metric
from surveys.rules.putting_right import OpenAt, Recovery, Team, Urgent
from surveys.rules.working_hours import after_working_time, next_working_moment


class CaseState(StrEnum):
    """Where a complaint stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class CaseMove(StrEnum):
    """What somebody does to a case."""

    CLAIM = "claim"
    HAND_OVER = "hand_over"
    """To a colleague of the team."""
    RELEASE = "release"
    """Back to the team, for whoever takes it."""
    REFER = "refer"
    """To another team."""
    AWAIT_CUSTOMER = "await_customer"
    CUSTOMER_REPLIED = "customer_replied"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    DISMISS = "dismiss"


class ActorKind(StrEnum):
    """Who moves a case."""

    PRODUCT = "product"
    STAFF = "staff"
    CUSTOMER = "customer"
    SHOP = "shop"


@dataclass(frozen=True, slots=True)
class Mover:
    """Who moves a case; `id` is the messenger's, of staff alone."""

    kind: ActorKind
    id: int | None = None
    name: str | None = None


class CaseCause(StrEnum):
    """What opened a case."""

    SCORE = "score"
    COMPLAINT = "complaint"
    MESSAGE = "message"
    INCIDENT = "incident"
    STAFF = "staff"


UNSETTLED = (CaseState.OPEN, CaseState.CLAIMED, CaseState.WAITING)
"""States in which somebody still has to act."""

LEGAL_MOVES: Mapping[tuple[CaseState, CaseMove], CaseState] = {
    (CaseState.OPEN, CaseMove.CLAIM): CaseState.CLAIMED,
    (CaseState.OPEN, CaseMove.REFER): CaseState.OPEN,
    (CaseState.OPEN, CaseMove.RESOLVE): CaseState.RESOLVED,
    (CaseState.OPEN, CaseMove.DISMISS): CaseState.DISMISSED,
    (CaseState.CLAIMED, CaseMove.HAND_OVER): CaseState.CLAIMED,
    (CaseState.CLAIMED, CaseMove.RELEASE): CaseState.OPEN,
    (CaseState.CLAIMED, CaseMove.REFER): CaseState.OPEN,
    (CaseState.CLAIMED, CaseMove.AWAIT_CUSTOMER): CaseState.WAITING,
    (CaseState.CLAIMED, CaseMove.RESOLVE): CaseState.RESOLVED,
    (CaseState.CLAIMED, CaseMove.DISMISS): CaseState.DISMISSED,
    (CaseState.WAITING, CaseMove.HAND_OVER): CaseState.WAITING,
    (CaseState.WAITING, CaseMove.RELEASE): CaseState.OPEN,
    (CaseState.WAITING, CaseMove.REFER): CaseState.OPEN,
    (CaseState.WAITING, CaseMove.CUSTOMER_REPLIED): CaseState.CLAIMED,
    (CaseState.WAITING, CaseMove.RESOLVE): CaseState.RESOLVED,
    (CaseState.WAITING, CaseMove.DISMISS): CaseState.DISMISSED,
    (CaseState.OPEN, CaseMove.CONFIRM): CaseState.CONFIRMED,
    (CaseState.CLAIMED, CaseMove.CONFIRM): CaseState.CONFIRMED,
    (CaseState.WAITING, CaseMove.CONFIRM): CaseState.CONFIRMED,
    (CaseState.RESOLVED, CaseMove.CONFIRM): CaseState.CONFIRMED,
    (CaseState.RESOLVED, CaseMove.REOPEN): CaseState.CLAIMED,
    (CaseState.CONFIRMED, CaseMove.REOPEN): CaseState.CLAIMED,
    (CaseState.DISMISSED, CaseMove.REOPEN): CaseState.CLAIMED,
}
"""Every legal move; a pair that is not here is refused.

Confirming is the customer's alone: what was resolved, or what came back by their "not solved" that they take back.
"""

REACTIONS = frozenset({CaseMove.CLAIM, CaseMove.REFER, CaseMove.AWAIT_CUSTOMER, CaseMove.RESOLVE, CaseMove.DISMISS})
"""Moves of staff that show the customer's complaint has been seen."""

GIVEN = ("apology", "refund", "repeat", "code")
"""What a customer may have been given when a case was put right."""


def state_after(state: CaseState, move: CaseMove, *, somebody_has_it: bool = True) -> CaseState | None:
    """The state a legal move leads to, None for an illegal one; reopened, a case nobody ever had is open again."""
    after = LEGAL_MOVES.get((state, move))
    if move is CaseMove.REOPEN and after is CaseState.CLAIMED and not somebody_has_it:
        return CaseState.OPEN
    return after


def may_work(recovery: Recovery, employee: str | None, telegram_id: int) -> bool:
    """Whether the case is not about this member of staff themselves."""
    return employee is None or not any(
        one.telegram_id == telegram_id and one.employee == employee for one in recovery.employees
    )


class Severity(StrEnum):
    """Whether a complaint may wait until the team works again."""

    NORMAL = "normal"
    URGENT = "urgent"


def severity_of(
    urgent: Urgent, *, metric: Metric | None, score: int | None, reasons: Collection[str], cause: CaseCause
) -> Severity:
    """How urgent a complaint is, as the catalogue says."""
    if cause is CaseCause.INCIDENT and urgent.incident:
        return Severity.URGENT
    if any(reason in urgent.reasons for reason in reasons):
        return Severity.URGENT
    if metric is not None and score is not None:
        threshold = {Metric.NPS: urgent.at.nps, Metric.CSAT: urgent.at.csat, Metric.CES: urgent.at.ces}[metric]
        if threshold is not None and score <= threshold:
            return Severity.URGENT
    return Severity.NORMAL


def opens_case(metric: Metric, score: int, open_at: OpenAt) -> bool:
    """Whether this score has to be put right by a person."""
    threshold = {Metric.NPS: open_at.nps, Metric.CSAT: open_at.csat, Metric.CES: open_at.ces}[metric]
    return score <= threshold


@dataclass(frozen=True, slots=True)
class PromisedReaction:
    """Until when somebody must have reacted, and put it right."""

    first_response_due: datetime
    resolve_due: datetime


def promised_reaction(
    catalogue: Catalogue, team: Team, opened_at: datetime, severity: Severity = Severity.NORMAL
) -> PromisedReaction:
    """The promised instants for a case opened now, counted in the team's working time.

    What is urgent does not wait for the morning: its first response is counted round the clock.
    """
    zone = catalogue.business.timezone
    first, resolve = catalogue.recovery.first_response, catalogue.recovery.resolve
    awake = None if severity is Severity.URGENT else team.working_hours
    return PromisedReaction(
        after_working_time(opened_at, first, awake, zone).astimezone(UTC),
        after_working_time(opened_at, resolve, team.working_hours, zone).astimezone(UTC),
    )


def card_moment(catalogue: Catalogue, team: Team, severity: Severity, now: datetime) -> datetime:
    """When the card of a case that opens now is posted: what is not urgent waits until the team works."""
    if severity is Severity.URGENT:
        return now
    return next_working_moment(now, team.working_hours, catalogue.business.timezone).astimezone(UTC)
