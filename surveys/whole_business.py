"""What stands in the weekly report beside the scores, for whoever may see the whole business."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from db import reports
from db.database import Database
from db.reports import EVERYTHING, Narrowing
from surveys.alarms import AlarmsOfPeriod, alarms_of_period
from surveys.comment_figures import CommentFigures, read_comment_themes
from surveys.publishing import Catalogues
from surveys.reach import Reach, read_reach
from surveys.reporting import Report, weekly_report
from surveys.rules.weeks import Period, day_start
from surveys.trials import TrialsReport, read_trials


@dataclass(frozen=True, slots=True)
class WholeBusiness:
    """Who could be asked, what people wrote about, what was wrong in between, and what is being tried."""

    reach: Reach
    comments: CommentFigures
    alarms: AlarmsOfPeriod
    trials: TrialsReport


async def read_whole_report(
    database: Database,
    catalogues: Catalogues,
    period: Period,
    *,
    by: str | None = None,
    touchpoint: str | None = None,
    scope: Narrowing = EVERYTHING,
    now: datetime,
) -> tuple[Report, WholeBusiness | None]:
    """The report with what stands beside it for whoever sees everything, read side by side; raises as the report."""

    async def beside() -> WholeBusiness | None:
        return await read_whole_business(database, catalogues, period, now=now) if scope.is_everything else None

    whole = asyncio.ensure_future(beside())
    try:
        report = await weekly_report(
            database,
            catalogues,
            start=period.start,
            end=period.end,
            by=by,
            touchpoint=touchpoint,
            scope=scope,
            now=now,
        )
    except BaseException:
        whole.cancel()
        await asyncio.wait((whole,))
        raise
    return report, await whole


async def read_whole_business(
    database: Database, catalogues: Catalogues, period: Period, *, now: datetime
) -> WholeBusiness:
    """All of it for whole days in the business's zone, from one snapshot; raises NoCatalogueError."""
    catalogue, zone = catalogues.in_force.catalogue, catalogues.zone
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        return WholeBusiness(
            await read_reach(transaction, catalogues, period),
            await read_comment_themes(
                transaction,
                catalogue,
                previous_starts_at=day_start(period.previous.start, zone),
                starts_at=day_start(period.start, zone),
                ends_at=day_start(period.end, zone),
            ),
            await alarms_of_period(transaction, catalogues, start=period.start, end=period.end),
            TrialsReport(
                catalogue.business.name,
                catalogues.language,
                zone.key,
                await read_trials(transaction, catalogue, now=now),
            ),
        )
