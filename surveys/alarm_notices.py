"""Managers are told of an alarm and of its end: rows of the one schedule, shown as the alarm stands by then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from db import alarms, schedule, subscriptions
from db.database import Transaction
from db.schedule import ScheduleEntry
from surveys.alarms import AlarmView, find_alarm
from surveys.due import Decision, Dropped, DueRow, DueWork, Moved, SendTo
from surveys.publishing import Catalogues
from surveys.rules.alarm_evidence import Clearing, Evidence, clearing_numbers_of, numbers_of
from surveys.rules.alarms import AlarmKind
from surveys.rules.hours import next_allowed_moment
from surveys.rules.journey import Catalogue
from surveys.rules.languages import Texts
from surveys.scopes import covers

ALARM = "alarm"
"""The detail of a notice that an alarm rose; its subject is the alarm."""

ALARM_OVER = "alarm_over"
"""The detail of a notice that an alarm is over."""

_CHAT = "chat:"


@dataclass(frozen=True, slots=True)
class TellAlarm(DueWork):
    """Tell of an alarm; one that ended before anybody was told is told together with its end.

    `is_over` tells of the end alone.
    """

    view: AlarmView
    titles: Mapping[str, Texts]
    is_over: bool
    language: str
    zone: ZoneInfo


async def raise_alarm(
    transaction: Transaction,
    catalogue: Catalogue,
    kind: AlarmKind,
    evidence: Evidence,
    *,
    touchpoint: str | None = None,
    location: str | None = None,
    now: datetime,
) -> bool:
    """A step: an alarm rises and whoever may see the place is told; False when one of this kind and place is open."""
    alarm_id = await alarms.rise(transaction, kind, touchpoint, location, numbers_of(evidence), now=now)
    if alarm_id is None:
        return False
    chats = await _concerned(transaction, catalogue, touchpoint, location)
    recipients = [f"{_CHAT}{chat_id}" for chat_id in chats]
    await schedule.add(transaction, _notices(alarm_id, ALARM, recipients, _due_at(catalogue, kind, now)), now=now)
    return True


async def clear_alarm(
    transaction: Transaction, catalogue: Catalogue, alarm_id: int, kind: AlarmKind, clearing: Clearing, *, now: datetime
) -> bool:
    """A step: the numbers are as they were; whoever was told of the alarm is told so. False when it is over already.

    Whom the alarm has not reached yet, because it waits for the morning, reads of both in one message.
    """
    if not await alarms.end(transaction, alarm_id, "back", clearing_numbers_of(clearing), now=now):
        return False
    untold = await alarms.lock_untold(transaction, alarm_id, ALARM)
    told = [one for one in await alarms.recipients(transaction, alarm_id, ALARM) if one not in untold]
    await schedule.add(transaction, _notices(alarm_id, ALARM_OVER, told, _due_at(catalogue, kind, now)), now=now)
    return True


async def withdraw_alarm(transaction: Transaction, alarm_id: int, *, now: datetime) -> bool:
    """A step: nothing speaks for the alarm any more, such as a kind that was switched off; nobody is told."""
    return await alarms.end(transaction, alarm_id, "withdrawn", None, now=now)


async def decide_alarm(transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime) -> Decision:
    """A step of the loop: the alarm as it stands now goes to somebody who gets reports; a withdrawn one does not."""
    chat_id = int(row.recipient.removeprefix(_CHAT))
    view = await find_alarm(transaction, row.subject_id)
    if view is None or view.is_withdrawn:
        return Dropped("withdrawn")
    if chat_id not in await _concerned(transaction, catalogues.in_force.catalogue, view.touchpoint, view.location):
        return Dropped("no_recipient")
    due_at = _due_at(catalogues.in_force.catalogue, view.kind, now)
    if due_at > now:
        return Moved(due_at, "quiet_hours")
    work = TellAlarm(view, catalogues.titles, row.detail == ALARM_OVER, catalogues.language, catalogues.zone)
    return SendTo(chat_id, work)


async def _concerned(
    transaction: Transaction, catalogue: Catalogue, touchpoint: str | None, location: str | None
) -> list[int]:
    """The private chats of owners and of managers who may see the place."""
    readers = await subscriptions.list_readers(transaction)
    return [one.telegram_id for one in readers if covers(one.scope, catalogue, touchpoint, location)]


def is_urgent(catalogue: Catalogue, kind: AlarmKind) -> bool:
    """Whether the kind is told in quiet hours too."""
    limits = {
        AlarmKind.BURST: catalogue.alarms.burst,
        AlarmKind.DROP: catalogue.alarms.drop,
        AlarmKind.NOTHING_SENT: catalogue.alarms.nothing_sent,
        AlarmKind.NOBODY_ANSWERED: catalogue.alarms.nobody_answered,
    }[kind]
    return limits is not None and limits.urgent


def _due_at(catalogue: Catalogue, kind: AlarmKind, now: datetime) -> datetime:
    if is_urgent(catalogue, kind):
        return now
    return next_allowed_moment(now, catalogue.contact_rules.quiet_hours, catalogue.business.timezone)


def _notices(alarm_id: int, detail: str, recipients: Iterable[str], due_at: datetime) -> list[ScheduleEntry]:
    return [
        ScheduleEntry(
            kind="notice",
            subject_id=alarm_id,
            recipient=recipient,
            channel="telegram",
            dedupe_key=f"notice:{detail}:{alarm_id}:{recipient}",
            due_at=due_at,
            detail=detail,
        )
        for recipient in recipients
    ]
