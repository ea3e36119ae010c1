"""The customer's way, the audit and what matters, for a CRM or a dashboard."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from bot.drawing.kinds import Kind, Theme
from bot.screens.audit_json import build_audit_document
from bot.screens.drivers_json import build_drivers_document
from bot.screens.journey_json import build_journey_document
from bot.screens.journey_picture import build_scene
from bot.web.answers import PICTURE, json_answer, picture_answer
from bot.web.dependencies import WebDependencies
from bot.web.parameters import PaperTheme, SpokenIn, Text
from bot.web.problems import ProblemError
from surveys import auditing, weighing
from surveys.rules.durations import DurationError, parse_duration
from surveys.rules.weeks import Period, PeriodError, parse_day, parse_period
from surveys.stations import Journey
from surveys.tracing import DEFAULT_PERIOD, trace_journey

LONGEST_WITHIN = timedelta(days=366)

From = Annotated[Text | None, Query(alias="from", description="the first day: 2026-11-16")]
To = Annotated[Text | None, Query(alias="to", description="the day after the last: 2026-11-23")]
Within = Annotated[Text, Query(description="how long after an event the next one still follows it: P30D")]


def add_insight_routes(router: APIRouter, dependencies: WebDependencies) -> None:
    """`GET /journey`, `GET /journey.png`, `GET /audit` and `GET /drivers`."""
    database, catalogues, clock = dependencies.database, dependencies.catalogues, dependencies.clock

    async def trace(start: str | None, end: str | None, within: str) -> Journey:
        period = _period((start, end), DEFAULT_PERIOD, dependencies)
        return await trace_journey(database, catalogues, period, within=_duration("within", within), now=clock.now())

    @router.get("/journey", tags=["figures"], summary="The customer's way through the touchpoints")
    async def journey(start: From = None, end: To = None, within: Within = "P30D") -> Response:
        """The document of `otklik journey --json`; the last 90 days without a period."""
        return json_answer(build_journey_document(await trace(start, end, within)))

    @router.get(
        "/journey.png",
        tags=["figures"],
        summary="The customer's way as a picture",
        response_class=Response,
        responses=PICTURE,
    )
    async def picture(
        start: From = None,
        end: To = None,
        within: Within = "P30D",
        theme: PaperTheme = Theme.LIGHT,
        language: SpokenIn = None,
    ) -> Response:
        """A PNG, 1,080 pixels wide."""
        dependencies.painter.prepare(Kind.JOURNEY)
        found = await trace(start, end, within)
        return await picture_answer(dependencies.painter, build_scene(found, language or found.language, theme))

    @router.get("/audit", tags=["figures"], summary="What is wrong with the care for touchpoints")
    async def audit(
        silent: Annotated[Text, Query(description="without an event or an answer for so long: silent")] = "P14D",
        language: SpokenIn = None,
    ) -> Response:
        """The document of `otklik audit --json`, on the last quarter."""
        silent_after = _duration("silent", silent)
        found = await auditing.audit(database, catalogues, silent_after=silent_after, now=clock.now())
        return json_answer(build_audit_document(found, language or found.language))

    @router.get("/drivers", tags=["figures"], summary="What costs the score most, and what that leads to")
    async def drivers(
        start: From = None,
        end: To = None,
        within: Annotated[Text, Query(description="how long after an answer purchases are looked for")] = "P90D",
    ) -> Response:
        """The document of `otklik drivers --json`; the last 365 days without a period."""
        period = _period((start, end), weighing.DEFAULT_PERIOD, dependencies)
        duration = _duration("within", within)
        found = await weighing.weigh_drivers(database, catalogues, period, within=duration, now=clock.now())
        return json_answer(build_drivers_document(found))


def _period(asked: tuple[str | None, str | None], default: str, dependencies: WebDependencies) -> Period:
    start, end = asked
    try:
        if start is None and end is None:
            return parse_period(default, now=dependencies.clock.now(), zone=dependencies.catalogues.zone)
        if start is None or end is None:
            raise PeriodError("from and to belong together; to is the day after the last", start or end or "")
        return Period(parse_day(start), parse_day(end))
    except PeriodError as error:
        raise ProblemError(422, str(error)) from None


def _duration(parameter: str, text: str) -> timedelta:
    try:
        duration = parse_duration(text)
    except DurationError as error:
        raise ProblemError(422, f"{parameter}: {error}") from None
    if not timedelta(0) < duration <= LONGEST_WITHIN:
        raise ProblemError(422, f"{parameter}: write a duration of up to a year, like P30D")
    return duration
