"""What customers say when they are asked again after a complaint counts for no touchpoint and for nothing after it."""

from __future__ import annotations

import pytest

from bot.screens.audit_json import build_audit_document
from bot.screens.drivers_json import build_drivers_document
from bot.screens.journey_json import build_journey_document
from surveys.auditing import audit
from surveys.rolling_up import roll_up
from surveys.rules.weeks import parse_period
from surveys.tracing import trace_journey
from surveys.weighing import weigh_drivers
from tests.insight.conftest import DAY, NOW, START, Shop


async def _documents(shop: Shop) -> tuple[object, ...]:
    period = parse_period("90d", now=NOW, zone=shop.catalogues.zone)
    return (
        build_journey_document(await trace_journey(shop.database, shop.catalogues, period, now=NOW)),
        build_audit_document(await audit(shop.database, shop.catalogues, now=NOW), "en"),
        build_drivers_document(await weigh_drivers(shop.database, shop.catalogues, period, within=10 * DAY, now=NOW)),
    )


@pytest.mark.parametrize("relational", [True, False])
async def test_an_answer_to_being_asked_again_changes_nothing(shop: Shop, *, relational: bool) -> None:
    for customer in range(1, 25):
        event_id = await shop.event(
            "delivery", customer, START + DAY, state="answered", amount=100, order=f"{customer}"
        )
        late = {"late": customer % 2 == 0}
        await shop.answer("delivery", customer, START + 2 * DAY, 1 + customer % 5, event_id=event_id, attributes=late)
        await shop.event("delivery", customer, START + (4 + customer % 9) * DAY, amount=10, order=f"{customer}-2")
        if relational:
            await shop.answer("relationship", customer, START + 20 * DAY, customer % 11, metric="nps")
    before = await _documents(shop)
    for customer in range(1, 25):
        for at in (START + 1.5 * DAY, START + 6 * DAY, START + 60 * DAY):
            await shop.answer(
                "delivery", customer, at, 1, reasons=("late",), attributes={"late": True}, purpose="recovery"
            )
    assert await _documents(shop) == before
    await roll_up(shop.database, shop.catalogues, now=NOW)
    assert await _documents(shop) == before, "nor once the days are counted"
