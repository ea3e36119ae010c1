"""A case waits: what its clock makes due is scheduled anew each time it opens or moves."""

from __future__ import annotations

from datetime import datetime, timedelta

from db import cases, escalations, members, schedule
from db.cases import StoredCase
from db.database import Transaction
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
    await _schedule(transaction, catalogue, case, now=now)
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
    record = await escalations.clock_record(transaction, case.id, case.round, recipient)
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


async def recipients(transaction: Transaction, catalogue: Catalogue, case: StoredCase, step: Step) -> tuple[str, ...]:
    """A step: who is to hear of it as things stand; never nobody."""
    team = team_of(catalogue, case)
    here = TEAM + team.chat
    match step.kind:
        case StepKind.LEVEL:
            level = team.escalate[min(step.number, len(team.escalate)) - 1].to if team.escalate else None
            return (await _holders(transaction, level) if level is not None else ()) or (here,)
        case StepKind.OVERDUE | StepKind.REOPENED:
            record = await escalations.clock_record(transaction, case.id, case.round, here)
            return (here, *await _holders(transaction, next_level(team, record.level)))
        case _:
            return (here,)


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


async def _schedule(transaction: Transaction, catalogue: Catalogue, case: StoredCase, *, now: datetime) -> None:
    team = team_of(catalogue, case)
    facts = await facts_of(transaction, case, TEAM + team.chat)
    entries = [
        entry_of(case, step, recipient, due_at)
        for step, due_at in CaseClock(catalogue, team).steps(facts)
        for recipient in await recipients(transaction, catalogue, case, step)
    ]
    await escalations.arm(transaction, entries, now=now)


async def _holders(transaction: Transaction, to: EscalateTo) -> tuple[str, ...]:
    """The private chats of managers, or of owners; owners stand in where there is no manager."""
    found: list[int] = []
    if to is EscalateTo.MANAGERS:
        found = await escalations.role_holders(transaction, "manager")
    return tuple(f"{CHAT}{one}" for one in found or await members.owner_ids(transaction))
