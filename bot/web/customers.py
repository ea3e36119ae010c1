"""Personal links of customers and their orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import AfterValidator, Field
from starlette.responses import Response

from bot.web.answers import json_answer
from bot.web.dependencies import WebDependencies
from bot.web.parameters import LONGEST_ID, CustomerId, check_id
from bot.web.problems import ProblemError
from surveys.people import make_links


@dataclass(frozen=True, slots=True)
class LinkWish:
    """What the link is to bind; without an order it is the customer's own."""

    order_id: Annotated[str | None, Field(max_length=LONGEST_ID), AfterValidator(check_id)] = None


@dataclass(frozen=True, slots=True)
class Links:
    """The same link in each messenger that is set up."""

    telegram: str | None = None
    vk: str | None = None


def add_customer_routes(router: APIRouter, dependencies: WebDependencies) -> None:
    """`POST /customers/{id}/links`."""

    @router.post(
        "/customers/{customer_id:path}/links",
        tags=["customers"],
        summary="Personal links",
        response_model=Links,
    )
    async def links(customer_id: CustomerId, wish: Annotated[LinkWish | None, Body()] = None) -> Response:
        """Whoever opens the link first is asked about the order, or about all of the customer's purchases.

        Asking again gives the same link. An unknown customer is added.
        """
        order_ids = [wish.order_id] if wish is not None and wish.order_id is not None else []
        made = await make_links(dependencies.database, customer_id, order_ids, now=dependencies.clock.now())
        key = made.order_keys[order_ids[0]] if order_ids else made.customer_key
        addresses = await dependencies.deep_links(key)
        if not addresses:
            raise ProblemError(
                503,
                "the bot's name is not known yet; set OTKLIK_TELEGRAM_TOKEN and start `otklik run` once",
                headers={"Retry-After": "10"},
            )
        return json_answer(addresses)
