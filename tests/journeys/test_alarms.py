"""Alarms between weeks reach managers once, with the evidence, and end with an all-clear."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.sandbox import MessageView, Person
from surveys.history import PastAnswer, import_answers
from tests.journeys.product import CATALOGUE, Product
from tests.journeys.troubles import eventually

pytestmark = pytest.mark.customers_in("telegram", why="managers hear of alarms, and they are in Telegram")

TROUBLED, QUIET = "Ленина", "Мира"
OUTBREAK = CATALOGUE.replace(
    "  teams: {logistics: {chat: staff}}",
    "  teams: {logistics: {chat: staff}}\n  outbreak: {complaints: 3, within: PT6H}",
)


async def usual_weeks(product: Product) -> None:
    """Eight weeks in which every eighth answer at both places was negative."""
    answers = [
        PastAnswer(
            id=f"past-{place}-{n}",
            touchpoint="delivery",
            answered_at=product.clock.now() - timedelta(days=1, hours=6 * n),
            score=2 if n % 8 == 0 else 5,
            attributes={"location": place},
        )
        for n in range(160)
        for place in (TROUBLED, QUIET)
    ]
    results = await import_answers(product.database, product.application.catalogues, answers, now=product.clock.now())
    assert {result.status for result in results} == {"accepted"}


async def ask(product: Product, count: int, location: str, *, batch: int) -> list[Person]:
    """So many new people are asked about a delivery at the place."""
    people = [product.telegram.add_person(4000 + 100 * batch + n, f"Гость{n}", started=True) for n in range(count)]
    events = [
        {
            "id": f"{batch}-{n}:delivery",
            "touchpoint": "delivery",
            "occurred_at": product.clock.now().isoformat(),
            "order_id": f"{batch}-{n}",
            "customer": {"id": f"{batch}-{n}", "telegram_id": person.id},
            "attributes": {"location": location},
        }
        for n, person in enumerate(people)
    ]
    await product.post("/api/v1/events", events)
    await product.pass_time(timedelta(hours=2))
    for person in people:
        await person.wait_for(lambda message: "5" in message.labels)
    return people


async def answer(product: Product, people: list[Person], score: str) -> None:
    """They all answer, and the answers are in."""
    counted = "select count(*) from responses where given_by = 'tap'"
    async with product.database.autocommit() as statement:
        before = await statement.value(counted)
    for person in people:
        await person.tap(person.last(), score)

    async def all_in() -> bool:
        async with product.database.autocommit() as statement:
            return await statement.value(counted) == before + len(people)

    await eventually(all_in)


async def make_manager(product: Product) -> Person:
    """Boris becomes a manager."""
    asked = await product.owner.write("/invite manager")
    invited = await product.owner.wait_for(lambda message: "start=team-" in message.text, after=asked)
    accepted = await product.boris.start(invited.text.partition("start=")[2].split()[0])
    await product.boris.wait_for(lambda message: "менеджер" in message.text, after=accepted)
    return product.boris


def alarms_of(person: Person) -> list[MessageView]:
    """The alarms and all-clears somebody was told."""
    return [one for one in person.see() if one.from_bot and one.text.startswith(("Тревога", "Отбой"))]


async def test_a_burst_is_told_once_to_every_manager_and_so_is_its_end(product: Product) -> None:
    product.catalogue = OUTBREAK
    async with product.running():
        await usual_weeks(product)
        managers = (product.owner, await make_manager(product))
        unhappy = await ask(product, 7, TROUBLED, batch=1)
        happy = await ask(product, 7, QUIET, batch=2)
        await answer(product, unhappy, "1")
        await answer(product, happy, "5")

        await product.pass_time(timedelta(minutes=6))
        for manager in managers:
            told = await manager.wait_for(lambda message: message.text.startswith("Тревога"))
            assert "Доставка, Ленина: 7 из 7 ответов за последние 6 часов отрицательные" in told.text
            assert "обычно 12 %" in told.text
            assert "Здесь уже вспышка жалоб (7 жалоб" in told.text
        listed = await product.get("/api/v1/alarms")
        assert [(one["kind"], one["location"]) for one in listed["open"]] == [("burst", TROUBLED)]

        await product.pass_time(timedelta(minutes=30))
        asked = await product.owner.write("/alarms")
        shown = await product.owner.wait_for(after=asked)
        assert "1 тревога" in shown.text
        assert "7 из 7 ответов" in shown.text

        await answer(product, await ask(product, 6, TROUBLED, batch=3), "5")
        await product.pass_time(timedelta(minutes=10))
        for manager in managers:
            over = await manager.wait_for(lambda message: message.text.startswith("Отбой"))
            assert "Доставка, Ленина: отрицательных 0 из 6 последних ответов" in over.text
        await product.pass_time(timedelta(minutes=30))
        assert [len(alarms_of(manager)) for manager in managers] == [2, 2]
        asked = await product.owner.write("/alarms")
        shown = await product.owner.wait_for(after=asked)
        assert shown.text.startswith("Тревог нет.")
        assert "Недавно закончились" in shown.text

        asked = await product.owner.write("/report 2026-W47")
        week = await product.owner.wait_for(lambda message: "неделя 47" in message.text, after=asked, deadline=25)
        assert "1 тревога" in week.text
        assert "Ленина" in week.text
        document = await product.get("/api/v1/scores?week=2026-W47")
        assert [(one["kind"], one["location"]) for one in document["alarms"]] == [("burst", TROUBLED)]
        assert document["reach"]["customers"] == 20
        assert document["comments"]["comments"] == 0
        assert document["trials"] == []
