"""The counter of the demo's shop: each button reports over HTTP what happened to a customer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

from bot.cli.demonstration.crowd import Crowd
from bot.cli.demonstration.stage import Shop
from bot.sandbox.page import ShopReceipt

FIRST_ORDER: Final = 1041
CROWD: Final = 100

_LATE: Final = {"location": "Арбат", "employee": "Сергей", "product": "торт «Прага»", "late": True}
_PUNCTUAL: Final = {"location": "Арбат", "employee": "Ирина", "product": "багет", "late": False}
_VISIT: Final = {"location": "Арбат", "employee": "Ирина"}
_CAKE: Final = {"location": "Арбат", "product": "торт с надписью"}
_SUPPORT: Final = {"employee": "Павел"}


@dataclass(frozen=True, slots=True)
class ShopCustomer:
    """A customer as the shop knows them."""

    id: str
    name: str
    messenger: str = "telegram"


class Counter:
    """The buttons, the number of the next order, and what has been reported so far."""

    def __init__(
        self, shop: Shop, customers: tuple[ShopCustomer, ...], crowd: Crowd, now: Callable[[], datetime]
    ) -> None:
        self._shop = shop
        self._customers = {customer.id: customer for customer in customers}
        self._crowd = crowd
        self._now = now
        self._numbers = count(FIRST_ORDER)
        self._last_orders: dict[str, str] = {}
        self._printed: dict[str, str] = {}
        self._reported: list[str] = []
        self._reported_of_crowd: list[str] = []

    @property
    def reported(self) -> list[str]:
        """Ids of the events reported so far, oldest first, those of the crowd before all others."""
        return self._reported_of_crowd + self._reported

    async def act(self, action: str, customer_id: str) -> ShopReceipt:
        """Press a button for a customer; raises LookupError for a button or customer there is not."""
        customer = self._customers.get(customer_id)
        if customer is None:
            raise LookupError(f"the shop knows no customer {customer_id!r}")
        press: Callable[[ShopCustomer], Awaitable[ShopReceipt]] | None = {
            "delivered": lambda one: self._report("delivered", "delivery", one, _PUNCTUAL),
            "late": lambda one: self._report("late", "delivery", one, _LATE),
            "visited": lambda one: self._report("visited", "visit", one, _VISIT),
            "collected": lambda one: self._report("collected", "product", one, _CAKE),
            "support": lambda one: self._report("support", "support", one, _SUPPORT),
            "cancelled": self._cancel,
            "hundred": self._report_crowd,
            "link": self._print_link,
        }.get(action)
        if press is None:
            raise LookupError(f"the shop has no button {action!r}")
        return await press(customer)

    async def print_link(self, customer: ShopCustomer) -> tuple[str, str]:
        """Put a personal link on the parcel of the customer's next order; the order and the key in the link."""
        order = self._printed[customer.id] = str(next(self._numbers))
        links = await self._shop.post(f"/api/v1/customers/{customer.id}/links", {"order_id": order})
        return order, str(links[customer.messenger]).rpartition("=")[2]

    async def _print_link(self, customer: ShopCustomer) -> ShopReceipt:
        order, start = await self.print_link(customer)
        return ShopReceipt("link", order_id=order, start=start)

    async def _report(
        self, action: str, touchpoint: str, customer: ShopCustomer, attributes: Mapping[str, object]
    ) -> ShopReceipt:
        order = self._last_orders[customer.id] = self._printed.pop(customer.id, "") or str(next(self._numbers))
        decided = await self._shop.report(
            self._event(
                f"{order}:{touchpoint}", touchpoint, order, {"id": customer.id, "name": customer.name}, attributes
            )
        )
        self._reported.append(f"{order}:{touchpoint}")
        return ShopReceipt(
            action,
            order_id=order,
            event_id=f"{order}:{touchpoint}",
            outcome=_text(decided.get("outcome") or decided.get("error")),
            reason=_text(decided.get("reason")),
            ask_at=_text(decided.get("ask_at")),
        )

    async def _cancel(self, customer: ShopCustomer) -> ShopReceipt:
        order = self._last_orders.get(customer.id)
        if order is None or not any(event.startswith(f"{order}:") for event in self.reported):
            return ShopReceipt("cancelled", outcome="nothing", count=0)
        answer = await self._shop.post(f"/api/v1/orders/{order}/cancel")
        cancelled = answer.get("cancelled")
        return ShopReceipt(
            "cancelled", order_id=order, outcome="cancelled", count=len(cancelled) if isinstance(cancelled, list) else 1
        )

    async def _report_crowd(self, _customer: ShopCustomer) -> ShopReceipt:
        """A hundred orders of people nobody on the page is; they answer by themselves."""
        events = []
        for person in self._crowd.add(CROWD):
            order = str(next(self._numbers))
            self._reported_of_crowd.append(f"{order}:delivery")
            known = {"id": f"c-{person.id}", "name": person.user.first_name, "telegram_id": person.id}
            attributes = _LATE if person.id % 5 == 0 else _PUNCTUAL
            events.append(self._event(f"{order}:delivery", "delivery", order, known, attributes))
        answer = await self._shop.post("/api/v1/events", events)
        results = answer["results"]
        assert isinstance(results, list)
        planned = [result for result in results if result["outcome"] == "planned"]
        ask_at = _text(planned[0]["ask_at"]) if planned else None
        return ShopReceipt("hundred", outcome="planned", count=len(planned), ask_at=ask_at)

    def _event(
        self, event_id: str, touchpoint: str, order: str, customer: dict[str, object], attributes: Mapping[str, object]
    ) -> dict[str, object]:
        return {
            "id": event_id,
            "touchpoint": touchpoint,
            "occurred_at": self._now().isoformat(),
            "order_id": order,
            "customer": customer,
            "attributes": attributes,
        }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
