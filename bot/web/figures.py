"""Scores and deliveries, for a dashboard."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from bot.screens.report_json import build_report_document
from bot.web.answers import json_answer
from bot.web.dependencies import WebDependencies
from bot.web.parameters import After, Limit, Since, Text
from bot.web.problems import ProblemError
from surveys.deliveries import DeliveryState, list_deliveries
from surveys.reporting import UnknownAttributeError, UnknownTouchpointError
from surveys.rules.weeks import Period, PeriodError, last_complete_week, parse_day, parse_week
from surveys.whole_business import read_report


def add_figure_routes(router: APIRouter, dependencies: WebDependencies) -> None:
    """`GET /scores` and `GET /deliveries`."""
    database, catalogues, clock = dependencies.database, dependencies.catalogues, dependencies.clock

    @router.get("/scores", tags=["figures"], summary="Scores of a period")
    async def scores(
        start: Annotated[Text | None, Query(alias="from", description="the first day: 2026-11-16")] = None,
        end: Annotated[Text | None, Query(alias="to", description="the day after the last: 2026-11-23")] = None,
        week: Annotated[Text | None, Query(description="instead of from and to: 2026-W47")] = None,
        touchpoint: Annotated[Text | None, Query(description="one touchpoint alone")] = None,
        by: Annotated[Text | None, Query(description="split by this attribute")] = None,
    ) -> Response:
        """The document of `otklik report --json`; without a period that of the last complete week."""
        now = clock.now()
        zone = catalogues.in_force.catalogue.business.timezone
        try:
            period = _period(start, end, week) or last_complete_week(now, zone)
            report, whole = await read_report(database, catalogues, period, by=by, touchpoint=touchpoint, now=now)
        except (PeriodError, UnknownAttributeError) as error:
            raise ProblemError(422, str(error)) from None
        except UnknownTouchpointError as error:
            raise ProblemError(404, str(error)) from None
        return json_answer(build_report_document(report, whole))

    @router.get("/deliveries", tags=["figures"], summary="The schedule and its outcomes")
    async def deliveries(
        state: Annotated[DeliveryState | None, Query(description="one state; all without it")] = None,
        since: Since = None,
        after: After = 0,
        limit: Limit = 100,
    ) -> Response:
        """In the order in which they were scheduled; `since` keeps what was scheduled or settled from then on."""
        page = await list_deliveries(database, state=state, since=since, after=after, limit=limit)
        return json_answer(page)


def _period(start: str | None, end: str | None, week: str | None) -> Period | None:
    """The period asked for, None when none was; raises PeriodError."""
    if week is not None:
        if start is not None or end is not None:
            raise PeriodError("give either week or from and to", week)
        return parse_week(week)
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise PeriodError("from and to belong together; to is the day after the last", start or end or "")
    first: date = parse_day(start)
    return Period(first, parse_day(end))
