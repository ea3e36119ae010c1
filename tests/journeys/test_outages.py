"""The database goes away in the middle: nothing received is lost, nothing is sent twice, and work goes on by itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.app import RunRole
from bot.budget import Budget
from bot.cli import build_application
from bot.clock import MovableClock
from bot.delivery import Delivery
from bot.renderers import build_renderers
from bot.sandbox import Fault, FaultKind
from bot.telegram.client import TelegramClient
from bot.telegram.messenger import TelegramMessenger
from db.database import Database
from tests.bot.sandbox.conformance import ServeTelegram
from tests.journeys.product import CATALOGUE, Product, button, make_product
from tests.journeys.troubles import Gate, count, crowd, end_leases, eventually, plan, questions, sent_to

SECRET = "a-secret-for-the-tests"
SEND = frozenset(("sendMessage",))


@pytest.fixture
def gate(server: asyncpg.Connection, database_url: str) -> Gate:
    return Gate.of(server, database_url)


async def is_away(product: Product) -> bool:
    async with product.shop as shop:
        return (await shop.get("/api/v1/events/42:delivery")).status_code == 503


async def test_answers_given_while_the_database_is_away_are_stored_when_it_is_back(
    product: Product, gate: Gate
) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.connect(product.boris, "c-8")
        question = await product.asked(product.anna, "42", "c-7")
        async with gate.closed():
            await eventually(lambda: is_away(product))
            await product.anna.tap(question, "1", deadline=None)
            await product.anna.write("Торт помялся")
            await product.boris.write("А где мой заказ?")
            async with product.shop as shop:
                refused = await shop.post("/api/v1/events", json=event(product))
                assert refused.status_code == 503
                assert "retry-after" in refused.headers
                assert (await shop.get("/healthz")).status_code == 200
                assert (await shop.get("/readyz")).status_code == 503

        card = await product.card("Торт помялся")
        assert "1 из 5" in card.text
        await product.oleg.wait_for(lambda message: "А где мой заказ?" in message.text, chat=product.team)
        assert (await product.report("delivery", "44", "c-9"))["outcome"] == "waiting"
        assert await count(product, "select count(*) from updates_set_aside") == 0
        assert await count(product, "select count(*) from responses") == 1
    assert product.telegram.updates.count() == 0


def event(product: Product) -> dict[str, object]:
    occurred_at = product.clock.now().isoformat()
    return {"id": "45:visit", "touchpoint": "visit", "occurred_at": occurred_at, "customer": {"id": "c-45"}}


async def test_a_process_can_be_stopped_while_the_database_is_away(product: Product, gate: Gate) -> None:
    async with AsyncExitStack() as running:
        await running.enter_async_context(product.running())
        await product.connect(product.anna, "c-7")
        async with gate.closed(), asyncio.timeout(8):
            await eventually(lambda: is_away(product))
            await product.anna.write("А где мой заказ?")
            await running.aclose()
    await end_leases(product)
    async with product.running():
        await product.oleg.wait_for(lambda message: "А где мой заказ?" in message.text, chat=product.team)


@pytest.mark.customers_in("telegram", why="what is written down does not depend on the messenger")
async def test_broken_connections_in_the_middle_of_sending_repeat_and_lose_nothing(
    product: Product, gate: Gate
) -> None:
    everybody = crowd(product, 60)
    async with product.running():
        await plan(product, everybody)
        product.telegram.fail(Fault(FaultKind.SLOW, SEND, times=None, seconds=0.1))
        await product.pass_time(timedelta(hours=2))
        for number in (1, 20, 40):
            await eventually(lambda number=number: has_sent(product, number))
            await gate.break_connections()
        for person in everybody:
            await person.wait_for(lambda message: "5" in message.labels, deadline=15)
        await eventually(lambda: all_sent(product, len(everybody)))
    assert [len(sent_to(product, person.id)) for person in everybody] == [1] * len(everybody)


@pytest.mark.customers_in("telegram", why="what is written down does not depend on the messenger")
async def test_outcomes_known_while_the_database_is_away_are_kept_until_it_is_back(
    product: Product, gate: Gate
) -> None:
    everybody = crowd(product, 10)
    async with product.running():
        await plan(product, everybody)
        product.telegram.fail(Fault(FaultKind.SLOW, SEND, times=None, seconds=0.3))
        await product.pass_time(timedelta(hours=2))
        await eventually(lambda: count(product, "select count(*) from schedule where state = 'sending'"))
        async with gate.closed():
            for person in everybody:
                await person.wait_for(lambda message: "5" in message.labels)
        await eventually(lambda: all_sent(product, len(everybody)))
    assert [len(sent_to(product, person.id)) for person in everybody] == [1] * len(everybody)


async def has_sent(product: Product, number: int) -> bool:
    return len(product.telegram.journal.calls("sendMessage")) >= number


async def all_sent(product: Product, number: int) -> bool:
    return await count(product, "select count(*) from invitations where state = 'sent'") == number


@pytest_asyncio.fixture
async def posted(
    database: Database, serve_telegram: ServeTelegram, clock: MovableClock, tmp_path: Path
) -> AsyncGenerator[Product, None]:
    """An installation that gets its updates by webhook."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with serve_telegram(clock=clock.now, pace=False, delay_unit=0.02) as telegram:
        product = make_product(database, telegram, clock, tmp_path)
        product.settings = product.settings.model_copy(
            update={
                "telegram_mode": "webhook",
                "webhook_secret": SecretStr(SECRET),
                "public_url": f"http://127.0.0.1:{port}",
                "http_port": port,
            }
        )
        yield product


async def test_updates_by_webhook_come_again_until_they_are_committed(posted: Product, gate: Gate) -> None:
    product = posted
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        async with gate.closed():
            await eventually(lambda: is_away(product))
            await product.anna.tap(question, "1", deadline=None)
            await product.anna.write("Торт помялся")
            await eventually(lambda: _was_refused(product))
        card = await product.card("Торт помялся")
        assert "1 из 5" in card.text
        assert "ваша" in await product.oleg.tap(card, button(card, "Взять"))
        assert await count(product, "select count(*) from updates_set_aside") == 0
        assert await count(product, "select count(*) from responses") == 1
        assert await count(product, "select count(*) from messages") == 1

        product.telegram.updates.malform()
        product.telegram.updates.duplicate()
        written = await product.anna.write("И ещё чек не дали")
        await product.anna.wait_for(after=written)
        await product.card("чек не дали")
        await eventually(lambda: count(product, "select count(*) from updates_set_aside"))
        await eventually(lambda: _all_taken(product))
        assert await count(product, "select count(*) from messages") == 2
    assert product.telegram.journal.calls("getUpdates") == ()


async def _was_refused(product: Product) -> bool:
    return "503" in (product.telegram.webhook.last_error or "")


async def _all_taken(product: Product) -> bool:
    return product.telegram.updates.count() == 0


async def test_a_post_without_the_right_secret_is_not_read(posted: Product) -> None:
    product = posted
    async with product.running(), httpx.AsyncClient(base_url=str(product.settings.public_url)) as stranger:
        for secret in (None, "", "wrong", SECRET + "x", "секрет"):
            headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret.encode()}
            answer = await stranger.post("/telegram/webhook", json={"update_id": 7}, headers=headers)
            assert answer.status_code == 401
            assert SECRET not in answer.text
        assert await count(product, "select count(*) from updates_set_aside") == 0


@pytest.mark.customers_in("telegram", why="what is written down does not depend on the messenger")
async def test_what_cannot_be_written_down_does_not_keep_a_process_from_ending(product: Product, gate: Gate) -> None:
    people = crowd(product, 3)
    async with product.running(RunRole.WEB) as application:
        await plan(product, people)
        product.clock.move_by(timedelta(hours=2))
        product.telegram.fail(Fault(FaultKind.SLOW, SEND, times=None, seconds=0.3))
        database, catalogues, clock = product.database, application.catalogues, product.clock
        async with TelegramClient(product.telegram.token, product.telegram.api_url) as client:
            delivery = Delivery(
                database,
                catalogues,
                TelegramMessenger(client),
                renderers=build_renderers(database, catalogues, clock),
                clock=clock,
                budget=Budget(database, "telegram", 0),
                farewell=0.1,
            )
            stop = asyncio.Event()
            sending = asyncio.create_task(delivery.run(stop))
            await eventually(lambda: count(product, "select count(*) from schedule where state = 'sending'"))
            async with gate.closed():
                stop.set()
                async with asyncio.timeout(5):
                    await sending
        assert [len(questions(person)) for person in people] == [1, 1, 1]
        await end_leases(product)
        await application.sweep()
        assert await count(product, "select count(*) from invitations where state = 'unknown'") == 3


def test_a_database_that_cannot_be_reached_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text(CATALOGUE, encoding="utf-8")
    settings = {
        "OTKLIK_DATABASE_URL": f"postgresql://nobody:password@/nowhere?host={tmp_path}",
        "OTKLIK_CATALOG": str(tmp_path / "catalog.yaml"),
        "OTKLIK_TELEGRAM_TOKEN": "1:token",
    }
    result = CliRunner().invoke(build_application(), ["run"], env=settings)
    assert result.exit_code == 2
    assert "the database cannot be reached" in result.output
    assert "password" not in result.output
