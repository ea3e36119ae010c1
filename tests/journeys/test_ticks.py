"""What the running product does by itself, beside its customers."""

from __future__ import annotations

import asyncio

import pytest

from surveys.channels import reserve_slots
from tests.journeys.product import Product

pytestmark = pytest.mark.customers_in("telegram", why="nobody is spoken to")


async def test_idle_limits_of_the_pace_are_forgotten(product: Product) -> None:
    await reserve_slots(product.database, "telegram", [7, 8], rate=30, direct=False, longest_wait=60)
    async with product.database.autocommit() as transaction:
        await transaction.run("update budgets set next_at = next_at - 600 where chat_id = 7")
    async with product.running(), asyncio.timeout(10):
        while await _limited(product, 7):
            await asyncio.sleep(0)
    assert await _limited(product, 8)


async def _limited(product: Product, chat_id: int) -> bool:
    async with product.database.autocommit() as transaction:
        return bool(await transaction.value("select count(*) from budgets where chat_id = $1", chat_id))
