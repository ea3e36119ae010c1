"""Liveness, readiness, and figures for graphs; open to all, for they hold nothing about anybody."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from bot.metrics import CONTENT_TYPE
from bot.web.answers import json_answer
from bot.web.dependencies import WebDependencies
from surveys.readiness import Readiness, check_readiness, measure_workload


def build_health_router(dependencies: WebDependencies) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`."""
    router = APIRouter(tags=["operation"])

    @router.get("/healthz", summary="Whether the process lives")
    async def healthz() -> Response:
        """Always 200 while requests are answered at all; asks nobody else."""
        return json_answer({"status": "ok"})

    @router.get("/readyz", summary="Whether it can do its work", responses={503: {"description": "cannot work"}})
    async def readyz() -> Response:
        """503 when events cannot be taken; what merely needs a look (a team chat that refuses) is a warning."""
        found = await check_readiness(dependencies.database, now=dependencies.clock.now())
        warnings = _warnings(found)
        status = "ready" if found.can_work else "not ready"
        content = {"status": status, "checks": _checks(found), "warnings": warnings}
        return json_answer(content, 200 if found.can_work else 503)

    @router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
    async def metrics() -> Response:
        """Counters of this process; queues as the database has them."""
        now = dependencies.clock.now()
        dependencies.metrics.show_workload(await measure_workload(dependencies.database, now=now), now=now)
        return Response(dependencies.metrics.written(), media_type=CONTENT_TYPE)

    return router


def _checks(found: Readiness) -> dict[str, str]:
    if not found.database_reachable:
        return {"database": "cannot be reached; is it running, and is OTKLIK_DATABASE_URL right?"}
    if not found.migrations_current:
        at = found.revision or "no revision"
        return {"database": "ok", "migrations": f"at {at}, {found.wanted_revision} is needed; run `otklik migrate`"}
    catalogue = "none is in force; start `otklik run` with one" if found.catalogue_version is None else "ok"
    return {"database": "ok", "migrations": "ok", "catalogue": catalogue}


def _warnings(found: Readiness) -> list[str]:
    warnings = [
        f"{channel.channel} is paused until {channel.paused_until}: the outcome of {channel.unknown_in_a_row} "
        "sendings in a row is unknown"
        for channel in found.channels
        if channel.is_paused
    ]
    warnings += [
        f"team chat {chat.chat} has refused messages since {chat.since}: {chat.failure or 'no reason given'}; "
        "complaints go to the owners; add the bot again and send /here there"
        for chat in found.failing_chats
    ]
    warnings += [
        f"{some.count} updates of {some.channel} could not be handled in the last day and were set aside, the last at "
        f"{some.last_at}; see `error` in the table updates_set_aside, and update Otklik or report it"
        for some in found.set_aside
    ]
    warnings += [
        f"webhook {webhook.name} is disabled since {webhook.since}: {webhook.failure or 'no reason given'}; "
        f"mend it, then `otklik webhook enable {webhook.name}`, and `replay` what it missed"
        if webhook.is_disabled
        else f"webhook {webhook.name} has failed since {webhook.since}: {webhook.failure or 'no reason given'}; "
        f"see `otklik webhook show {webhook.name}`"
        for webhook in found.failing_webhooks
    ]
    return warnings
