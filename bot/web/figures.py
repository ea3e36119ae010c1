"""Scores and deliveries, for a dashboard."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from bot.drawing.kinds import Kind, Theme
from bot.screens.report_json import build_report_document
from bot.screens.report_picture import report_picture
from bot.web.answers import PICTURE, json_answer, picture_answer
from bot.web.dependencies import WebDependencies
from bot.web.parameters import After, Limit, PaperTheme, Since, SpokenIn, Text
from bot.web.problems import ProblemError
from surveys.deliveries import DeliveryState, list_deliveries
from surveys.reporting import Report, UnknownAttributeError, UnknownTouchpointError
from surveys.rules.weeks import Period, PeriodError, last_complete_week, parse_day, parse_week
from surveys.whole_business import WholeBusiness, read_whole_report

From = Annotated[Text | None, Query(alias="from", description="the first day: 2026-11-16")]
To = Annotated[Text | None, Query(alias="to", description="the day after the last: 2026-11-23")]
Week = Annotated[Text | None, Query(description="instead of from and to: 2026-W47")]


def add_figure_routes(router: APIRouter, dependencies: WebDependencies) -> None:
    """`GET /scores`, `GET /report.png` and `GET /deliveries`."""
    database, catalogues, clock = dependencies.database, dependencies.catalogues, dependencies.clock

    async def read(
        asked: tuple[str | None, str | None, str | None], *, by: str | None = None, touchpoint: str | None = None
    ) -> tuple[Report, WholeBusiness | None]:
        now = clock.now()
        zone = catalogues.in_force.catalogue.business.timezone
        try:
            period = _period(*asked) or last_complete_week(now, zone)
            return await read_whole_report(database, catalogues, period, by=by, touchpoint=touchpoint, now=now)
        except (PeriodError, UnknownAttributeError) as error:
            raise ProblemError(422, str(error)) from None
        except UnknownTouchpointError as error:
            raise ProblemError(404, str(error)) from None

    @router.get("/scores", tags=["figures"], summary="Scores of a period")
    async def scores(
        start: From = None,
        end: To = None,
        week: Week = None,
        touchpoint: Annotated[Text | None, Query(description="one touchpoint alone")] = None,
        by: Annotated[Text | None, Query(description="split by this attribute")] = None,
    ) -> Response:
        """The document of `otklik report --json`; without a period that of the last complete week."""
        report, whole = await read((start, end, week), by=by, touchpoint=touchpoint)
        return json_answer(build_report_document(report, whole))

    @router.get(
        "/report.png",
        tags=["figures"],
        summary="The report as a picture",
        response_class=Response,
        responses=PICTURE,
    )
    async def picture(
        start: From = None,
        end: To = None,
        week: Week = None,
        theme: PaperTheme = Theme.LIGHT,
        language: SpokenIn = None,
    ) -> Response:
        """A PNG, 1,080 pixels wide; without a period that of the last complete week."""
        dependencies.painter.prepare(Kind.REPORT)
        report, _ = await read((start, end, week))
        return await picture_answer(dependencies.painter, report_picture(report, language or report.language, theme))

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
