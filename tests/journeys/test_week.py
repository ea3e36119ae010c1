"""The weekly report reaches every manager once, however often anything restarts."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, time, timedelta

import pytest

from bot.app import RunRole
from tests.journeys.product import NOON, ZONE, Product

pytestmark = pytest.mark.customers_in("telegram", why="reports go to managers, who are in Telegram")

MONDAY = datetime.combine((NOON + timedelta(days=5)).date(), time(9), ZONE)


def _reports(product: Product) -> list[str]:
    return [message.text for message in product.owner.see() if message.from_bot and "неделя 47" in message.text]


async def test_three_processes_and_a_restart_post_the_week_once(product: Product) -> None:
    async with AsyncExitStack() as processes:
        for role in (RunRole.ALL, RunRole.WORKER, RunRole.WORKER):
            await processes.enter_async_context(product.running(role))
        await product.move_to(MONDAY - timedelta(seconds=1))
        assert _reports(product) == []
        product.clock.move_to(MONDAY)
        await asyncio.gather(*(product.application.sweep() for _ in range(3)))
        await product.owner.wait_for(lambda message: "неделя 47" in message.text, deadline=20)
    async with product.running():
        await product.pass_time(timedelta(hours=1))
    assert len(_reports(product)) == 1


async def test_a_machine_that_slept_over_monday_reports_when_it_wakes(product: Product) -> None:
    async with product.running():
        pass
    product.clock.move_to(MONDAY + timedelta(days=1, hours=5))
    async with product.running():
        await product.owner.wait_for(lambda message: "неделя 47" in message.text, deadline=20)


async def test_a_manager_comes_in_by_a_one_time_link_and_asks_for_scores(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        await product.anna.tap(question, "5")

        written = await product.boris.write("/scores delivery")
        unknown = await product.boris.wait_for(after=written)

        asked = await product.owner.write("/invite manager")
        invited = await product.owner.wait_for(lambda message: "start=team-" in message.text, after=asked)
        key = invited.text.partition("start=")[2].split()[0]
        accepted = await product.boris.start(key)
        await product.boris.wait_for(lambda message: "менеджер" in message.text, after=accepted)

        written = await product.boris.write("/scores delivery 7d")
        scores = await product.boris.wait_for(after=written)
        assert "Доставка" in scores.text
        assert scores.text != unknown.text
        assert any(command == "scores" for command, _ in product.boris.commands())

        people = await product.owner.write("/people")
        listed = await product.owner.wait_for(after=people)
        assert "Борис" in listed.text
        await product.owner.tap(listed, listed.labels[0])
        written = await product.boris.write("/scores")
        assert (await product.boris.wait_for(after=written)).text == unknown.text


async def test_why_tells_what_became_of_an_order(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.asked(product.anna, "42", "c-7")
        await product.report("delivery", "43", "c-7")
        written = await product.owner.write("/why 43")
        told = await product.owner.wait_for(after=written)
        assert "карантин" in told.text
        written = await product.owner.write("/why 99")
        assert "99" in (await product.owner.wait_for(after=written)).text
