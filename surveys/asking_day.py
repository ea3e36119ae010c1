"""How far today's asking came: what was sent, what should have been, and whether the shop's events came at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from db import alarm_counts, switches
from db.database import Transaction
from surveys.rules.alarms import AskingDay, Sending, SilentTouchpoint, judge_day
from surveys.rules.hours import at_local_time
from surveys.rules.identity import MESSENGER_CHANNELS
from surveys.rules.journey import Catalogue
from surveys.rules.weeks import day_start, local_day

OVERDUE_AFTER = timedelta(minutes=30)
"""A question that waits for longer after it was due is stuck."""

WEEKS_COMPARED = 4
_WEEK = timedelta(days=7)


async def read_day(transaction: Transaction, catalogue: Catalogue, *, now: datetime) -> tuple[Sending, AskingDay]:
    """A step: how today's asking goes, and the numbers that say so; what cannot matter any more is not counted."""
    zone = catalogue.business.timezone
    today = local_day(now, zone)
    midnight = day_start(today, zone)
    limits = catalogue.alarms.nothing_sent
    is_late = limits is not None and now >= at_local_time(today, limits.after, zone)
    day = AskingDay(sent=int(await alarm_counts.anything_sent(transaction, midnight)))
    is_paused = await switches.is_on(transaction, switches.INVITATIONS_PAUSED)
    judged = judge_day(day, is_paused=is_paused, is_late=is_late)
    if judged in (Sending.SENT, Sending.PAUSED, Sending.TOO_EARLY):
        return judged, day
    states = await event_states(transaction, catalogue, start=midnight, end=now)
    weekdays = [today - _WEEK * week for week in range(1, WEEKS_COMPARED + 1)]
    day = replace(
        day,
        overdue=await alarm_counts.overdue_questions(transaction, MESSENGER_CHANNELS, due_before=now - OVERDUE_AFTER),
        refused=await alarm_counts.refused_since(transaction, midnight),
        planned=states.get("planned", 0),
        events=sum(states.values()),
        waiting=states.get("waiting", 0),
        skipped=states.get("skipped", 0) + states.get("cancelled", 0),
        usually_asked=await alarm_counts.asked_on(transaction, weekdays) / WEEKS_COMPARED,
    )
    if not day.events:
        day = replace(day, silent=await _silent(transaction, catalogue, now=now))
    return judge_day(day, is_paused=is_paused, is_late=is_late), day


async def event_states(
    transaction: Transaction, catalogue: Catalogue, *, start: datetime, end: datetime
) -> dict[str, int]:
    """A step: what became of the events the shop reported of that time, by the state of their invitations."""
    return await alarm_counts.event_states(transaction, _reported(catalogue), start=start, end=end)


async def _silent(transaction: Transaction, catalogue: Catalogue, *, now: datetime) -> tuple[SilentTouchpoint, ...]:
    """Touchpoints whose events stopped, which other weeks make unlikely."""
    found = await alarm_counts.silent_since(
        transaction, _reported(catalogue), since=now - _WEEK, now=now, weeks=WEEKS_COMPARED
    )
    silent = (SilentTouchpoint(one.touchpoint, one.last_at, one.before / WEEKS_COMPARED) for one in found)
    return tuple(one for one in silent if one.is_unusual)


def _reported(catalogue: Catalogue) -> list[str]:
    """The touchpoints the shop reports: relational ones have events of our own making."""
    return [name for name, touchpoint in catalogue.touchpoints.items() if touchpoint.every is None]
