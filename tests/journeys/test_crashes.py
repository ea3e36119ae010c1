"""Processes that die or are told to stop in the middle of their work: nothing is lost, nothing is doubled."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import asyncpg

from bot.app import RunRole
from bot.clock import MovableClock
from bot.sandbox import Fault, FaultKind
from tests.journeys.product import ANNA, CATALOGUE, NOON, TEAM, Product, button
from tests.journeys.troubles import (
    Gate,
    became,
    command,
    count,
    end_leases,
    eventually,
    process,
    questions,
    sent_to,
    told,
)

SEND = frozenset(("sendMessage",))
DUE = NOON + timedelta(hours=4)

LEFT_FOR = """
select count(*) from schedule s join accounts a on s.recipient = 'account:' || a.id
where a.external_id = $1 and s.state in ('due', 'sending')
"""


async def start(product: Product, processes: AsyncExitStack, *roles: RunRole) -> None:
    """Processes of these roles, the last of which serves the shop."""
    for role in roles:
        await processes.enter_async_context(product.running(role))


async def test_what_a_killed_worker_was_sending_is_unknown_and_only_the_card_comes_again(
    product: Product, database_url: str
) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.connect(product.boris, "c-8")
        answered = await product.asked(product.boris, "43", "c-8")
        await product.report("delivery", "42", "c-7")
    async with AsyncExitStack() as processes:
        await start(product, processes, RunRole.BOT, RunRole.WEB)
        product.telegram.fail(Fault(FaultKind.HANG, SEND, chat_id=ANNA, executed=True))
        product.telegram.fail(Fault(FaultKind.HANG, SEND, chat_id=TEAM, executed=True))
        async with process(product, database_url, RunRole.WORKER, DUE) as worker:
            question = await product.anna.wait_for(lambda message: "5" in message.labels, deadline=10)
            await product.boris.tap(answered, "1")
            card = await product.card("1 из 5")
            await worker.kill()
        assert "Повтор" not in card.text
        assert (await told(product, "42:delivery"))["outcome"] == "sending"

        await end_leases(product)
        product.clock.move_to(DUE)
        await start(product, processes, RunRole.WORKER, RunRole.WEB)
        await became(product, "42:delivery", "unknown")
        funnel = await _funnel(product)
        assert (funnel["unknown"], funnel["delivered"], funnel["answered"]) == (1, 1, 1)

        again = await product.card("Повтор")
        assert again.id != card.id
        assert "1 из 5" in again.text
        assert "ваша" in await product.oleg.tap(again, button(again, "Взять"))
        await product.oleg.wait_for_edit(again, lambda message: "Олег" in message.text)

        # the question is neither repeated nor reminded of
        await product.pass_time(timedelta(days=1, hours=3))
        assert await count(product, LEFT_FOR, ANNA) == 0
        assert questions(product.anna) == [question]

        await product.anna.tap(question, "5")
        assert (await told(product, "42:delivery"))["outcome"] == "answered"
        funnel = await _funnel(product)
        assert (funnel["unknown"], funnel["delivered"], funnel["answered"]) == (0, 2, 2)


async def _funnel(product: Product) -> dict[str, object]:
    report = await product.get("/api/v1/scores?from=2026-11-18&to=2026-11-20&touchpoint=delivery")
    (entry,) = report["touchpoints"]
    return entry["funnel"]


async def test_an_update_a_killed_poller_had_in_hand_comes_again(
    product: Product, database_url: str, server: asyncpg.Connection
) -> None:
    gate = Gate.of(server, database_url)
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
    async with product.database.transaction() as somebody_else:
        await somebody_else.rows("select from persons for update")
        await somebody_else.rows("select from invitations for update")
        async with process(product, database_url, RunRole.BOT, DUE) as poller:
            await product.anna.tap(question, "1", deadline=None)
            await product.anna.write("Торт помялся")
            await gate.waits_for_lock()
            await poller.kill()
    await end_leases(product)
    async with product.running():
        card = await product.card("Торт помялся")
        assert "1 из 5" in card.text
        assert (await told(product, "42:delivery"))["outcome"] == "answered"
    assert await count(product, "select count(*) from responses") == 1
    assert await count(product, "select count(*) from messages") == 1
    assert await count(product, "select count(*) from cases") == 1
    assert product.telegram.updates.count() == 0


async def test_a_process_told_to_stop_finishes_what_is_in_hand(product: Product, database_url: str) -> None:
    product.clock = MovableClock(datetime.now(UTC) - timedelta(minutes=1))
    catalogue = product.settings.data_dir / "catalog.yaml"
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    async with product.running(RunRole.BOT):
        written = await product.anna.write("/complaint Торт помялся")
        await product.anna.wait_for(after=written)
    product.telegram.fail(Fault(FaultKind.SLOW, SEND, chat_id=TEAM, seconds=1.0))
    async with command(product, database_url, "run", OTKLIK_CATALOG=str(catalogue)) as running:
        await eventually(lambda: count(product, "select count(*) from schedule where state = 'sending'"), deadline=20)
        await eventually(lambda: count(product, "select count(*) from leases"))
        assert await running.terminate() == 0
    assert len(sent_to(product, TEAM)) == 1
    assert await count(product, "select state from schedule where kind = 'card'") == "sent"
    assert await count(product, "select count(*) from schedule where state in ('sending', 'unknown')") == 0
    assert await count(product, "select count(*) from leases") == 0
    assert product.telegram.updates.count() == 0
