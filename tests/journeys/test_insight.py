"""A manager asks for the journey, the audit and what matters, in the chat; a customer never learns of them."""

from __future__ import annotations

import pytest

from tests.journeys.product import Product

pytestmark = pytest.mark.customers_in("telegram", why="managers ask, and they are in Telegram")


async def test_a_manager_sees_the_journey_the_audit_and_what_matters(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        await product.anna.tap(question, "2")
        await product.told("42:delivery", "answered")
        rejected = await product.report("kiosk", "43", "c-7")
        assert rejected["status"] == "rejected"

        written = await product.owner.write("/journey dark 7d")
        words = await product.owner.wait_for(lambda message: "путь клиента" in message.text, after=written)
        assert "Доставка" in words.text
        # a child process draws, with imports of its own
        photo = await product.owner.wait_for(lambda message: message.kind == "photo", after=written, deadline=50)
        assert photo.file_id is not None

        written = await product.owner.write("/audit")
        audit = await product.owner.wait_for(lambda message: "аудит точек" in message.text, after=written)
        assert "kiosk: 1 отклонённое сообщение" in audit.text
        assert "Что делать:" in audit.text

        written = await product.owner.write("/drivers")
        drivers = await product.owner.wait_for(lambda message: "что важнее всего" in message.text, after=written)
        assert "не доказанная причина" in drivers.text

        written = await product.owner.write("/drivers когда-нибудь")
        usage = await product.owner.wait_for(lambda message: "/drivers 90d" in message.text, after=written)
        assert "когда-нибудь" in usage.text

        written = await product.boris.write("/journey")
        unknown = await product.boris.wait_for(after=written)
        assert "путь клиента" not in unknown.text
        assert {"journey", "audit", "drivers"} <= {command for command, _ in product.owner.commands()}
