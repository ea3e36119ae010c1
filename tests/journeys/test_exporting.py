"""/export: a manager gets the workbook into the chat, one at a time, and is told how it goes."""

from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook

from bot.telegram import exporting
from tests.journeys.product import Product

pytestmark = pytest.mark.customers_in("telegram", why="managers ask, and they are in Telegram")


async def _answered(product: Product) -> None:
    await product.connect(product.anna, "c-7")
    question = await product.asked(product.anna, "42", "c-7")
    await product.anna.tap(question, "2")
    await product.card()


async def test_a_manager_gets_everything_as_a_workbook(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PROGRESS_EVERY", 0)
    async with product.running() as application:
        await _answered(product)

        written = await product.owner.write("/export")
        file = await product.owner.wait_for(lambda message: message.kind == "document", after=written)
        told = await product.owner.wait_for(lambda message: "Файл отправлен" in message.text, after=written)

        assert "20 октября – 18 ноября 2026" in file.text
        assert "Не пересылайте" in file.text
        assert any("Собираю файл" in edition.text for edition in told.editions)
        assert application.telegram is not None
        content, _ = await application.telegram.client.download(file.file_id or "")
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        header, answer = book.get_sheet_by_name("Ответы").to_python()
        assert dict(zip(header, answer, strict=True))["order_id"] == "42"
        assert len(book.get_sheet_by_name("Жалобы").to_python()) == 2
        assert "/export" in {f"/{name}" for name, _ in product.owner.commands()}


async def test_a_touchpoint_and_a_period_narrow_it_and_nonsense_is_explained(product: Product) -> None:
    async with product.running() as application:
        await _answered(product)

        written = await product.owner.write("/export доставка 2026-11-01..2026-11-18")
        file = await product.owner.wait_for(lambda message: message.kind == "document", after=written)
        assert "Доставка, 1 – 17 ноября 2026" in file.text
        assert application.telegram is not None
        content, _ = await application.telegram.client.download(file.file_id or "")
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        assert len(book.get_sheet_by_name("Ответы").to_python()) == 1, "the answer is of the day after the last one"
        await product.owner.wait_for(lambda message: "Файл отправлен" in message.text, after=written)

        written = await product.owner.write("/export everything please")
        assert "delivery" in (await product.owner.wait_for(after=written)).text
        written = await product.anna.write("/export")
        unknown = await product.anna.wait_for(after=written)
        assert "Собираю" not in unknown.text


async def test_a_file_too_large_for_the_chat_says_what_to_do(product: Product) -> None:
    async with product.running() as application:
        assert application.telegram is not None
        application.telegram.exporting.largest = 2_000

        written = await product.owner.write("/export month")
        told = await product.owner.wait_for(lambda message: "otklik export" in message.text, after=written)

        assert "/export delivery week" in told.text
        assert not [message for message in product.owner.see() if message.kind == "document"]


async def test_one_at_a_time_and_what_fails_is_told(product: Product) -> None:
    async with product.running():
        async with product.database.transaction() as transaction:
            await transaction.run("lock table responses in access exclusive mode")
            first = await product.owner.write("/export")
            await product.owner.wait_for(lambda message: "Собираю файл" in message.text, after=first)
            second = await product.owner.write("/export week")
            await product.owner.wait_for(lambda message: "ещё собирается" in message.text, after=second)
        await product.owner.wait_for(lambda message: "Файл отправлен" in message.text, after=first)
        assert [message.kind for message in product.owner.see()].count("document") == 1

        async with product.database.transaction() as transaction:
            await transaction.run("alter table case_moves rename to gone")
        third = await product.owner.write("/export")
        await product.owner.wait_for(lambda message: "не удалось собрать" in message.text, after=third)
