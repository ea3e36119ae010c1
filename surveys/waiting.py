"""A case waits: what its clock makes due is scheduled anew each time it opens or moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from db import cases, escalations, members, schedule
from db.cases import StoredCase
from db.database import Transaction
from db.escalations import ClockRecord
from db.members import Member
from db.schedule import ScheduleEntry
from surveys.rules.case_clock import CaseClock, CaseFacts, Step, StepKind, next_level
from surveys.rules.cases import CaseState, Severity
from surveys.rules.journey import Catalogue
from surveys.rules.putting_right import EscalateTo, Team
from surveys.rules.teams import responsible_team

KIND = "escalation"
TEAM = "team:"
CHAT = "chat:"

MORNING = "morning"
"""Detail of the line that opens a team's day: `morning:2026-11-23`."""

BEFORE_CARDS = timedelta(microseconds=1)
"""The morning's first line falls due by this much before the cards, so that it goes out ahead of them."""


async def case_opened(transaction: Transaction, catalogue: Catalogue, case_id: int, *, now: datetime) -> None:
    """A step of opening a case: its clock starts; when its card waits for the morning, so does a line above it."""
    case = await cases.find(transaction, case_id)
    if case is None:
        return
    new = ClockRecord(
        reopened_at=None, reopened_by_customer=False, open_since=now, repeats=0, repeated_at=None, level=0
    )
    await _schedule(transaction, catalogue, case, now=now, record=new)
    if case.card_at is not None and case.card_at > now:
        team = team_of(catalogue, case)
        day = case.card_at.astimezone(catalogue.business.timezone).date()
        entry = ScheduleEntry(
            kind=KIND,
            subject_id=case_id,
            recipient=TEAM + team.chat,
            channel="telegram",
            dedupe_key=f"{KIND}:{MORNING}:{day}:{TEAM}{team.chat}",
            due_at=case.card_at - BEFORE_CARDS,
            detail=f"{MORNING}:{day}",
        )
        await schedule.add(transaction, [entry], now=now)


async def case_moved(transaction: Transaction, catalogue: Catalogue, case: StoredCase, *, now: datetime) -> None:
    """A step of moving a case: its clock is set anew.

    A customer's "not solved" is told at once. What fell due before and no longer holds is dropped when it is decided
    again.
    """
    await _schedule(transaction, catalogue, case, now=now)


async def turned_urgent(transaction: Transaction, catalogue: Catalogue, case_id: int, *, now: datetime) -> None:
    """A step: the case counts round the clock from now on."""
    case = await cases.find(transaction, case_id)
    if case is not None:
        await _schedule(transaction, catalogue, case, now=now)


async def shown_again(
    transaction: Transaction, catalogue: Catalogue, case: StoredCase, *, number: int, now: datetime
) -> None:
    """A step: an unclaimed case was shown to its team for this time; the next time is scheduled."""
    recipient = TEAM + team_of(catalogue, case).chat
    facts = await facts_of(transaction, case, recipient)
    clock = CaseClock(catalogue, team_of(catalogue, case))
    due_at = clock.repeat_at(facts, now)
    if due_at is not None and facts.state is CaseState.OPEN:
        step = Step(StepKind.UNCLAIMED, number + 1)
        await escalations.arm(transaction, [entry_of(case, step, recipient, due_at)], now=now)


async def facts_of(transaction: Transaction, case: StoredCase, recipient: str) -> CaseFacts:
    """A step: what the clock reads of the case; repeats as this recipient saw them."""
    return _facts(case, await escalations.clock_record(transaction, case.id, case.round, recipient))


async def recipients(transaction: Transaction, catalogue: Catalogue, case: StoredCase, step: Step) -> tuple[str, ...]:
    """A step: who is to hear of it as things stand; never nobody."""
    team = team_of(catalogue, case)
    if step.kind in (StepKind.WARN_FIRST, StepKind.UNCLAIMED, StepKind.WARN_RESOLVE):
        return (TEAM + team.chat,)
    crew = await members.list_members(transaction)
    record = await escalations.clock_record(transaction, case.id, case.round, TEAM + team.chat)
    return _recipients(team, step, crew, record.level)


def entry_of(case: StoredCase, step: Step, recipient: str, due_at: datetime) -> ScheduleEntry:
    """The row that tells this recipient of the step: one for each round of the case."""
    return ScheduleEntry(
        kind=KIND,
        subject_id=case.id,
        recipient=recipient,
        channel="telegram",
        dedupe_key=f"{KIND}:{case.id}:{case.round}:{step.detail}:{recipient}",
        due_at=due_at,
        detail=step.detail,
    )


def team_of(catalogue: Catalogue, case: StoredCase) -> Team:
    """The team that works the case; the touchpoint's when the catalogue has the case's own no more."""
    known = catalogue.recovery.teams.get(case.team)
    return responsible_team(catalogue, case.touchpoint).team if known is None else known


async def _schedule(
    transaction: Transaction,
    catalogue: Catalogue,
    case: StoredCase,
    *,
    now: datetime,
    record: ClockRecord | None = None,
) -> None:
    team = team_of(catalogue, case)
    if record is None:
        record = await escalations.clock_record(transaction, case.id, case.round, TEAM + team.chat)
    crew = await members.list_members(transaction)
    entries = [
        entry_of(case, step, recipient, due_at)
        for step, due_at in CaseClock(catalogue, team).steps(_facts(case, record))
        for recipient in _recipients(team, step, crew, record.level)
    ]
    await escalations.arm(transaction, entries, now=now)


def _facts(case: StoredCase, record: ClockRecord) -> CaseFacts:
    return CaseFacts(
        state=CaseState(case.state),
        round=case.round,
        severity=Severity(case.severity),
        started_at=record.reopened_at or case.opened_at,
        first_response_due=case.first_response_due,
        resolve_due=case.resolve_due,
        first_response_at=case.first_response_at,
        open_since=record.open_since,
        card_at=case.card_at,
        repeats=record.repeats,
        repeated_at=record.repeated_at,
        reopened_by_customer=record.reopened_by_customer,
    )


def _recipients(team: Team, step: Step, crew: Sequence[Member], level: int) -> tuple[str, ...]:
    """The team's chat, the private chats of a level, or both; the team when there is nobody else."""
    here = (TEAM + team.chat,)
    match step.kind:
        case StepKind.LEVEL if 0 < step.number <= len(team.escalate):
            return _holders(crew, team.escalate[step.number - 1].to) or here
        case StepKind.OVERDUE | StepKind.REOPENED:
            return (*here, *_holders(crew, next_level(team, level)))
        case _:
            return here


def _holders(crew: Sequence[Member], to: EscalateTo) -> tuple[str, ...]:
    """The private chats of managers, or of owners; owners stand in where there is no manager."""
    managers = [f"{CHAT}{one.telegram_id}" for one in crew if one.role == "manager"]
    owners = [f"{CHAT}{one.telegram_id}" for one in crew if one.role == "owner"]
    return tuple(managers if to is EscalateTo.MANAGERS and managers else owners)
