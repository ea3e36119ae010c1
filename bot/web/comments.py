"""What people write about, for a dashboard."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from bot.screens.comments_json import build_comments_document
from bot.web.answers import json_answer
from bot.web.dependencies import WebDependencies
from bot.web.parameters import Text
from bot.web.problems import ProblemError
from surveys.comments import comments_report
from surveys.reporting import UnknownTouchpointError, read_scores_request
from surveys.rules.weeks import Period, PeriodError, parse_day


def add_comment_routes(router: APIRouter, dependencies: WebDependencies) -> None:
    """`GET /comments`."""
    database, catalogues, clock = dependencies.database, dependencies.catalogues, dependencies.clock

    @router.get("/comments", tags=["figures"], summary="What people write about")
    async def comments(
        start: Annotated[Text | None, Query(alias="from", description="the first day: 2026-11-16")] = None,
        end: Annotated[Text | None, Query(alias="to", description="the day after the last: 2026-11-23")] = None,
        touchpoint: Annotated[Text | None, Query(description="one touchpoint alone")] = None,
    ) -> Response:
        """The document of `otklik comments --json`; without a period that of the last seven days."""
        now = clock.now()
        try:
            period = _period(start, end) or read_scores_request("", catalogues.in_force.catalogue, now=now).period
            report = await comments_report(
                database, catalogues, start=period.start, end=period.end, touchpoint=touchpoint, now=now
            )
        except PeriodError as error:
            raise ProblemError(422, str(error)) from None
        except UnknownTouchpointError as error:
            raise ProblemError(404, str(error)) from None
        return json_answer(build_comments_document(report))


def _period(start: str | None, end: str | None) -> Period | None:
    """The period asked for, None when none was; raises PeriodError."""
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise PeriodError("from and to belong together; to is the day after the last", start or end or "")
    return Period(parse_day(start), parse_day(end))
