"""Alarms: raised once, ended with evidence, told to managers, listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from db import alarms, outbreaks
from db.alarms import StoredAlarm
from db.database import Database, Transaction
from db.outbreaks import OutbreakSize
from surveys.asking_day import read_day
from surveys.publishing import Catalogues
from surveys.rules.alarm_evidence import Clearing, Evidence, clearing_of, evidence_of
from surveys.rules.alarms import AlarmKind, Sending
from surveys.rules.languages import Texts
from surveys.rules.weeks import day_start

CLEARED_SHOWN = 5
"""So many of the alarms that are over are listed beside the open ones."""


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm as managers see it; `clearing` is None while it is open, and when it was withdrawn.

    `outbreak` is the size of the open outbreak of complaints at the same place.
    """

    id: int
    kind: AlarmKind
    touchpoint: str | None
    location: str | None
    risen_at: datetime
    evidence: Evidence
    cleared_at: datetime | None
    clearing: Clearing | None
    outbreak: OutbreakSize | None = None

    @property
    def is_withdrawn(self) -> bool:
        """Whether it ended without anything that shows that all is well."""
        return self.cleared_at is not None and self.clearing is None


@dataclass(frozen=True, slots=True)
class AlarmList:
    """The open alarms, the newest first, and those that ended last; `titles` are the touchpoints'.

    `today` is how today's asking goes.
    """

    today: Sending
    open: tuple[AlarmView, ...]
    cleared: tuple[AlarmView, ...]
    titles: Mapping[str, Texts]
    language: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class AlarmsOfPeriod:
    """The alarms that rose in a period, in that order."""

    alarms: tuple[AlarmView, ...]
    titles: Mapping[str, Texts]
    zone: ZoneInfo


async def list_alarms(
    database: Database, catalogues: Catalogues, *, cleared: int = CLEARED_SHOWN, now: datetime
) -> AlarmList:
    """What is wrong now, and the last that were; raises NoCatalogueError."""
    async with database.transaction() as transaction:
        open_ones = [await with_outbreak(transaction, view_of(one)) for one in await alarms.list_open(transaction)]
        today, _ = await read_day(transaction, catalogues.in_force.catalogue, now=now)
        over = [view_of(one) for one in await alarms.list_cleared(transaction, limit=cleared)]
    return AlarmList(today, tuple(open_ones), tuple(over), catalogues.titles, catalogues.language, catalogues.zone)


async def alarms_of_period(
    transaction: Transaction, catalogues: Catalogues, *, start: date, end: date
) -> AlarmsOfPeriod:
    """A step of a report: the alarms that rose on the days from `start` to `end` (not included)."""
    zone = catalogues.zone
    risen = await alarms.list_risen(transaction, start=day_start(start, zone), end=day_start(end, zone))
    return AlarmsOfPeriod(tuple(view_of(one) for one in risen), catalogues.titles, zone)


async def find_alarm(transaction: Transaction, alarm_id: int) -> AlarmView | None:
    """A step: one alarm as it stands, with the outbreak at its place."""
    stored = await alarms.find(transaction, alarm_id)
    return None if stored is None else await with_outbreak(transaction, view_of(stored))


def view_of(stored: StoredAlarm) -> AlarmView:
    """A stored alarm as values."""
    kind = AlarmKind(stored.kind)
    return AlarmView(
        id=stored.id,
        kind=kind,
        touchpoint=stored.touchpoint,
        location=stored.location,
        risen_at=stored.risen_at,
        evidence=evidence_of(kind, stored.evidence),
        cleared_at=stored.cleared_at,
        clearing=None if stored.clearing is None else clearing_of(kind, stored.clearing),
    )


async def with_outbreak(transaction: Transaction, view: AlarmView) -> AlarmView:
    """A step: the view of a burst with the open outbreak of complaints at its place."""
    if view.kind is not AlarmKind.BURST or view.touchpoint is None or view.location is None:
        return view
    outbreak_id = await outbreaks.open_at_place(transaction, view.touchpoint, view.location)
    if outbreak_id is None:
        return view
    return replace(view, outbreak=await outbreaks.size(transaction, outbreak_id))
