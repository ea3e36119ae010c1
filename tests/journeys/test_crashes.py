"""Processes that die or are told to stop in the middle of their work: nothing is lost, nothing is doubled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

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


@pytest.mark.customers_in("telegram", why="what is unknown in Telegram VK shows once: see below")
async def test_what_a_killed_process_had_in_hand_is_neither_lost_nor_doubled(
    product: Product, database_url: str, server: asyncpg.Connection
) -> None:
    gate = Gate.of(server, database_url)
    async with process(product, database_url, RunRole.ALL) as victim:
        async with product.running():
            await product.connect(product.anna, "c-7")
            await product.connect(product.boris, "c-8")
            answered = await product.asked(product.boris, "43", "c-8")
            await product.report("delivery", "42", "c-7")
        product.telegram.fail(Fault(FaultKind.HANG, SEND, chat_id=ANNA, executed=True))
        product.telegram.fail(Fault(FaultKind.HANG, SEND, chat_id=TEAM, executed=True))
        await victim.begin(DUE)
        question = await product.anna.wait_for(lambda message: "5" in message.labels)
        await product.boris.tap(answered, "1")
        card = await product.card("1 из 5")
        async with product.database.transaction() as somebody_else:
            await somebody_else.rows("select from persons for update")
            await product.boris.write("Торт помялся")
            await gate.waits_for_lock()
            await victim.kill()
    assert "Повтор" not in card.text
    assert await count(product, "select count(*) from schedule where state = 'sending'") == 2
    await end_leases(product)
    product.clock.move_to(DUE)
    async with product.running():
        await became(product, "42:delivery", "unknown")
        funnel = await _funnel(product)
        assert (funnel["unknown"], funnel["delivered"], funnel["answered"]) == (1, 1, 1)

        # the update comes again, and so does the card, which says so
        again = await product.oleg.wait_for(
            lambda message: "Торт помялся" in message.text, chat=product.team, after=card
        )
        assert any("Повтор" in shown.text for shown in (again, *again.editions))
        assert "1 из 5" in again.text
        assert "ваша" in await product.oleg.tap(again, button(again, "Взять"))
        await product.oleg.wait_for_edit(again, lambda message: "Олег" in message.text)
        assert await count(product, "select count(*) from messages") == 1
        assert await count(product, "select count(*) from responses") == 1
        assert await count(product, "select count(*) from cases") == 1

        # the question is neither repeated nor reminded of; a tap proves that it arrived
        await product.pass_time(timedelta(days=1, hours=3))
        assert await count(product, LEFT_FOR, ANNA) == 0
        assert questions(product.anna) == [question]
        await product.anna.tap(question, "5")
        assert (await told(product, "42:delivery"))["outcome"] == "answered"
        funnel = await _funnel(product)
        assert (funnel["unknown"], funnel["delivered"], funnel["answered"]) == (0, 2, 2)
    assert product.telegram.updates.count() == 0


@pytest.mark.customers_in("vk", why="VK shows once what comes twice")
async def test_what_a_process_killed_behind_its_message_sends_again_shows_once(
    product: Product, database_url: str
) -> None:
    assert product.vk is not None
    async with process(product, database_url, RunRole.WORKER) as victim:
        async with product.running():
            await product.connect(product.anna, "c-7", "42")
            question = await product.asked(product.anna, "42", "c-7")
            await product.anna.tap(question, "1")
            card = await product.card("1 из 5")
            await product.connect(product.boris, "c-8")
            await product.report("visit", "43", "c-8", name="Борис")
        async with product.running(RunRole.BOT):
            for number in range(2):
                await product.oleg.write(f"Ответ {number}", chat=product.team, reply_to=card)
            await eventually(lambda: _queued(product, 2))
        before = len(product.vk.journal.calls("messages.send"))
        product.fail_sending(product.anna, FaultKind.HANG, executed=True)
        product.fail_sending(product.boris, FaultKind.HANG, executed=True)
        await victim.begin(product.clock.now() + timedelta(hours=1))
        await product.anna.wait_for(lambda message: "Ответ 0" in message.text)
        await product.boris.wait_for(lambda message: "10" in message.labels)
        await victim.kill()
    assert await count(product, "select count(*) from schedule where state = 'sending' and channel = 'vk'") == 2
    await end_leases(product)
    product.clock.move_by(timedelta(hours=1))
    async with product.running():
        await product.anna.wait_for(lambda message: "Ответ 1" in message.text, deadline=10)
        await became(product, "43:visit", "sent")
    said = [message.text for message in product.anna.see() if "Ответ" in message.text]
    assert said == ["Пекарня\n\nОтвет 0", "Пекарня\n\nОтвет 1"]
    assert len([message for message in product.boris.see() if "10" in message.labels]) == 1
    sent = product.vk.journal.calls("messages.send")[before:]
    for text in ("Ответ 0", "Посоветуете"):
        keys = [call.parameters["random_id"] for call in sent if text in str(call.parameters["message"])]
        assert len(keys) == 2
        assert len(set(keys)) == 1


async def _queued(product: Product, number: int) -> bool:
    return await count(product, "select count(*) from schedule where kind = 'reply' and state = 'due'") == number


async def _funnel(product: Product) -> dict[str, object]:
    report = await product.get("/api/v1/scores?from=2026-11-18&to=2026-11-20&touchpoint=delivery")
    (entry,) = report["touchpoints"]
    return entry["funnel"]


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_a_process_told_to_stop_finishes_what_is_in_hand(product: Product, database_url: str) -> None:
    product.clock = MovableClock(datetime.now(UTC) - timedelta(minutes=1))
    catalogue = product.settings.data_dir / "catalog.yaml"
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    async with product.running(RunRole.BOT):
        written = await product.anna.write("/complaint Торт помялся")
        await product.anna.wait_for(after=written)
    product.telegram.fail(Fault(FaultKind.SLOW, SEND, chat_id=TEAM, seconds=1.0))
    async with command(product, database_url, "run", OTKLIK_CATALOG=str(catalogue)) as running:
        await eventually(lambda: count(product, "select count(*) from schedule where state = 'sending'"), deadline=60)
        await eventually(lambda: count(product, "select count(*) from leases"))
        assert await running.terminate() == 0
    assert len(sent_to(product, TEAM)) == 1
    assert await count(product, "select state from schedule where kind = 'card'") == "sent"
    assert await count(product, "select count(*) from schedule where state in ('sending', 'unknown')") == 0
    assert await count(product, "select count(*) from leases") == 0
    assert product.telegram.updates.count() == 0
