"""The clock of a case: what falls due next while somebody still has to act, and who hears of it.

Everything waits until the team works, except what is urgent, which counts round the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from surveys.rules.cases import UNSETTLED, CaseState, Severity
from surveys.rules.journey import Catalogue
from surveys.rules.putting_right import EscalateTo, Team
from surveys.rules.working_hours import after_working_time, before_working_time, next_working_moment


class StepKind(StrEnum):
    """What may fall due about a case."""

    WARN_FIRST = "warn_first"
    """Nobody has reacted, and the promised instant is near: to the team."""
    LEVEL = "level"
    """Nobody took it for so long: to those the catalogue names, by levels."""
    UNCLAIMED = "unclaimed"
    """Nobody took it: shown to the team once more, again and again."""
    WARN_RESOLVE = "warn_resolve"
    """It is to be put right soon: to whoever has it."""
    OVERDUE = "overdue"
    """It should have been put right by now: to the team and the next level."""
    REOPENED = "reopened"
    """The customer says it is not solved: to whoever had it and the next level."""


_NUMBERED = frozenset({StepKind.LEVEL, StepKind.UNCLAIMED})


@dataclass(frozen=True, slots=True)
class Step:
    """One of the things that fall due; levels and repeats are numbered from 1."""

    kind: StepKind
    number: int = 0

    @property
    def detail(self) -> str:
        """As the schedule writes it: `level:1`, `warn_first`."""
        return f"{self.kind}:{self.number}" if self.kind in _NUMBERED else self.kind.value


def read_step(detail: str | None) -> Step | None:
    """The step of a row of the schedule; None for a row that is about something else."""
    name, _, number = (detail or "").partition(":")
    if name not in set(StepKind):
        return None
    kind = StepKind(name)
    if kind in _NUMBERED:
        return Step(kind, int(number)) if number.isdecimal() and int(number) > 0 else None
    return None if number else Step(kind)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the clock reads of a case.

    `started_at`: when it opened, or was last reopened. `open_since`: since when nobody has it. `repeats`: how often it
    was shown again in this round, the last time at `repeated_at`.
    """

    state: CaseState
    round: int
    severity: Severity
    started_at: datetime
    first_response_due: datetime | None = None
    resolve_due: datetime | None = None
    first_response_at: datetime | None = None
    open_since: datetime | None = None
    card_at: datetime | None = None
    repeats: int = 0
    repeated_at: datetime | None = None
    reopened_by_customer: bool = False


@dataclass(frozen=True, slots=True)
class CaseClock:
    """The catalogue's promises as they hold for the cases of one team."""

    catalogue: Catalogue
    team: Team

    def steps(self, facts: CaseFacts) -> tuple[tuple[Step, datetime], ...]:
        """Everything that falls due about the case as it stands, each with its instant, earliest first."""
        wanted = [
            Step(StepKind.WARN_FIRST),
            *(Step(StepKind.LEVEL, number) for number in range(1, len(self.team.escalate) + 1)),
            Step(StepKind.UNCLAIMED, facts.repeats + 1),
            Step(StepKind.WARN_RESOLVE),
            Step(StepKind.OVERDUE),
            Step(StepKind.REOPENED),
        ]
        found = [(step, due_at) for step in wanted if (due_at := self.due_at(facts, step)) is not None]
        return tuple(sorted(found, key=lambda one: one[1]))

    def due_at(self, facts: CaseFacts, step: Step) -> datetime | None:
        """When the step falls due; None when the case has moved on, or the catalogue has no such step (any more)."""
        counted = self._due_at(facts, step)
        return None if counted is None else self.waits_until(facts.severity, counted)

    def waits_until(self, severity: Severity, at: datetime) -> datetime:
        """`at` itself for what is urgent or while the team works, else when it works again."""
        if severity is Severity.URGENT:
            return at.astimezone(UTC)
        return next_working_moment(at, self.team.working_hours, self.catalogue.business.timezone).astimezone(UTC)

    def repeat_at(self, facts: CaseFacts, since: datetime) -> datetime | None:
        """When a case shown at `since` is shown again; None when the catalogue wants no repeats."""
        every = self.catalogue.recovery.repeat_unclaimed
        return None if every is None else self.waits_until(facts.severity, self._after(facts, since, every))

    def _due_at(self, facts: CaseFacts, step: Step) -> datetime | None:
        if facts.state not in UNSETTLED:
            return None
        due_at: datetime | None = None
        match step.kind:
            case StepKind.OVERDUE:
                due_at = facts.resolve_due
            case StepKind.REOPENED if facts.reopened_by_customer:
                due_at = facts.started_at
            case StepKind.WARN_RESOLVE if facts.state is not CaseState.OPEN:
                due_at = self._warning(facts, facts.resolve_due)
            case _ if facts.state is CaseState.OPEN:
                due_at = self._due_while_open(facts, step)
        return due_at

    def _due_while_open(self, facts: CaseFacts, step: Step) -> datetime | None:
        every, levels = self.catalogue.recovery.repeat_unclaimed, self.team.escalate
        if step.kind is StepKind.WARN_FIRST and facts.first_response_at is None:
            return self._warning(facts, facts.first_response_due)
        if step.kind is StepKind.LEVEL and step.number <= len(levels):
            return self._after(facts, facts.started_at, levels[step.number - 1].after)
        if step.kind is StepKind.UNCLAIMED and step.number > facts.repeats and every is not None:
            return self._after(facts, _last_shown(facts), every)
        return None

    def _warning(self, facts: CaseFacts, due: datetime | None) -> datetime | None:
        """So long before the promised instant; None when that was before anybody could know of the case."""
        before = self.catalogue.recovery.warn_before
        if before is None or due is None:
            return None
        warned_at = due - before
        if facts.severity is not Severity.URGENT:
            warned_at = before_working_time(due, before, self.team.working_hours, self.catalogue.business.timezone)
        known_at = facts.started_at if facts.card_at is None else max(facts.started_at, facts.card_at)
        return warned_at if warned_at > known_at else None

    def _after(self, facts: CaseFacts, start: datetime, duration: timedelta) -> datetime:
        if facts.severity is Severity.URGENT:
            return start + duration
        return after_working_time(start, duration, self.team.working_hours, self.catalogue.business.timezone)


def _last_shown(facts: CaseFacts) -> datetime:
    shown = (facts.started_at, facts.open_since, facts.card_at, facts.repeated_at)
    return max(instant for instant in shown if instant is not None)


def next_level(team: Team, reached: int) -> EscalateTo:
    """Who hears next of a case that has been told to so many levels: the last level again when all have."""
    if not team.escalate:
        return EscalateTo.MANAGERS
    return team.escalate[min(reached, len(team.escalate) - 1)].to
