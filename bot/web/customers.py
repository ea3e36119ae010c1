"""Personal links of customers and their orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from starlette.requests import Request
from starlette.responses import Response

from bot.web.answers import json_answer
from bot.web.bodies import read_body
from bot.web.dependencies import WebDependencies
from bot.web.parameters import LONGEST_ID, CustomerId, check_id
from bot.web.problems import ProblemError
from surveys.people import make_links


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class LinkWish:
    """What the link is to bind; without an order it is the customer's own."""

    order_id: Annotated[str | None, Field(max_length=LONGEST_ID), AfterValidator(check_id)] = None


@dataclass(frozen=True, slots=True)
class Links:
    """The same link in each messenger that is set up."""

    telegram: str | None = None
    vk: str | None = None


_WISH = TypeAdapter(LinkWish)


def _read_wish(body: bytes) -> LinkWish:
    """The wish, whatever type the body is said to be of: none means the customer's own link."""
    if not body.strip():
        return LinkWish()
    try:
        return _WISH.validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        if any(fault["type"] == "json_invalid" for fault in faults):
            raise ProblemError(400, 'the body is not JSON; send {"order_id": "42"}, or nothing') from None
        told = (f"{'.'.join(str(part) for part in fault['loc']) or 'the body'}: {fault['msg']}" for fault in faults)
        raise ProblemError(422, "; ".join(told) + '; send {"order_id": "42"}, or nothing') from None


def add_customer_routes(router: APIRouter, dependencies: WebDependencies) -> None:
    """`POST /customers/{id}/links`."""

    @router.post(
        "/customers/{customer_id:path}/links",
        tags=["customers"],
        summary="Personal links",
        response_model=Links,
        openapi_extra={"requestBody": {"content": {"application/json": {"schema": _WISH.json_schema()}}}},
    )
    async def links(request: Request, customer_id: CustomerId) -> Response:
        """Whoever opens the link first is asked about the order, or about all of the customer's purchases.

        Asking again gives the same link. An unknown customer is added.
        """
        wish = _read_wish(await read_body(request))
        order_ids = [] if wish.order_id is None else [wish.order_id]
        made = await make_links(dependencies.database, customer_id, order_ids, now=dependencies.clock.now())
        key = made.order_keys[order_ids[0]] if order_ids else made.customer_key
        addresses = await dependencies.deep_links(key)
        if not addresses:
            raise ProblemError(
                503,
                "no messenger is known yet; set OTKLIK_TELEGRAM_TOKEN or OTKLIK_VK_TOKEN and start `otklik run` once",
                headers={"Retry-After": "10"},
            )
        return json_answer(addresses)
