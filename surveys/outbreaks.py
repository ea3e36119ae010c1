"""Outbreaks: ten complaints about one place are one alert, and a chat is never flooded with cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from db import outbreaks, schedule
from db.database import Transaction
from db.outbreaks import OutbreakSize, StoredOutbreak
from db.schedule import ScheduleEntry
from surveys.case_views import CaseView, view_case
from surveys.publishing import Catalogues
from surveys.rules.journey import Catalogue
from surveys.rules.languages import Texts

CARDS_AT_ONCE: Final = 8
"""First cards that may wait for a chat at one moment: a group takes 20 messages a minute, edits and replies too."""

LISTED: Final = 10
"""Cases an outbreak's message names; how many more there are is said."""

BURST_OVER_AFTER: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class OutbreakView:
    """An outbreak as staff see it: its size, and the first of its unsettled cases, untaken ones before others."""

    outbreak: StoredOutbreak
    touchpoint_title: Texts
    size: OutbreakSize
    cases: tuple[CaseView, ...]
    language: str
    zone: ZoneInfo


async def join_outbreak(
    transaction: Transaction,
    catalogue: Catalogue,
    case_id: int,
    *,
    chat: str,
    touchpoint: str | None,
    location: str | None,
    card_at: datetime,
    now: datetime,
) -> None:
    """A step of opening a case: one more of the same place joins the others; what a chat cannot take is folded.

    1. A place with an open outbreak, or with as many complaints as make one, gets this case too. The first cases keep
       their cards; those that come after the outbreak began are told of in its message alone.
    2. Otherwise, where more cards wait for the chat than it takes, the case is told of in the burst's message.
    """
    outbreak_id = None
    if touchpoint is not None and location is not None:
        outbreak_id = await _at_place(
            transaction, catalogue, case_id, chat=chat, touchpoint=touchpoint, location=location, now=now
        )
    if outbreak_id is None:
        waiting = await outbreaks.cards_waiting(transaction, chat, until=card_at, limit=CARDS_AT_ONCE + 1)
        if waiting <= CARDS_AT_ONCE:
            return
        outbreak_id = await outbreaks.begin(transaction, "burst", chat, None, None, now=now)
        await outbreaks.add_cases(transaction, outbreak_id, [case_id])
        await outbreaks.fold(transaction, case_id)
    await _show(transaction, outbreak_id, chat=chat, due_at=card_at, now=now)


async def _at_place(
    transaction: Transaction,
    catalogue: Catalogue,
    case_id: int,
    *,
    chat: str,
    touchpoint: str,
    location: str,
    now: datetime,
) -> int | None:
    known = await outbreaks.open_at_place(transaction, touchpoint, location)
    if known is not None:
        await outbreaks.add_cases(transaction, known, [case_id])
        await outbreaks.fold(transaction, case_id)
        return known
    rule = catalogue.recovery.outbreak
    since = now - rule.within
    found = await outbreaks.cases_at_place(transaction, touchpoint, location, since=since, limit=10 * rule.complaints)
    if len(found) < rule.complaints:
        return None
    begun = await outbreaks.begin(transaction, "place", chat, touchpoint, location, now=now)
    await outbreaks.add_cases(transaction, begun, found)
    await outbreaks.fold(transaction, case_id)
    return begun


async def _show(transaction: Transaction, outbreak_id: int, *, chat: str, due_at: datetime, now: datetime) -> None:
    """Have the outbreak's one message posted, or drawn anew."""
    added = await schedule.add(
        transaction,
        [
            ScheduleEntry(
                kind="outbreak",
                subject_id=outbreak_id,
                recipient=f"team:{chat}",
                channel="telegram",
                dedupe_key=f"outbreak:{outbreak_id}",
                due_at=due_at,
            )
        ],
        now=now,
    )
    if not added:
        await schedule.ask_again_for(transaction, "outbreak", outbreak_id, now=due_at)


async def case_changed(transaction: Transaction, outbreak_id: int | None, *, now: datetime) -> None:
    """A step of moving a case: the message that tells of it shows how it stands."""
    if outbreak_id is not None:
        await schedule.ask_again_for(transaction, "outbreak", outbreak_id, now=now)


async def close_outbreaks(transaction: Transaction, catalogues: Catalogues, *, now: datetime, limit: int) -> int:
    """A step of the sweep: what has been quiet for long enough is over; how many ended."""
    quiet_for = max(catalogues.in_force.catalogue.recovery.outbreak.within, BURST_OVER_AFTER)
    ended = await outbreaks.close_quiet(transaction, quiet_for=quiet_for, now=now, limit=limit)
    for outbreak_id in ended:
        await schedule.ask_again_for(transaction, "outbreak", outbreak_id, now=now)
    return len(ended)


async def view_outbreak(transaction: Transaction, catalogues: Catalogues, outbreak_id: int) -> OutbreakView | None:
    """A step: an outbreak with its cases."""
    outbreak = await outbreaks.find(transaction, outbreak_id)
    if outbreak is None:
        return None
    catalogue = catalogues.in_force.catalogue
    views = [
        await view_case(transaction, catalogues, case_id)
        for case_id in await outbreaks.unsettled_cases(transaction, outbreak_id, limit=LISTED)
    ]
    touchpoint = catalogue.touchpoints.get(outbreak.touchpoint or "")
    return OutbreakView(
        outbreak=outbreak,
        touchpoint_title=touchpoint.title if touchpoint is not None else {},
        size=await outbreaks.size(transaction, outbreak_id),
        cases=tuple(view for view in views if view is not None),
        language=catalogues.language,
        zone=catalogue.business.timezone,
    )
