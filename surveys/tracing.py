"""The customer's way through the touchpoints: where it is good, where people go on, and where they are lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from db import journeys, prepared, reports, sweeps
from db.database import Database, Transaction
from db.prepared import JourneyKey
from surveys.journey_counts import decode, encode
from surveys.publishing import Catalogues
from surveys.rolling_up import read_stretches
from surveys.rules.journey import Catalogue, Stage
from surveys.rules.weeks import Period, day_start, local_day, parse_period
from surveys.stations import Journey, JourneyCounts, build_stations, build_ways

WITHIN = timedelta(days=30)
"""How long after an event, or an answer, the next one still follows from it."""

DEFAULT_PERIOD = "90d"

WORTH_KEEPING_SECONDS = 0.15
"""What takes longer to count is kept; a small shop's journey is counted anew each time."""

LARGE_FROM = 10_000
"""Answers in the default period from which its journey is counted ahead of the first who asks."""

FRESH = timedelta(hours=1, minutes=5)
"""How old kept counts may be to be shown; a little more than PREPARE_EVERY, so that a prepared journey stays one."""

PREPARE_EVERY = timedelta(hours=1)
_ROUND = "journey"


@dataclass(frozen=True, slots=True)
class _Reach:
    """The period, and how far into it what came after is known."""

    period: Period
    zone: ZoneInfo
    now: datetime

    def at(self, day: date) -> datetime:
        return day_start(day, self.zone)

    def followed_to(self, within: timedelta) -> date | None:
        """The first day that is not followed to its end; None when not even the first one is."""
        day = min(self.period.end, local_day(self.now - within, self.zone))
        return day if day > self.period.start else None

    def end(self, within: timedelta) -> datetime:
        """Up to which instant events are followed: the whole period where nothing is known to its end."""
        return self.at(self.followed_to(within) or self.period.end)


async def trace_journey(
    database: Database,
    catalogues: Catalogues,
    period: Period,
    *,
    within: timedelta = WITHIN,
    now: datetime,
    worth_keeping: float = WORTH_KEEPING_SECONDS,
) -> Journey:
    """The way in the period, from one snapshot; what comes after an event is looked for `within` so long.

    What took longer than `worth_keeping` (seconds, machine time) to count is kept, and read for an hour: a snapshot
    only reads, so keeping it is a transaction of its own. Raises NoCatalogueError.
    """
    published = catalogues.in_force
    key = JourneyKey(period.start, period.end, within, published.version_id)
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        counted_at, counts = await _prepared(transaction, key, now)
        begun = monotonic()
        is_kept = counts is not None
        if counts is None:
            reach = _Reach(period, published.catalogue.business.timezone, now)
            counts = await _count(transaction, published.catalogue, reach, within)
        took = monotonic() - begun
    if is_kept:
        async with database.autocommit() as transaction:
            await prepared.note_asked(transaction, key, now=now)
    elif took > worth_keeping:
        async with database.transaction() as transaction:
            await prepared.keep(transaction, key, encode(counts), counted_at=counted_at, asked_at=now)
    return _journey(published.catalogue, period, within, counts, counted_at)


async def read_journey(
    transaction: Transaction, catalogue: Catalogue, period: Period, *, within: timedelta = WITHIN, now: datetime
) -> Journey:
    """A step: the same, always counted anew, in the snapshot of whoever asks."""
    counts = await _count(transaction, catalogue, _Reach(period, catalogue.business.timezone, now), within)
    return _journey(catalogue, period, within, counts, now)


async def prepare_journey(
    database: Database, catalogues: Catalogues, *, now: datetime, large_from: int = LARGE_FROM
) -> bool:
    """Count the journey of the default period once an hour where counting it takes long; whether it was.

    It takes long where the period has `large_from` answers, or where somebody waited for a journey within a week.
    """
    published = catalogues.in_force
    zone = published.catalogue.business.timezone
    period = parse_period(DEFAULT_PERIOD, now=now, zone=zone)
    async with database.transaction() as transaction:
        is_waited_for = await prepared.tidy(transaction, now=now)
        if not (is_waited_for or await _count_answers(transaction, period, zone) >= large_from):
            return False
        if not await sweeps.begin_round(transaction, _ROUND, PREPARE_EVERY, now=now):
            return False
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        counts = await _count(transaction, published.catalogue, _Reach(period, zone, now), WITHIN)
    key = JourneyKey(period.start, period.end, WITHIN, published.version_id)
    async with database.transaction() as transaction:
        await prepared.keep(transaction, key, encode(counts), counted_at=now, asked_at=None)
    return True


async def _count_answers(transaction: Transaction, period: Period, zone: ZoneInfo) -> int:
    stretches = await read_stretches(transaction, "answers", [period], zone)
    return sum(score.count for score in await reports.score_counts(transaction, stretches))


async def _prepared(transaction: Transaction, key: JourneyKey, now: datetime) -> tuple[datetime, JourneyCounts | None]:
    """What was counted within the last hour, and when; now and None without it."""
    kept = await prepared.find(transaction, key)
    if kept is None or not timedelta(0) <= now - kept.counted_at <= FRESH:
        return now, None
    counts = decode(kept.content)
    return (now, None) if counts is None else (kept.counted_at, counts)


def _journey(
    catalogue: Catalogue, period: Period, within: timedelta, counts: JourneyCounts, counted_at: datetime
) -> Journey:
    reach = _Reach(period, catalogue.business.timezone, counted_at)
    return Journey(
        business_name=catalogue.business.name,
        language=catalogue.business.languages[0],
        timezone=catalogue.business.timezone.key,
        period=period,
        within=within,
        counted_at=counted_at,
        followed_to=reach.followed_to(within),
        stations=build_stations(catalogue, counts),
        ways=build_ways(catalogue, counts, reach.followed_to),
    )


async def _count(transaction: Transaction, catalogue: Catalogue, reach: _Reach, within: timedelta) -> JourneyCounts:
    own = [name for name, touchpoint in catalogue.touchpoints.items() if touchpoint.every is not None]
    start, followed_to = reach.at(reach.period.start), reach.end(within)
    (funnel,) = await read_stretches(transaction, "funnel", [reach.period], reach.zone)
    return JourneyCounts(
        scores=await reports.score_counts(
            transaction, await read_stretches(transaction, "answers", [reach.period], reach.zone)
        ),
        funnels=await reports.funnel_counts(transaction, funnel, now=reach.now),
        flows=await journeys.flow_counts(transaction, start=start, end=followed_to, within=within, own=own),
        purchases=await journeys.purchase_counts(
            transaction,
            start=start,
            end=followed_to,
            within=within,
            before=of_stage(catalogue, Stage.BEFORE),
            during=of_stage(catalogue, Stage.DURING),
        ),
        returns=await journeys.return_counts(transaction, start=start, end=followed_to, within=within, own=own),
        ways={
            name: await journeys.step_counts(
                transaction, start=start, end=reach.end(journey.within), within=journey.within, steps=journey.steps
            )
            for name, journey in catalogue.journeys.items()
        },
    )


def of_stage(catalogue: Catalogue, stage: Stage) -> list[str]:
    """The touchpoints of the stage that happen by themselves."""
    return [
        name
        for name, touchpoint in catalogue.touchpoints.items()
        if touchpoint.stage is stage and touchpoint.every is None
    ]
