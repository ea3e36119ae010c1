"""The watch between weeks: looks whether an alarm rises or is over, in any number of processes, each told once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from db import alarm_counts, alarms, sweeps
from db.database import Database, Transaction
from surveys.alarm_notices import withdraw_alarm
from surveys.alarms import AlarmView, view_of
from surveys.publishing import Catalogues
from surveys.rules.alarms import EIGHT_WEEKS, AlarmKind
from surveys.rules.journey import Catalogue
from surveys.watching_answers import watch_bursts, watch_drops
from surveys.watching_sending import watch_day, watch_silence

ROUND = "alarms"
ROUND_EVERY = timedelta(minutes=5)

DROPS_ROUND = "alarms_drop"
DROPS_EVERY = timedelta(days=1)
"""A drop is looked at daily: its error rate is stated for that."""


@dataclass(frozen=True, slots=True)
class Watched:
    """How many alarms rose, and how many are over."""

    risen: int = 0
    ended: int = 0

    def __add__(self, other: Watched) -> Watched:
        return Watched(self.risen + other.risen, self.ended + other.ended)


async def watch(database: Database, catalogues: Catalogues, *, now: datetime) -> Watched:
    """Look at bursts, silence and the day's asking every five minutes of business time, at drops once a day.

    Called as often as one likes: between its rounds it does nothing.
    """
    watched = Watched()
    async with database.transaction() as transaction:
        if await sweeps.begin_round(transaction, ROUND, ROUND_EVERY, now=now):
            watched += await watch_step(transaction, catalogues, now=now)
    async with database.transaction() as transaction:
        if await sweeps.begin_round(transaction, DROPS_ROUND, DROPS_EVERY, now=now):
            watched += await watch_drops_step(transaction, catalogues, now=now)
    return watched


async def watch_step(transaction: Transaction, catalogues: Catalogues, *, now: datetime) -> Watched:
    """A step: one look at everything but drops."""
    catalogue = catalogues.in_force.catalogue
    await alarm_counts.price_ranges(transaction)
    open_ones, withdrawn = await _open(transaction, catalogue, now=now)
    watched = Watched(0, withdrawn)
    for look in (watch_bursts, watch_silence, watch_day):
        watched += Watched(*await look(transaction, catalogue, open_ones, now=now))
    return watched


async def watch_drops_step(transaction: Transaction, catalogues: Catalogues, *, now: datetime) -> Watched:
    """A step: one look at drops."""
    catalogue = catalogues.in_force.catalogue
    await alarm_counts.price_ranges(transaction)
    open_ones, withdrawn = await _open(transaction, catalogue, now=now)
    return Watched(0, withdrawn) + Watched(*await watch_drops(transaction, catalogue, open_ones, now=now))


async def _open(transaction: Transaction, catalogue: Catalogue, *, now: datetime) -> tuple[tuple[AlarmView, ...], int]:
    """The open alarms, without those nothing speaks for any more: these are withdrawn here, and counted."""
    kept: list[AlarmView] = []
    withdrawn = 0
    for view in (view_of(one) for one in await alarms.list_open(transaction)):
        if _is_outdated(catalogue, view, now):
            withdrawn += await withdraw_alarm(transaction, view.id, now=now)
        else:
            kept.append(view)
    return tuple(kept), withdrawn


def _is_outdated(catalogue: Catalogue, view: AlarmView, now: datetime) -> bool:
    """Its kind was switched off, its touchpoint is gone, or what it was compared with is as long ago."""
    limits = catalogue.alarms
    is_off = {
        AlarmKind.BURST: limits.burst,
        AlarmKind.DROP: limits.drop,
        AlarmKind.NOTHING_SENT: limits.nothing_sent,
        AlarmKind.NOBODY_ANSWERED: limits.nobody_answered,
    }[view.kind] is None
    lasts = limits.drop.against if view.kind is AlarmKind.DROP and limits.drop is not None else EIGHT_WEEKS
    is_gone = view.touchpoint is not None and view.touchpoint not in catalogue.touchpoints
    return is_off or is_gone or view.risen_at <= now - lasts
