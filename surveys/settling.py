"""What came of sending: a group of outcomes becomes durable in one transaction.

Locks are taken in one order: persons, invitations (and cases), rows of the schedule, accounts, channels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from db import case_cards, cases, claims, contacts, settling
from db.database import Database, Transaction
from db.schedule import ScheduleEntry, add
from db.settling import AcceptedInvitation, SendingRow, SentInvitation
from surveys.by_detail import SettledByDetail
from surveys.call_reminders import CallBackSettler, MissedCallSettler
from surveys.calling import CALL, MISSED_CALL
from surveys.cards import StaffSettler
from surveys.deciding import decide_waiting, zone_of
from surveys.due import Dropped, Due, Postponed, SettledDetail, SettledText, Settler
from surveys.escalating import EscalationSettler
from surveys.incidents import ApologySettler
from surveys.last_word import SolvedSettler
from surveys.publishing import Catalogues
from surveys.replies import UNDELIVERED, NoticeSettler, ReplySettler
from surveys.rules.asking import OTHER_ACCOUNT, fall_back_at, reminder_at
from surveys.rules.journey import Catalogue, Touchpoint
from surveys.rules.sending import (
    PAUSE_AFTER_UNKNOWNS,
    PAUSED_BY_TARGET,
    REPEAT,
    UNCONFIRMED,
    UNKNOWNS_BEFORE_PAUSE,
    Accepted,
    AfterUnknown,
    Migrated,
    NotExecuted,
    RefusalCause,
    Refused,
    SendOutcome,
    Unknown,
    after_unknown,
    retry_delay,
    unknown_in_a_row,
)
from surveys.rules.varying import in_force
from surveys.rules.weeks import local_day
from surveys.telling import settle_webhooks

Settled = tuple[Due, SendOutcome, SettledDetail | None]

CUSTOMER_KINDS = frozenset({"invitation", "reminder", "reply", "apology", "call_back", "solved"})
"""Kinds that go to a customer's account."""

ASKING_KINDS = frozenset({"invitation", "reminder"})
"""Kinds whose outcome is the invitation's; the others have settlers of their own."""

SETTLERS: Mapping[str, Settler] = {
    "card": StaffSettler(),
    "outbreak": StaffSettler(),
    "relay": StaffSettler(),
    "apology": ApologySettler(),
    "reply": ReplySettler(),
    "call_back": CallBackSettler(),
    "solved": SolvedSettler(),
    "escalation": SettledByDetail({CALL: StaffSettler(), MISSED_CALL: MissedCallSettler()}, EscalationSettler()),
    "notice": SettledByDetail({UNDELIVERED: NoticeSettler()}),
}
"""Who is told what came of the other kinds; a kind that is not here settles its row alone."""
WEBHOOK = "webhook"

_LOST_ACCOUNT: Mapping[RefusalCause, str] = {
    RefusalCause.BLOCKED: "blocked",
    RefusalCause.DEACTIVATED: "deactivated",
    RefusalCause.CHAT_NOT_FOUND: "stranger",
}


@dataclass(slots=True)
class _Group:
    """What the outcomes of a group mean, collected before it is written."""

    accepted: list[AcceptedInvitation] = field(default_factory=list)
    reminders: list[ScheduleEntry] = field(default_factory=list)
    reminded: list[int] = field(default_factory=list)
    unknown: dict[int, datetime] = field(default_factory=dict)
    planned_again: list[int] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)
    strangers: dict[int, str] = field(default_factory=dict)
    accounts: dict[int, str] = field(default_factory=dict)
    rows_sent: dict[int, int] = field(default_factory=dict)
    rows_ended: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    rows_again: dict[int, tuple[float, str | None]] = field(default_factory=dict)


async def settle(database: Database, catalogues: Catalogues, outcomes: Sequence[Settled], *, now: datetime) -> None:
    """Write down what came of these attempts; a text goes with each accepted question.

    An outcome of a row that was given up meanwhile (a dead lease) still counts when the message arrived.
    """
    if not outcomes:
        return
    async with database.transaction() as transaction:
        await settle_step(transaction, catalogues, outcomes, now=now)
        await _count_unknowns(transaction, outcomes)


async def settle_step(
    transaction: Transaction, catalogues: Catalogues, outcomes: Sequence[Settled], *, now: datetime
) -> None:
    """A step: settle within a transaction that is open already; says nothing of how the channel fares."""
    catalogue = catalogues.in_force.catalogue
    group = _Group()
    persons = await _lock_persons_of_strangers(transaction, outcomes)
    asked = {due.subject_id for due, _, _ in outcomes if due.kind == "invitation"}
    invitations = await settling.lock_invitations(transaction, asked, catalogues.channels)
    others = [(due, outcome) for due, outcome, _ in outcomes if due.kind not in (*ASKING_KINDS, WEBHOOK)]
    told = [settled for settled in outcomes if settled[0].kind == WEBHOOK]
    verdicts = await _settle_others(transaction, catalogues, others, now=now)
    verdicts |= await settle_webhooks(transaction, told, now=now)
    rows = await settling.lock_rows(transaction, {due.schedule_id for due, _, _ in outcomes})
    for due, outcome, detail in outcomes:
        row = rows.get(due.schedule_id)
        if row is None or not _still_counts(row, due, outcome):
            continue
        if due.kind == "invitation":
            invitation = invitations.get(due.subject_id)
            if invitation is not None:
                text = detail if isinstance(detail, SettledText) else None
                _take_invitation(group, catalogue, invitation, outcome, text=text, now=now)
        elif due.kind == "reminder" and isinstance(outcome, Accepted):
            group.reminded.append(due.subject_id)
        _take_row(group, due, row, outcome, verdicts.get(due.schedule_id))
    await _store(transaction, group, now=now)
    returned = await settling.invitations_planned_again(transaction, group.planned_again, now=now)
    await claims.count_asked(transaction, local_day(now, catalogue.business.timezone), -returned)
    for person_id in persons:
        await decide_waiting(transaction, catalogues, person_id, now=now)


def _still_counts(row: SendingRow, due: Due, outcome: SendOutcome) -> bool:
    """Whether the row is still this attempt's; an arrival also counts for one that was given up since."""
    if row.attempts != due.attempt:
        return False
    return row.state == "sending" or (row.state == "unknown" and isinstance(outcome, Accepted))


def _take_invitation(
    group: _Group,
    catalogue: Catalogue,
    invitation: SentInvitation,
    outcome: SendOutcome,
    *,
    text: SettledText | None,
    now: datetime,
) -> None:
    expires_at = now + catalogue.touchpoints.get(invitation.touchpoint, Touchpoint()).expires_after
    match outcome:
        case Accepted(message_id):
            question, language = (text.question, text.language) if text else (None, None)
            group.accepted.append(AcceptedInvitation(invitation.id, message_id, expires_at, question, language))
            if invitation.state in ("sending", "unknown") and invitation.purpose == "first":
                group.reminders.extend(_reminders(catalogue, invitation, expires_at, now))
        case Unknown():
            group.unknown[invitation.id] = expires_at
        case NotExecuted() | Migrated():
            group.planned_again.append(invitation.id)
        case Refused(RefusalCause.CHAT_NOT_FOUND):
            group.strangers[invitation.id] = RefusalCause.CHAT_NOT_FOUND.value
        case Refused(cause) if invitation.has_other_account and cause in _LOST_ACCOUNT:
            group.strangers[invitation.id] = cause.value
        case Refused(cause):
            group.rejected[invitation.id] = cause.value


def _reminders(
    catalogue: Catalogue, invitation: SentInvitation, expires_at: datetime, now: datetime
) -> list[ScheduleEntry]:
    """What follows a question that stays unanswered: the reminder, then the same by the person's other account."""
    if invitation.account_id is None:
        return []
    zone = zone_of(catalogue, invitation.timezone)
    given = in_force(catalogue, invitation.touchpoint, invitation.trial, invitation.variant)
    instants = {
        None: reminder_at(catalogue, invitation.touchpoint, zone, now, expires_at, given=given),
        OTHER_ACCOUNT: fall_back_at(catalogue, invitation.touchpoint, zone, now, expires_at, given=given),
    }
    return [
        ScheduleEntry.to_account(
            "reminder",
            invitation.id,
            invitation.account_id,
            invitation.channel,
            due_at,
            occasion=None if detail is None else f"{invitation.id}:{detail}",
            detail=detail,
        )
        for detail, due_at in instants.items()
        if due_at is not None
    ]


def _take_row(
    group: _Group, due: Due, row: SendingRow, outcome: SendOutcome, verdict: Postponed | Dropped | None
) -> None:
    match outcome:
        case Accepted(message_id):
            group.rows_sent[due.schedule_id] = message_id
        case NotExecuted() | Unknown() if verdict is not None:
            _take_verdict(group, due, verdict, may_have_arrived=due.is_repeat or isinstance(outcome, Unknown))
        case NotExecuted(retry_after):
            group.rows_again[due.schedule_id] = (retry_delay(due.attempt, retry_after), None)
        case Migrated():
            group.rows_again[due.schedule_id] = (0.0, None)
        case Unknown():
            match after_unknown(due.channel, due.kind, row.tried_for):
                case AfterUnknown.SAME_AGAIN:
                    group.rows_again[due.schedule_id] = (retry_delay(due.attempt, 0.0), UNCONFIRMED)
                case AfterUnknown.REPEAT:
                    group.rows_again[due.schedule_id] = (retry_delay(due.attempt, 0.0), REPEAT)
                case AfterUnknown.ENDS:
                    group.rows_ended[due.schedule_id] = ("unknown", None)
        case Refused(cause):
            _take_refused_row(group, due, cause, verdict)


def _take_refused_row(group: _Group, due: Due, cause: RefusalCause, verdict: Postponed | Dropped | None) -> None:
    if verdict is not None:
        _take_verdict(group, due, verdict, may_have_arrived=due.is_repeat)
    else:
        ended = "dropped" if cause is RefusalCause.CHAT_NOT_FOUND else "rejected"
        group.rows_ended[due.schedule_id] = (ended, cause.value)
    if due.kind in CUSTOMER_KINDS and cause in _LOST_ACCOUNT:
        group.accounts[_account_id(due)] = _LOST_ACCOUNT[cause]


def _take_verdict(group: _Group, due: Due, verdict: Postponed | Dropped, *, may_have_arrived: bool) -> None:
    match verdict:
        case Postponed(seconds, reason):
            group.rows_again[due.schedule_id] = (seconds, REPEAT if may_have_arrived else reason)
        case Dropped(reason):
            group.rows_ended[due.schedule_id] = ("rejected", reason)


def _account_id(due: Due) -> int:
    return int(due.recipient.removeprefix("account:"))


async def _settle_others(
    transaction: Transaction, catalogues: Catalogues, others: Sequence[tuple[Due, SendOutcome]], *, now: datetime
) -> dict[int, Postponed | Dropped]:
    """Tell whoever it concerns what came of these messages; the verdicts about those that were refused."""
    subjects: dict[str, set[int]] = defaultdict(set)
    for due, _ in others:
        subjects[due.kind].add(due.subject_id)
    answered = await settling.cases_of(transaction, subjects["reply"] | subjects["apology"], subjects["call_back"])
    await cases.lock_all(transaction, {*subjects["card"], *answered})
    verdicts: dict[int, Postponed | Dropped] = {}
    for due, outcome in others:
        settler = SETTLERS.get(due.kind)
        if isinstance(outcome, Migrated):
            await settling.follow_chat(transaction, due.chat_id, outcome.chat_id)
            await case_cards.post_cards_anew(transaction, due.chat_id)
        elif settler is None:
            continue
        elif isinstance(outcome, Accepted):
            await settler.accepted(transaction, catalogues, due, outcome.message_id, now=now)
        elif isinstance(outcome, Refused):
            verdict = await settler.refused(transaction, catalogues, due, outcome, now=now)
            if verdict is not None:
                verdicts[due.schedule_id] = verdict
        elif isinstance(outcome, Unknown):
            await settler.unknown(transaction, catalogues, due, now=now)
    return verdicts


async def _lock_persons_of_strangers(transaction: Transaction, outcomes: Sequence[Settled]) -> list[int]:
    """Persons who cannot be written to are locked first: another account of theirs may be asked instead."""
    accounts = [
        _account_id(due)
        for due, outcome, _ in outcomes
        if due.kind == "invitation" and isinstance(outcome, Refused) and outcome.cause in _LOST_ACCOUNT
    ]
    if not accounts:
        return []
    persons = await settling.persons_of_accounts(transaction, accounts)
    await contacts.lock_persons(transaction, persons)
    return persons


async def _store(transaction: Transaction, group: _Group, *, now: datetime) -> None:
    await settling.invitations_sent(transaction, group.accepted, now=now)
    await settling.invitations_unknown(transaction, group.unknown, now=now)
    await settling.invitations_rejected(transaction, group.rejected, now=now)
    await settling.invitations_waiting(transaction, group.strangers, now=now)
    await settling.reminded(transaction, group.reminded, now=now)
    await settling.rows_sent(transaction, group.rows_sent, now=now)
    await settling.rows_ended(transaction, group.rows_ended, now=now)
    await claims.postpone_rows(transaction, group.rows_again)
    await add(transaction, group.reminders, now=now)
    await settling.account_states(transaction, group.accounts, now=now)


async def _count_unknowns(transaction: Transaction, outcomes: Sequence[Settled]) -> None:
    by_channel: dict[str, list[SendOutcome]] = defaultdict(list)
    for due, outcome, _ in outcomes:
        if due.channel not in PAUSED_BY_TARGET:
            by_channel[due.channel].append(outcome)
    for channel, made in by_channel.items():
        if not any(isinstance(outcome, Unknown) for outcome in made):
            if any(not isinstance(outcome, NotExecuted) for outcome in made):
                await settling.reset_unknowns(transaction, channel)
            continue
        before = await settling.count_unknowns(transaction, channel)
        count = unknown_in_a_row(before, made)
        pause: timedelta | None = PAUSE_AFTER_UNKNOWNS if count >= UNKNOWNS_BEFORE_PAUSE else None
        await settling.store_unknowns(transaction, channel, count, pause)
