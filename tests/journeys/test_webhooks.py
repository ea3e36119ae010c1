"""The shop's CRM hears of a complaint from the running product, and of what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.doctor import Health, examine
from tests.journeys.product import CATALOGUE, Product, button
from tests.webhooks.receiver import receiving

pytestmark = pytest.mark.customers_in("telegram", why="the CRM hears the same whichever messenger it began in")


async def _until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not met():
            await asyncio.sleep(0.02)


async def test_a_crm_hears_of_a_complaint_and_its_end_and_that_it_failed_is_said(
    product: Product, tmp_path: Path
) -> None:
    (tmp_path / "catalog.yaml").write_text(CATALOGUE, encoding="utf-8")
    settings = product.settings.model_copy(update={"webhooks_private": "allow", "catalog": tmp_path / "catalog.yaml"})
    product.settings = settings
    async with receiving() as crm, product.running():
        added = await product.post("/api/v1/webhooks", {"name": "crm", "url": crm.url})
        secret = str(added["secret"])
        await product.connect(product.anna, "c-7", "42")
        question = await product.asked(product.anna, "42", "c-7")
        await product.anna.tap(question, "2")
        card = await product.card()
        await _until(lambda: crm.types() == ["case.opened"])
        opened = crm.taken[0]
        assert opened.is_signed_by(secret)
        assert opened.json["data"]["order_id"] == "42"
        assert opened.json["data"]["customer"] == {"id": "c-7"}
        assert opened.json["data"]["response"]["score"] == 2

        crm.answers.extend([410])
        await product.oleg.tap(card, button(card, "Взять"))
        await _until(lambda: len(crm.taken) == 2)
        assert crm.taken[1].json["data"]["move"] == {"from": "open", "to": "claimed"}
        async with asyncio.timeout(10):
            while not (ready := await product.get("/readyz"))["warnings"]:
                await asyncio.sleep(0.02)
        assert "webhook crm is disabled since" in str(ready["warnings"])
        findings = await examine(settings, product.database, now=product.clock.now())
        (worry,) = [finding for finding in findings if finding.part == "webhook crm"]
        assert worry.health is Health.WORRYING
        assert "otklik webhook enable crm" in str(worry.fix)

        product.clock.move_by(timedelta(minutes=10))
        log = await product.get("/api/v1/webhooks/crm/deliveries")
        assert [attempt["status"] for attempt in log["attempts"]] == [410, 204]  # type: ignore[attr-defined]
