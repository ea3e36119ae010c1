"""Cases, for a CRM: read, opened and moved."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bot.web.answers import json_answer
from bot.web.bodies import read_body
from bot.web.case_bodies import MOVING, OPENING, read_case_body
from bot.web.dependencies import WebDependencies
from bot.web.parameters import After, Limit, Text
from bot.web.problems import PROBLEM_SCHEMA, ProblemError
from surveys.case_views import CaseView, list_cases
from surveys.rules.cases import UNSETTLED, CaseState
from surveys.rules.metrics import sentiment
from surveys.rules.recovered import recovery_outcome
from surveys.shop_cases import (
    CaseDetails,
    MoveNotLegal,
    OpenAlready,
    UnacceptableError,
    case_details,
    move_shop_case,
    open_shop_case,
)

Json = dict[str, object]
CaseNumber = Annotated[int, Path(ge=1, le=2**63 - 1, description="the number on the card")]

_CONFLICT = "the case stands where this cannot be done"
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "the body is not JSON", "content": PROBLEM_SCHEMA},
    409: {"description": _CONFLICT, "content": PROBLEM_SCHEMA},
    413: {"description": "over 2 MB", "content": PROBLEM_SCHEMA},
    415: {"description": "a compressed body", "content": PROBLEM_SCHEMA},
}


def add_case_routes(router: APIRouter, dependencies: WebDependencies) -> None:
    """`GET /cases`, `GET /cases/{id}`, `POST /cases` and `POST /cases/{id}/moves`."""
    _add_reading(router, dependencies)
    _add_acting(router, dependencies)


def _add_reading(router: APIRouter, dependencies: WebDependencies) -> None:
    database, catalogues = dependencies.database, dependencies.catalogues

    @router.get("/cases", tags=["cases"], summary="Complaints and their state")
    async def cases(
        *,
        state: Annotated[CaseState | None, Query(description="one state; all unsettled ones without it")] = None,
        team: Annotated[Text | None, Query(description="one team's alone")] = None,
        touchpoint: Annotated[Text | None, Query(description="about one touchpoint alone")] = None,
        after: After = 0,
        after_id: Annotated[int, Query(ge=0, le=2**63 - 1, description="the same as `after`")] = 0,
        limit: Limit = 100,
    ) -> Response:
        """Oldest first; `next_after` leads on."""
        found = await list_cases(
            database,
            catalogues,
            states=UNSETTLED if state is None else (state,),
            team=team,
            touchpoint=touchpoint,
            after_id=max(after, after_id),
            limit=limit + 1,
        )
        shown = found[:limit]
        next_after = shown[-1].case.id if len(found) > limit else None
        return json_answer({"cases": [_case(view) for view in shown], "next_after": next_after})

    @router.get("/cases/{case_id}", tags=["cases"], summary="One complaint and what was done about it")
    async def case(case_id: CaseNumber) -> Response:
        """The case with its moves: who did what, when, and what was said."""
        found = await case_details(database, catalogues, case_id)
        if found is None:
            raise ProblemError(404, f"there is no case {case_id}")
        return json_answer(_details(found))


def _add_acting(router: APIRouter, dependencies: WebDependencies) -> None:
    database, catalogues, clock = dependencies.database, dependencies.catalogues, dependencies.clock

    @router.post(
        "/cases",
        tags=["cases"],
        summary="Open a case",
        status_code=201,
        responses={200: {"description": "the id had opened this case before"}, **_REFUSALS},
        openapi_extra=_body("CaseToOpen"),
    )
    async def open_case(request: Request) -> Response:
        """A complaint that reached the shop itself: its card goes to the team. An unknown customer is added.

        The same `id` opens one case: the first content stands. An order's event that has an unsettled case is a
        conflict, and nothing is stored.
        """
        wanted = read_case_body(OPENING, await read_body(request)).wanted()
        try:
            opened = await open_shop_case(database, catalogues, wanted, now=clock.now())
        except UnacceptableError as error:
            raise ProblemError(422, str(error)) from None
        if isinstance(opened, OpenAlready):
            number, state = opened.details.view.case.id, opened.details.view.state
            raise ProblemError(409, f"case {number} about this order is {state} already; add to that one")
        dependencies.wake()
        return json_answer(_details(opened.details), 201 if opened.is_new else 200)

    @router.post(
        "/cases/{case_id}/moves",
        tags=["cases"],
        summary="Move a case",
        responses=_REFUSALS,
        openapi_extra=_body("MoveToMake"),
    )
    async def move_case(request: Request, case_id: CaseNumber) -> Response:
        """What staff may do with a card's buttons; the card is redrawn. Confirming is the customer's alone."""
        wanted = read_case_body(MOVING, await read_body(request)).wanted()
        try:
            made = await move_shop_case(database, catalogues, case_id, wanted, now=clock.now())
        except UnacceptableError as error:
            raise ProblemError(422, str(error)) from None
        if made is None:
            raise ProblemError(404, f"there is no case {case_id}")
        if isinstance(made, MoveNotLegal):
            who = f" by {made.view.case.claimed_by_name}" if made.view.case.claimed_by_name else ""
            raise ProblemError(409, f"{wanted.move} is not possible: case {case_id} is {made.view.state}{who}")
        dependencies.wake()
        return json_answer(_details(made.details))


def _body(name: str) -> dict[str, object]:
    """How OpenAPI describes a body that the route reads itself."""
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _case(view: CaseView) -> Json:
    case = view.case
    return {
        "id": case.id,
        "external_id": case.external_id,
        "state": view.state,
        "cause": case.cause,
        "severity": case.severity,
        "round": case.round,
        "team": case.team,
        "touchpoint": case.touchpoint,
        "metric": case.metric,
        "score": case.score,
        "reasons": case.reasons,
        "comment": case.comment,
        "event_id": case.event_external_id,
        "order_id": case.order_id,
        "customer": {"id": case.customer_external_id, "name": case.customer_name},
        "attributes": case.attributes,
        "opened_at": case.opened_at,
        "first_response_due": case.first_response_due,
        "first_response_at": case.first_response_at,
        "resolve_due": case.resolve_due,
        "claimed_at": case.claimed_at,
        "claimed_by": case.claimed_by_name,
        "resolved_at": case.resolved_at,
        "solved": case.solved,
        "close_reason": case.close_reason,
        "given": case.given,
        "note": case.note,
        "score_before": case.score_before,
        "score_again": case.again_score,
        "outcome": recovery_outcome(
            view.state,
            case.solved,
            None if view.metric is None or case.again_score is None else sentiment(view.metric, case.again_score),
        ),
    }


def _details(details: CaseDetails) -> Json:
    """The case with its moves; `messages` counts those of the customer and of staff."""
    return {**_case(details.view), "messages": details.messages, "moves": details.moves}
