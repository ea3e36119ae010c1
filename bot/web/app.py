"""The HTTP side of Otklik: routes exactly as the contract lists them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.security import HTTPBearer
from starlette.responses import HTMLResponse

from bot.web.access import AccessLog
from bot.web.alarms import add_alarm_routes
from bot.web.authentication import build_authentication
from bot.web.case_bodies import case_schemas
from bot.web.cases import add_case_routes
from bot.web.comments import add_comment_routes
from bot.web.customers import add_customer_routes
from bot.web.dependencies import WebDependencies
from bot.web.docs_page import draw_docs_page
from bot.web.events import add_event_routes
from bot.web.figures import add_figure_routes
from bot.web.health import build_health_router
from bot.web.incoming import EventDecoding
from bot.web.insight import add_insight_routes
from bot.web.problems import PROBLEM_SCHEMA, add_problem_handlers
from bot.web.trials import add_trial_routes
from bot.web.vk_callback import VkCallback
from bot.web.webhook import TelegramWebhook
from bot.web.webhooks import add_webhook_routes

_ANSWERS = {
    401: "no valid key",
    404: "no such id",
    422: "a value is not acceptable",
    503: "cannot work now; try again",
}
_DESCRIPTION = "Reports touchpoint events, reads what became of them and the scores that came of it, works cases."


class OtklikApi(FastAPI):
    """FastAPI whose OpenAPI document also knows the events, which their route reads from the raw body."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made on the first call."""
        if not self.openapi_schema:
            document = super().openapi()
            listed = EventDecoding().schema("#/components/schemas/{model}")
            document["components"].setdefault("schemas", {}).update(listed["$defs"])
            document["components"]["schemas"].update(case_schemas("#/components/schemas/{model}"))
            self.openapi_schema = document
        return super().openapi()


def build_web_application(dependencies: WebDependencies) -> FastAPI:
    """The application with all routes; nothing is opened or started by it."""
    application = OtklikApi(
        title="Otklik",
        description=_DESCRIPTION,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    authenticate = build_authentication(dependencies)
    shown_in_docs = HTTPBearer(auto_error=False, description="`otklik key create NAME` makes a key")
    api = APIRouter(
        prefix="/api/v1",
        dependencies=[Depends(shown_in_docs), Depends(authenticate)],
        responses={status: {"description": meaning, "content": PROBLEM_SCHEMA} for status, meaning in _ANSWERS.items()},
    )
    for add_routes in (
        add_event_routes,
        add_customer_routes,
        add_figure_routes,
        add_insight_routes,
        add_comment_routes,
        add_alarm_routes,
        add_trial_routes,
        add_case_routes,
        add_webhook_routes,
    ):
        add_routes(api, dependencies)
    application.include_router(api)
    application.include_router(build_health_router(dependencies))

    @application.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(draw_docs_page(application.openapi()))

    add_problem_handlers(application)
    if dependencies.telegram is not None:
        application.add_middleware(TelegramWebhook, receiver=dependencies.telegram)
    if dependencies.vk is not None:
        application.add_middleware(VkCallback, receiver=dependencies.vk)
    application.add_middleware(AccessLog, metrics=dependencies.metrics)
    return application
