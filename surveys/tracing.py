"""The customer's way through the touchpoints: where it is good, where people go on, and where they are lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from db import journeys, reports
from db.database import Database, Transaction
from surveys.publishing import Catalogues
from surveys.rules.journey import Catalogue, Stage
from surveys.rules.weeks import Period, day_start, local_day
from surveys.stations import Journey, JourneyCounts, build_stations, build_ways

WITHIN = timedelta(days=30)
"""How long after an event, or an answer, the next one still follows from it."""

DEFAULT_PERIOD = "90d"


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
    database: Database, catalogues: Catalogues, period: Period, *, within: timedelta = WITHIN, now: datetime
) -> Journey:
    """The way in the period, from one snapshot; what comes after an event is looked for `within` so long.

    Raises NoCatalogueError.
    """
    catalogue = catalogues.in_force.catalogue
    reach = _Reach(period, catalogue.business.timezone, now)
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        counts = await _count(transaction, catalogue, reach, within)
    return Journey(
        business_name=catalogue.business.name,
        language=catalogue.business.languages[0],
        timezone=catalogue.business.timezone.key,
        period=period,
        within=within,
        followed_to=reach.followed_to(within),
        stations=build_stations(catalogue, counts),
        ways=build_ways(catalogue, counts, reach.followed_to),
    )


async def _count(transaction: Transaction, catalogue: Catalogue, reach: _Reach, within: timedelta) -> JourneyCounts:
    own = [name for name, touchpoint in catalogue.touchpoints.items() if touchpoint.every is not None]
    start, end, followed_to = reach.at(reach.period.start), reach.at(reach.period.end), reach.end(within)
    return JourneyCounts(
        scores=await reports.score_counts(
            transaction, previous_start=start, start=start, end=end, touchpoint=None, attribute=None
        ),
        funnels=await reports.funnel_counts(
            transaction, start=start, end=end, touchpoint=None, attribute=None, now=reach.now
        ),
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
