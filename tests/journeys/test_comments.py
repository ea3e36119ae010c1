"""What people write about: a customer writes, corrects and is forgotten; managers ask, and nobody else."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.sandbox import Person
from surveys.history import PastAnswer, import_answers
from tests.journeys.product import CATALOGUE, Product, press

pytestmark = pytest.mark.customers_in("telegram", why="managers ask, and they are in Telegram")

THEMES = """\
themes:
  - key: lateness
    title: {ru: Опоздания, en: Lateness}
    words: {ru: [опоздать], en: [late]}
  - key: damage
    title: {ru: Помялось, en: Damage}
    words: {ru: [помять, помяться]}
"""


async def said(person: Person, text: str) -> str:
    """What the bot answers in private."""
    written = await person.write(text)
    return (await person.wait_for(after=written)).text.replace("\u00a0", " ")


async def readings(product: Product) -> list[tuple[object, ...]]:
    """What is kept of comments of people who answered in the messenger."""
    async with product.database.autocommit() as transaction:
        rows = await transaction.rows(
            """
            select k.dictionary_id > 0, k.sentiment, k.themes, k.lemmas from comment_readings k
              join responses r on r.id = k.response_id where r.invitation_id is not null
            """
        )
    return [tuple(row) for row in rows]


async def until_read(product: Product, *themes: str) -> None:
    """Read in the background until the customer's comment is about these themes (within five seconds)."""
    async with asyncio.timeout(5):
        while True:
            await product.application.read_comments()
            found = await readings(product)
            if [one[2] for one in found] == [list(themes)]:
                return


async def imported(product: Product, *comments: str, score: int) -> None:
    answers = [
        PastAnswer(
            f"{comment}-{number}", "delivery", product.clock.now() - timedelta(hours=number + 1), score, comment=comment
        )
        for comment in comments
        for number in range(5)
    ]
    await import_answers(product.database, product.application.catalogues, answers, now=product.clock.now())


async def test_a_comment_is_counted_as_it_stands(product: Product) -> None:
    product.catalogue = CATALOGUE + THEMES
    async with product.running():
        await imported(product, "Курьер опоздал", score=1)
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        await press(product.anna, question, "2")
        await product.card("")
        wrote = await product.anna.write("Вы опоздали! Верните на 4111 1111 1111 1111, мой номер 8 900 123-45-67")
        await product.anna.wait_for(lambda message: "Простите нас" in message.text, after=wrote)
        await until_read(product, "lateness")
        shown = await said(product.owner, "/comments доставка 7d")
        assert "Пекарня: о чём пишут, 12 – 18 ноября 2026 · Доставка" in shown
        assert "6 комментариев" in shown
        assert "Опоздания: 6, это 100 % комментариев (61 … 100); с низкой оценкой 6" in shown
        assert "«Вы опоздали! Верните на 💳 ••, мой номер ☎ ••» · CSAT 2, 18 ноября" in shown
        await product.card("4111 1111 1111 1111")
        story = await product.get("/api/v1/events/42:delivery")
        assert story["responses"][0]["comment"] == "Вы опоздали! Верните на 💳 ••, мой номер ☎ ••"
        assert "☎ ••" in await said(product.owner, "/why 42")

        await product.anna.edit(wrote, "Торт помялся")
        await until_read(product, "damage")
        assert "5, это 83 %" in await said(product.owner, "/comments")
        document = await product.get("/api/v1/comments?from=2026-11-12&to=2026-11-19&touchpoint=delivery")
        assert [(theme["theme"], theme["n"]) for theme in document["themes"]] == [("lateness", 5)]
        assert (document["comments"], document["rare_themes"]) == (6, ["damage"])

        await product.anna.write("/forget")
        await press(product.anna, await product.anna.wait_for(lambda message: "Да" in str(message.labels)), "Да")
        async with asyncio.timeout(5):
            while await readings(product):
                await asyncio.sleep(0)


async def test_a_changed_score_is_counted_with_its_comment(product: Product) -> None:
    product.catalogue = CATALOGUE + THEMES
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        await press(product.anna, question, "2")
        wrote = await product.anna.write("Опоздали")
        thanks = await product.anna.wait_for(lambda message: "Простите нас" in message.text, after=wrote)
        await until_read(product, "lateness")
        assert [one[1] for one in await readings(product)] == [-1]
        await press(product.anna, thanks, "Изменить оценку")
        await press(product.anna, thanks, "5")
        await product.anna.wait_for(lambda message: "Ваша оценка: 5" in message.text, after=wrote)
        assert [one[0] for one in await readings(product)] == [False]
        await until_read(product, "lateness")
        assert [one[1] for one in await readings(product)] == [1]


async def test_managers_ask_in_private_and_nobody_else(product: Product) -> None:
    product.catalogue = CATALOGUE + THEMES
    async with product.running():
        assert "комментариев нет" in await said(product.owner, "/comments")
        assert "fortnight" in await said(product.owner, "/comments fortnight")
        assert any(command == "comments" for command, _ in product.owner.commands())
        for stranger in (product.oleg, product.boris):
            assert "комментар" not in (await said(stranger, "/comments")).lower()
        asked = await product.owner.write("/comments", chat=product.team)
        await said(product.owner, "/scores")
        assert [message for message in product.owner.see(chat=product.team) if message.id > asked.id] == []
