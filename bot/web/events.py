"""Events in, what became of them, and taking them back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from bot.screens.story import build_story_document
from bot.web.answers import json_answer
from bot.web.bodies import read_body
from bot.web.dependencies import WebDependencies
from bot.web.incoming import EventDecoding, MalformedEvent
from bot.web.parameters import EventId, OrderId
from bot.web.problems import PROBLEM_SCHEMA, ProblemError
from surveys.intake import Cancellation, IntakeResult, cancel_event, cancel_order, take_in
from surveys.rules.incoming import IncomingEvent
from surveys.story import suggest, tell


@dataclass(frozen=True, slots=True)
class EventResult:
    """What came of one reported event."""

    id: str | None
    status: str
    outcome: str | None = None
    reason: str | None = None
    ask_at: datetime | None = None
    eligible_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class EventResults:
    """One result for each event, in order."""

    results: list[EventResult]


def add_event_routes(router: APIRouter, dependencies: WebDependencies) -> None:
    """`POST /events`, `GET /events/{id}` and the cancellations."""
    decoding = EventDecoding()
    database, catalogues, clock = dependencies.database, dependencies.catalogues, dependencies.clock

    @router.post(
        "/events",
        tags=["events"],
        response_model=EventResults,
        openapi_extra=_body(),
        summary="Report touchpoint events",
    )
    async def report_events(request: Request) -> Response:
        """One event or a list of up to 1,000; one result for each, in order. A bad event never rejects the others.

        A repeated id is a `duplicate`: the first content stands, and `error` names the fields that differ.
        """
        events = decoding.decode(await read_body(request))
        good = [event for event in events if isinstance(event, IncomingEvent)]
        taken = await take_in(database, catalogues, good, now=clock.now()) if good else []
        results = taken if len(good) == len(events) else list(_in_order(events, iter(taken)))
        dependencies.metrics.count_events(results)
        if taken:
            dependencies.wake()
        return json_answer({"results": results})

    @router.get("/events/{event_id:path}", tags=["events"], summary="What became of an event")
    async def tell_event(event_id: EventId) -> Response:
        """Step by step, with the reasons and the instants from which the person may be asked again."""
        found = await tell(database, event_id, now=clock.now())
        stories = [story for story in found if story.event_id == event_id]
        if not stories:
            near = [story.event_id for story in found] or await suggest(database, event_id)
            hint = f"; known are {', '.join(near)}" if near else ""
            raise ProblemError(404, f"no event has the id {event_id}{hint}")
        return json_answer(build_story_document(stories[0], catalogues.language, catalogues.zone))

    @router.post("/events/{event_id:path}/cancel", tags=["events"], summary="Take an event back")
    async def cancel_one(event_id: EventId) -> Response:
        """What was not yet sent is cancelled; what was sent stays, and so do its answers."""
        return _cancelled(await cancel_event(database, event_id, now=clock.now()), f"no event has the id {event_id}")

    @router.post("/orders/{order_id:path}/cancel", tags=["events"], summary="Take an order's events back")
    async def cancel_all(order_id: OrderId) -> Response:
        """What was not yet sent about any event of the order is cancelled."""
        return _cancelled(await cancel_order(database, order_id, now=clock.now()), f"no event has the order {order_id}")


_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "the body is not JSON", "content": PROBLEM_SCHEMA},
    413: {"description": "over 2 MB or over 1,000 events", "content": PROBLEM_SCHEMA},
    415: {"description": "a compressed body", "content": PROBLEM_SCHEMA},
}


def _cancelled(cancellation: Cancellation, unknown: str) -> Response:
    if not cancellation.found:
        raise ProblemError(404, unknown)
    return json_answer(cancellation)


def _in_order(
    events: Sequence[IncomingEvent | MalformedEvent], taken: Iterator[IntakeResult]
) -> Iterator[IntakeResult | EventResult]:
    for event in events:
        if isinstance(event, MalformedEvent):
            yield EventResult(event.id, "rejected", error=event.error)
        else:
            yield next(taken)


def _body() -> dict[str, object]:
    """How OpenAPI describes a body that the route reads itself."""
    event = {"$ref": "#/components/schemas/IncomingEvent"}
    schema = {"oneOf": [event, {"type": "array", "items": event, "maxItems": 1000}]}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
