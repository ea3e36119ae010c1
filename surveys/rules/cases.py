"""The life of a case: which score opens one, which moves are legal, when it is overdue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from surveys.rules.journey import Catalogue, Metric, OpenAt, Team
from surveys.rules.working_hours import after_working_time


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
    AWAIT_CUSTOMER = "await_customer"
    CUSTOMER_REPLIED = "customer_replied"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    DISMISS = "dismiss"


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
    (CaseState.OPEN, CaseMove.RESOLVE): CaseState.RESOLVED,
    (CaseState.OPEN, CaseMove.DISMISS): CaseState.DISMISSED,
    (CaseState.CLAIMED, CaseMove.HAND_OVER): CaseState.CLAIMED,
    (CaseState.CLAIMED, CaseMove.AWAIT_CUSTOMER): CaseState.WAITING,
    (CaseState.CLAIMED, CaseMove.RESOLVE): CaseState.RESOLVED,
    (CaseState.CLAIMED, CaseMove.DISMISS): CaseState.DISMISSED,
    (CaseState.WAITING, CaseMove.CUSTOMER_REPLIED): CaseState.CLAIMED,
    (CaseState.WAITING, CaseMove.RESOLVE): CaseState.RESOLVED,
    (CaseState.WAITING, CaseMove.DISMISS): CaseState.DISMISSED,
    (CaseState.RESOLVED, CaseMove.CONFIRM): CaseState.CONFIRMED,
    (CaseState.RESOLVED, CaseMove.REOPEN): CaseState.CLAIMED,
    (CaseState.CONFIRMED, CaseMove.REOPEN): CaseState.CLAIMED,
    (CaseState.DISMISSED, CaseMove.REOPEN): CaseState.CLAIMED,
}
"""Every legal move; a pair that is not here is refused."""

DEFAULT_TEAM = "staff"
"""The team of touchpoints whose owner is not a team of the catalogue."""


def state_after(state: CaseState, move: CaseMove) -> CaseState | None:
    """The state a legal move leads to, None for an illegal one."""
    return LEGAL_MOVES.get((state, move))


def opens_case(metric: Metric, score: int, open_at: OpenAt) -> bool:
    """Whether this score has to be put right by a person."""
    threshold = {Metric.NPS: open_at.nps, Metric.CSAT: open_at.csat, Metric.CES: open_at.ces}[metric]
    return score <= threshold


@dataclass(frozen=True, slots=True)
class ResponsibleTeam:
    """Who puts a complaint right, and the chat they work in."""

    name: str
    team: Team


def responsible_team(catalogue: Catalogue, touchpoint: str | None) -> ResponsibleTeam:
    """The team that owns the touchpoint, or the default one with the staff chat."""
    configured = catalogue.touchpoints.get(touchpoint) if touchpoint is not None else None
    owner = configured.owner if configured is not None else None
    if owner is not None and owner in catalogue.recovery.teams:
        return ResponsibleTeam(owner, catalogue.recovery.teams[owner])
    return ResponsibleTeam(DEFAULT_TEAM, catalogue.recovery.teams.get(DEFAULT_TEAM, Team()))


@dataclass(frozen=True, slots=True)
class PromisedReaction:
    """Until when somebody must have reacted, and put it right."""

    first_response_due: datetime
    resolve_due: datetime


def promised_reaction(catalogue: Catalogue, team: Team, opened_at: datetime) -> PromisedReaction:
    """The promised instants for a case opened now, counted in the team's working time."""
    zone = catalogue.business.timezone
    first, resolve = catalogue.recovery.first_response, catalogue.recovery.resolve
    return PromisedReaction(
        after_working_time(opened_at, first, team.working_hours, zone).astimezone(UTC),
        after_working_time(opened_at, resolve, team.working_hours, zone).astimezone(UTC),
    )
