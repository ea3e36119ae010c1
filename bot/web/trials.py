"""Trials, for a dashboard."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from bot.screens.trials_json import build_trials_document
from bot.web.answers import json_answer
from bot.web.dependencies import WebDependencies
from surveys.trials import list_trials


def add_trial_routes(router: APIRouter, dependencies: WebDependencies) -> None:
    """`GET /trials`."""
    database, catalogues, clock = dependencies.database, dependencies.catalogues, dependencies.clock

    @router.get("/trials", tags=["figures"], summary="Trials and what they found")
    async def trials() -> Response:
        """The document of `otklik trials --json`: nothing about the difference until both variants have enough."""
        return json_answer(build_trials_document(await list_trials(database, catalogues, now=clock.now())))
