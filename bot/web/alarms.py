"""Alarms, for a dashboard."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from bot.screens.alarms_json import build_alarms_document
from bot.web.answers import json_answer
from bot.web.dependencies import WebDependencies
from surveys.alarms import CLEARED_SHOWN, list_alarms


def add_alarm_routes(router: APIRouter, dependencies: WebDependencies) -> None:
    """`GET /alarms`."""
    database, catalogues, clock = dependencies.database, dependencies.catalogues, dependencies.clock

    @router.get("/alarms", tags=["figures"], summary="Alarms between weeks")
    async def alarms(
        cleared: Annotated[int, Query(ge=0, le=1000, description="so many of those that are over")] = CLEARED_SHOWN,
    ) -> Response:
        """The document of `otklik alarms --json`: the open alarms with their evidence, and the last that are over."""
        return json_answer(
            build_alarms_document(await list_alarms(database, catalogues, cleared=cleared, now=clock.now()))
        )
