"""Outgoing webhooks: who is told what happened, the log of telling it, and telling it again."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from starlette.requests import Request
from starlette.responses import Response

from bot.web.answers import json_answer
from bot.web.bodies import read_body
from bot.web.dependencies import WebDependencies
from bot.web.parameters import Limit, check_text
from bot.web.problems import ProblemError
from surveys import subscribing
from surveys.rules.targets import LONGEST_URL
from surveys.rules.webhooks import HappeningType, WebhookError
from surveys.subscribing import NoSuchMessageError, NoSuchWebhookError, WebhookNameTakenError, WebhookView

Name = Annotated[str, Path(description="the webhook's name", max_length=60), AfterValidator(check_text)]
Body = TypeVar("Body")


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class WebhookWish:
    """A target and what it is to be told: everything, without `events`."""

    name: Annotated[str, Field(max_length=60), AfterValidator(check_text)]
    url: Annotated[str, Field(max_length=LONGEST_URL), AfterValidator(check_text)]
    events: tuple[HappeningType, ...] = ()
    with_comment: bool = False


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class ReplayWish:
    """What to tell again: one webhook-id, or all since then; without either, what was given up."""

    since: AwareDatetime | None = None
    message: Annotated[str | None, Field(max_length=100), AfterValidator(lambda text: text and check_text(text))] = None


_WISH = TypeAdapter(WebhookWish)
_REPLAY = TypeAdapter(ReplayWish)
_EXAMPLE = 'send {"name": "crm", "url": "https://crm.example/otklik", "events": ["case.opened"]}'
_REPLAY_EXAMPLE = 'send {"since": "2026-11-20T00:00:00+03:00"}, {"message": "msg_…"}, or nothing'


def add_webhook_routes(router: APIRouter, dependencies: WebDependencies) -> None:
    """`/webhooks` and what is below it."""
    database, clock = dependencies.database, dependencies.clock

    @router.get("/webhooks", tags=["webhooks"], summary="All webhooks")
    async def webhooks() -> Response:
        """By name; without their secrets."""
        return json_answer({"webhooks": [_shown(one) for one in await subscribing.list_webhooks(database)]})

    @router.post(
        "/webhooks",
        tags=["webhooks"],
        summary="Add a webhook",
        status_code=201,
        responses={400: {"description": "not JSON"}, 409: {"description": "the name is taken"}},
        openapi_extra={"requestBody": {"content": {"application/json": {"schema": _WISH.json_schema()}}}},
    )
    async def add(request: Request) -> Response:
        """Answers with the secret that signs what is sent: it is shown this once."""
        wish = _read(_WISH, await read_body(request), _EXAMPLE)
        with _refusals():
            made = await subscribing.add_webhook(
                database,
                wish.name,
                wish.url,
                wish.events,
                with_comment=wish.with_comment,
                private_allowed=dependencies.private_webhooks,
                now=clock.now(),
            )
        return json_answer({**_shown(made.webhook), "secret": made.secret}, 201)

    @router.delete("/webhooks/{name}", tags=["webhooks"], summary="Remove a webhook", status_code=204)
    async def remove(name: Name) -> Response:
        """With its secret and its log; what waits for it is not sent."""
        with _refusals():
            await subscribing.remove_webhook(database, name, now=clock.now())
        return Response(status_code=204)

    @router.get("/webhooks/{name}/deliveries", tags=["webhooks"], summary="The delivery log")
    async def deliveries(
        name: Name,
        before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="the `next_before` of a page")] = None,
        limit: Limit = 100,
    ) -> Response:
        """Attempts, newest first, of the last 30 days; `next_before` leads on to older ones."""
        with _refusals():
            log = await subscribing.read_log(database, name, before=before, limit=limit)
        content = {"webhook": _shown(log.webhook), "waiting": log.waiting, "attempts": log.attempts}
        return json_answer({**content, "next_before": log.next_before})

    @router.post(
        "/webhooks/{name}/replay",
        tags=["webhooks"],
        summary="Tell it again",
        responses={400: {"description": "not JSON"}},
        openapi_extra={"requestBody": {"content": {"application/json": {"schema": _REPLAY.json_schema()}}}},
    )
    async def replay(request: Request, name: Name) -> Response:
        """Under the same webhook-id: one message, all since an instant, or what was given up."""
        body = await read_body(request)
        wish = _read(_REPLAY, body, _REPLAY_EXAMPLE) if body.strip() else ReplayWish()
        with _refusals():
            count = await subscribing.replay(database, name, since=wish.since, message=wish.message, now=clock.now())
        return json_answer({"messages": count})


@contextmanager
def _refusals() -> Generator[None, None, None]:
    """Around a use case: what it refuses becomes a problem document."""
    try:
        yield
    except (NoSuchWebhookError, NoSuchMessageError) as error:
        raise ProblemError(404, str(error)) from None
    except WebhookNameTakenError as error:
        raise ProblemError(409, str(error)) from None
    except WebhookError as error:
        raise ProblemError(422, str(error)) from None


def _read(adapter: TypeAdapter[Body], body: bytes, example: str) -> Body:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        if any(fault["type"] == "json_invalid" for fault in faults):
            raise ProblemError(400, f"the body is not JSON; {example}") from None
        told = (f"{'.'.join(str(part) for part in fault['loc']) or 'the body'}: {fault['msg']}" for fault in faults)
        raise ProblemError(422, "; ".join(told) + f"; {example}") from None


def _shown(webhook: WebhookView) -> dict[str, object]:
    return {
        "name": webhook.name,
        "url": webhook.url,
        "events": webhook.events,
        "with_comment": webhook.with_comment,
        "created_at": webhook.created_at,
        "disabled_at": webhook.disabled_at,
        "disabled_reason": webhook.disabled_reason,
        "failing_since": webhook.failing_since,
        "failure": webhook.failure,
    }
