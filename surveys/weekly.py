"""The weekly report as a row of the schedule: once for each chat and week."""

from __future__ import annotations

from datetime import datetime, timedelta

from db import sweeps
from db.database import Transaction
from db.schedule import ScheduleEntry, add
from surveys.due import Decision, Dropped, DueRow, PostWeeklyReport, SendTo
from surveys.membership import report_chats
from surveys.publishing import Catalogues
from surveys.rules.hours import at_local_time
from surveys.rules.weeks import day_start, last_complete_week, week_name

_CHANNEL = "telegram"


def report_key(chat_id: int, week: str) -> str:
    """The dedupe key of a week's report to a chat."""
    return f"weekly_report:{chat_id}:{week}"


async def ensure_weekly_reports(transaction: Transaction, catalogues: Catalogues, *, now: datetime) -> int:
    """A step of the sweep: the last complete week's report is scheduled for every chat; older ones are given up.

    A week that was over before the first catalogue was published is nobody's: there was nothing to report on.
    """
    catalogue = catalogues.in_force.catalogue
    zone, weekly = catalogue.business.timezone, catalogue.reports.weekly
    week = last_complete_week(now, zone)
    name = week_name(week.start)
    due_at = at_local_time(week.end + timedelta(days=weekly.weekday), weekly.at, zone)
    await sweeps.give_up_reports(transaction, name, now=now)
    began_at = await sweeps.first_published_at(transaction)
    if began_at is None or day_start(week.end, zone) <= began_at:
        return 0
    year, number, _ = week.start.isocalendar()
    entries = [
        ScheduleEntry(
            kind="weekly_report",
            subject_id=year * 100 + number,
            recipient=f"chat:{chat_id}",
            channel=_CHANNEL,
            dedupe_key=report_key(chat_id, name),
            due_at=due_at,
        )
        for chat_id in await report_chats(transaction)
    ]
    return await add(transaction, entries, now=now)


async def decide_weekly_report(
    transaction: Transaction, catalogues: Catalogues, row: DueRow, *, now: datetime
) -> Decision:
    """A step of the loop: the report goes out unless a later week is complete or the chat gets none any more."""
    chat_id = int(row.recipient.removeprefix("chat:"))
    week = last_complete_week(now, catalogues.zone)
    if row.dedupe_key != report_key(chat_id, week_name(week.start)):
        return Dropped("superseded")
    if chat_id not in await report_chats(transaction):
        return Dropped("no_recipient")
    return SendTo(chat_id, PostWeeklyReport(week.start, week.end, catalogues.language))
