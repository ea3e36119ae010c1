"""/why: everything that became of an order, in order and in plain words, in Telegram, over HTTP and by command line."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from bot.cli import build_application
from tests.journeys.product import CATALOGUE, Product, press
from tests.journeys.settlement import CLOSING, noted, opened_form
from tests.journeys.troubles import count, eventually

pytestmark = pytest.mark.customers_in("telegram", why="managers ask, and they are in Telegram")

CAREFUL = CATALOGUE.replace(
    "recovery:\n  teams: {logistics: {chat: staff}}\n",
    CLOSING.replace("recovery:\n", "recovery:\n  ask_again_after: P3D\n"),
)


async def test_an_orders_whole_story(product: Product, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    product.catalogue = CAREFUL
    anna, oleg, owner = product.anna, product.oleg, product.owner
    async with product.running():
        await product.connect(anna, "c-7")
        question = await product.asked(anna, "42", "c-7")
        await product.report("visit", "42", "c-7")
        await product.pass_time(timedelta(days=1))
        await anna.wait_for(lambda message: message.reply_to == question.id, after=question)
        await eventually(lambda: count(product, "select count(*) from invitation_steps where step = 'reminded'"))
        await product.pass_time(timedelta(hours=1))
        await anna.tap(question, "3")
        await press(anna, question, "Изменить оценку")
        await press(anna, question, "2")
        await press(anna, question, "Опоздали")
        await press(anna, question, "Готово")
        await anna.write("Торт приехал холодным")
        card = await product.card("Торт приехал холодным")
        await press(oleg, card, "Взять")
        await oleg.write("Простите, разбираемся", chat=product.team, reply_to=card)
        reply = await anna.wait_for(lambda message: "разбираемся" in message.text)
        await anna.write("Жду", reply_to=reply)
        await oleg.wait_for(lambda message: "Жду" in message.text, chat=product.team)
        form = await opened_form(product, oleg, card)
        for part in ("Вернули деньги", "Возврат денег", "Дальше"):
            await press(oleg, form, part)
        form = await noted(product, oleg, form, "Вернули 500 ₽")
        await press(oleg, form, "Закрыть жалобу")
        await oleg.wait_for_edit(card, lambda message: "Решено" in message.text)
        solved = await anna.wait_for(lambda message: any("Да" in label for label in message.labels), after=reply)
        await press(anna, solved, "Да")
        await oleg.wait_for_edit(card, lambda message: "подтвер" in message.text.lower())
        await product.pass_time(timedelta(days=4))
        again = await anna.wait_for(lambda message: "5" in message.labels, after=solved)
        settled = "select count(*) from invitations where purpose = 'recovery' and state = 'sent'"
        await eventually(lambda: count(product, settled))
        await product.pass_time(timedelta(hours=1))
        await anna.tap(again, "5")
        await product.told("42:delivery", "answered")

        written = await owner.write("/why № 42")
        told = await owner.wait_for(lambda message: "42:delivery" in message.text, after=written)
        written = await owner.write("/why 4")
        near = await owner.wait_for(
            lambda message: "42" in message.text and "неделя" not in message.text, after=written
        )
        written = await owner.write("/why nothing-like-this")
        await owner.wait_for(lambda message: "ничего не нашлось" in message.text, after=written)
        story = await product.get("/api/v1/events/42:delivery")

    lines = told.text.split("\n")
    expected = [
        "42:delivery",
        "Доставка, 18 ноября 2026, 12:00, заказ 42",
        "18 ноября 2026, 12:00: запланировано; на 18 ноября 2026, 14:00",
        "18 ноября 2026, 14:00: отправлено",
        "19 ноября 2026, 14:00: напомнили",
        "19 ноября 2026, 15:00: получен ответ",
        "Повторный вопрос после жалобы. Есть ответ",
        "19 ноября 2026, 15:00: сначала поставил(а) 3",
        "19 ноября 2026, 15:00: ответ 2 (CSAT)",
        "причины: Опоздали",
        "«Торт приехал холодным»",
        "при повторном вопросе ответ 5 (CSAT)",
        "Жалоба № 1:",
        "открыта жалоба: низкая оценка",
        "взял(а) в работу Олег",
        "клиенту ответил(а) Олег",
        "ждёт ответа клиента Олег",
        "клиент написал",
        "решено, Олег (Вернули деньги; клиенту: возврат денег; «Вернули 500 ₽»)",
        "клиента спросили, решена ли проблема",
        "клиент подтвердил, что решено",
        "42:visit",
        "об этом заказе уже спросили",
    ]
    place = 0
    for part in expected:
        found = next((number for number, line in enumerate(lines[place:], place) if part.lower() in line.lower()), None)
        assert found is not None, f"{part!r} is not told after line {place}:\n{told.text}"
        place = found
    assert "42" in near.text
    (case,) = story["cases"]  # type: ignore[misc]
    assert [one["what"] for one in case["history"]][:2] == ["open", "claim"]
    assert {"staff_wrote", "customer_wrote", "resolve", "solved_asked", "confirm"} <= {
        one["what"] for one in case["history"]
    }
    answers = {one["purpose"]: one for one in story["responses"]}  # type: ignore[attr-defined]
    assert [one["score"] for one in answers["first"]["earlier"]] == [3]
    assert answers["recovery"]["score"] == 5

    monkeypatch.setenv("OTKLIK_DATABASE_URL", database_url)
    run = CliRunner().invoke
    by_hand = await asyncio.to_thread(run, build_application(), ["why", "42", "--language", "en"])
    as_json = await asyncio.to_thread(run, build_application(), ["why", "42:delivery", "--json"])
    unknown = await asyncio.to_thread(run, build_application(), ["why", "42:"])
    assert "Complaint No. 1" in by_hand.output
    assert "resolved by Олег (Refunded; the customer got: a refund" in " ".join(by_hand.output.split())
    assert json.loads(as_json.stdout)[0]["cases"][0]["history"][0]["what"] == "open"
    assert unknown.exit_code == 1
    assert "42:visit, 42:delivery" in " ".join(unknown.output.split())
