"""What is due at once goes out at once, and every process follows the catalogue: ticks only catch what was missed."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from bot.app import RunRole
from surveys.publishing import publish
from tests.journeys.product import Customer, Product

FAR = 3600.0


async def _report_somebody_known(product: Product, person: Customer, order: str) -> None:
    event = {
        "id": f"{order}:delivery",
        "touchpoint": "delivery",
        "occurred_at": product.clock.now().isoformat(),
        "customer": {"id": f"c-{order}", f"{product.channel}_id": person.id},
    }
    assert "planned" in str(await product.post("/api/v1/events", event))


async def test_an_event_that_is_due_at_once_is_asked_at_once(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.app.DELIVERY_EVERY", FAR)
    monkeypatch.setattr("bot.app.SWEEP_EVERY", FAR)
    product.catalogue = product.catalogue.replace("ask_after: PT2H", "ask_after: PT0S")
    async with product.running():
        for person, order in zip(product.customers(3), ("42", "43", "44"), strict=True):
            await _report_somebody_known(product, person, order)
            await person.wait_for(lambda message: "5" in message.labels)
            # the loop is idle before the next event comes: nothing but that event can wake it
            await product.told(f"{order}:delivery", "sent")


@pytest.mark.customers_in("telegram", why="nobody is spoken to")
async def test_every_process_follows_a_catalogue_that_one_of_them_published(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.CATALOGUE_EVERY", 0.05)
    async with AsyncExitStack() as processes:
        for role in (RunRole.WORKER, RunRole.ALL):
            await processes.enter_async_context(product.running(role))
        assert (await product.report("pickup", "42", "c-7"))["status"] == "rejected"
        source = product.catalogue.replace("  visit:\n", "  pickup: {survey: visit-nps}\n  visit:\n")
        await publish(product.database, source, now=product.clock.now())
        async with asyncio.timeout(5):
            while (await product.report("pickup", "42", "c-7"))["status"] == "rejected":
                await asyncio.sleep(0.01)
