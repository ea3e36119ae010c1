"""The weekly report as a row of the schedule: once for each reader and week, when the reader wants it."""

from __future__ import annotations

from datetime import datetime, timedelta

from db import subscriptions, sweeps
from db.database import Transaction
from db.schedule import ScheduleEntry, add
from db.subscriptions import Reader
from surveys.due import Decision, Dropped, DueRow, PostWeeklyReport, SendTo
from surveys.publishing import Catalogues
from surveys.rules.hours import at_local_time
from surveys.rules.journey import Catalogue
from surveys.rules.weeks import Period, day_start, last_complete_week, week_name
from surveys.scopes import narrowing_of

_CHANNEL = "telegram"


def report_key(chat_id: int, week: str) -> str:
    """The dedupe key of a week's report to a chat."""
    return f"weekly_report:{chat_id}:{week}"


def report_due_at(reader: Reader, week: Period, catalogue: Catalogue) -> datetime:
    """When the week's report is due: on the reader's day and hour, where there are none on the business's."""
    weekly = catalogue.reports.weekly
    weekday = weekly.weekday if reader.weekday is None else reader.weekday
    at = weekly.at if reader.at is None else reader.at
    return at_local_time(week.end + timedelta(days=weekday), at, catalogue.business.timezone)


async def ensure_weekly_reports(transaction: Transaction, catalogues: Catalogues, *, now: datetime) -> int:
    """A step of the sweep: the last complete week's report is scheduled for every reader; older ones are given up.

    A week that was over before the first catalogue was published is nobody's: there was nothing to report on.
    """
    catalogue = catalogues.in_force.catalogue
    zone = catalogue.business.timezone
    week = last_complete_week(now, zone)
    name = week_name(week.start)
    await sweeps.give_up_reports(transaction, name, now=now)
    began_at = await sweeps.first_published_at(transaction)
    if began_at is None or day_start(week.end, zone) <= began_at:
        return 0
    year, number, _ = week.start.isocalendar()
    entries = [
        ScheduleEntry(
            kind="weekly_report",
            subject_id=year * 100 + number,
            recipient=f"chat:{reader.telegram_id}",
            channel=_CHANNEL,
            dedupe_key=report_key(reader.telegram_id, name),
            due_at=report_due_at(reader, week, catalogue),
        )
        for reader in await subscriptions.list_readers(transaction)
        if not reader.paused
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
    reader = await subscriptions.find_reader(transaction, chat_id)
    if reader is None or reader.paused:
        return Dropped("no_recipient")
    scope = narrowing_of(reader.scope, catalogues.in_force.catalogue)
    return SendTo(chat_id, PostWeeklyReport(week.start, week.end, catalogues.language, reader.theme, scope))
