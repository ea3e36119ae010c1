"""Step by step into a report: nothing of under five, nothing ranked under thirty, comments that lead to nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest_asyncio

from bot.screens.drilling import drill_screen
from bot.screens.plain import plain_text
from db.database import Database
from surveys import membership
from surveys.drilling import DrillView, follow, go_back, open_drill
from surveys.publishing import Catalogues, publish
from surveys.scopes import read_scope
from tests.surveys.test_reporting import CATALOGUE, FROM, MONDAY, NOW, TO, Shop

BOSS, PART, STRANGER = 1, 2, 3


class Desk:
    """Somebody who looks into the week."""

    def __init__(self, shop: Shop, who: int) -> None:
        self.shop, self.who = shop, who

    async def open(self) -> DrillView | None:
        return await open_drill(self.shop.database, self.shop.catalogues, self.who, start=FROM, end=TO, now=NOW)

    async def take(self, view: DrillView, label: str) -> DrillView:
        place = next(
            int(choice.action.split(":")[2])
            for group in drill_screen(view, "ru", self.shop.catalogues.zone).groups
            for choice in group.choices
            if choice.action and choice.action.startswith("di:") and choice.label.startswith(label)
        )
        found = await follow(self.shop.database, self.shop.catalogues, self.who, view.id, place, now=NOW)
        assert found is not None
        return found

    def text(self, view: DrillView) -> str:
        return plain_text(drill_screen(view, "ru", self.shop.catalogues.zone)).replace("\xa0", " ")

    def labels(self, view: DrillView) -> list[str]:
        groups = drill_screen(view, "ru", self.shop.catalogues.zone).groups
        return [choice.label.replace("\xa0", " ") for group in groups for choice in group.choices]


@pytest_asyncio.fixture
async def shop(database: Database) -> Shop:
    await publish(database, CATALOGUE, now=MONDAY - timedelta(days=60))
    catalogues = Catalogues()
    await catalogues.refresh(database)
    shop = Shop(database, catalogues)
    for who, limits in ((BOSS, ""), (PART, "location=shop-2")):
        scope = read_scope(limits, catalogues.in_force.catalogue)
        issued = await membership.invite(database, by=9, scope=scope, now=NOW)
        await membership.accept_invite(database, issued.key, telegram_id=who, name="M", now=NOW)
    places = {"shop-1": (40, 2), "shop-2": (30, 5), "shop-3": (12, 1), "shop-4": (3, 1)}
    for place, (times, score) in places.items():
        await shop.answer(score, times=times, attributes={"location": place, "employee": f"e-{place}", "box": 7})
    await shop.answer(
        1,
        times=6,
        reasons=("late",),
        comment="Опоздали, звоните +7 900 123-45-67",
        attributes={"location": "shop-1", "employee": "e-17"},
    )
    await shop.answer(1, times=2, reasons=("cold",), attributes={"location": "shop-1", "employee": "e-17"})
    return shop


async def test_from_the_touchpoint_to_the_comments_and_back(shop: Shop) -> None:
    desk = Desk(shop, BOSS)
    root = await desk.open()
    assert root is not None
    assert desk.labels(root) == ["Доставка · CSAT: 32,3 %"], "what nobody answered is no choice"
    places = await desk.take(root, "Доставка")
    assert desk.labels(places)[:3] == ["shop-1: 0,0 %", "shop-2: 100,0 %", "shop-3: 0,0 %"], (
        "ranked from 30 answers on, the rest behind"
    )
    assert "shop-3: 0,0 % (0,0 … 24,2), 12 ответов · предварительно" in desk.text(places)
    assert "shop-4" not in desk.text(places), "three answers are nobody's business"
    assert "И ещё 1" in desk.text(places)
    employees = await desk.take(places, "shop-1")
    assert "Доставка → shop-1" in desk.text(employees)
    assert desk.labels(employees)[:2] == ["e-shop-1: 0,0 %", "e-17: 0,0 %"]
    reasons = await desk.take(employees, "e-17")
    assert desk.labels(reasons)[0] == "Опоздали: 6"
    assert "cold" not in desk.text(reasons)
    comments = await desk.take(reasons, "Опоздали")
    assert desk.text(comments).count("Опоздали, звоните ☎ ••") == 6
    assert "900" not in desk.text(comments)
    for earlier in (reasons, employees, places, root):
        again = await go_back(shop.database, shop.catalogues, BOSS, earlier.id, now=NOW)
        assert again is not None
        assert desk.text(again) == desk.text(earlier)


async def test_any_attribute_is_a_dimension_and_its_values_keep_their_type(shop: Shop) -> None:
    desk = Desk(shop, BOSS)
    root = await desk.open()
    assert root is not None
    places = await desk.take(root, "Доставка")
    boxes = await desk.take(places, "По «box»")
    assert desk.labels(boxes)[:2] == ["7: 35,3 %", "не указано: 0,0 %"]
    assert "85 ответов" in desk.text(await desk.take(boxes, "7"))
    assert "8 ответов" in desk.text(await desk.take(boxes, "не указано"))


async def test_a_choice_keeps_its_meaning_while_answers_come(shop: Shop) -> None:
    desk = Desk(shop, BOSS)
    root = await desk.open()
    assert root is not None
    places = await desk.take(root, "Доставка")
    second = places.rows[1]
    assert second.segment is not None
    await shop.answer(1, times=100, attributes={"location": "shop-0"})
    shown_again = await go_back(shop.database, shop.catalogues, BOSS, places.id, now=NOW)
    assert shown_again is not None
    assert desk.labels(shown_again)[0] == "shop-0: 0,0 %"
    old_button = await follow(shop.database, shop.catalogues, BOSS, places.id, second.place, now=NOW)
    assert old_button is not None
    assert "→ shop-2" in desk.text(old_button)
    once_more = await follow(shop.database, shop.catalogues, BOSS, places.id, second.place, now=NOW)
    assert once_more is not None
    assert once_more.id == old_button.id, "a repeated update takes the same step"


async def test_nobody_takes_another_s_step_or_sees_beyond_a_scope(shop: Shop) -> None:
    boss, part = Desk(shop, BOSS), Desk(shop, PART)
    root = await boss.open()
    assert root is not None
    places = await boss.take(root, "Доставка")
    assert await follow(shop.database, shop.catalogues, PART, places.id, 0, now=NOW) is None
    assert await go_back(shop.database, shop.catalogues, PART, places.id, now=NOW) is None
    assert await follow(shop.database, shop.catalogues, BOSS, places.id, 99, now=NOW) is None
    assert await follow(shop.database, shop.catalogues, BOSS, 10**12, 0, now=NOW) is None
    assert await open_drill(shop.database, shop.catalogues, STRANGER, start=FROM, end=TO, now=NOW) is None
    own = await part.open()
    assert own is not None
    seen = await part.take(own, "Доставка")
    assert "30 ответов" in part.text(seen)
    assert not any("shop-1" in label for label in part.labels(seen))


async def test_comments_have_pages_and_a_selection_of_few_shows_nothing(shop: Shop) -> None:
    desk = Desk(shop, BOSS)
    for number in range(10):
        at: datetime = MONDAY + timedelta(days=2, minutes=number)
        await shop.answer(3, at=at, comment=f"номер {number}", attributes={"location": "shop-9"})
    root = await desk.open()
    assert root is not None
    place = await desk.take(await desk.take(root, "Доставка"), "shop-9")
    first = await desk.take(place, "Комментарии")
    assert [f"номер {number}" in desk.text(first) for number in range(10)] == [False] * 2 + [True] * 8
    second = await desk.take(first, "Ещё комментарии")
    assert [f"номер {number}" in desk.text(second) for number in range(10)] == [True] * 2 + [False] * 8
    async with shop.database.transaction() as transaction:
        await transaction.run("delete from responses where comment like 'номер%' and comment > 'номер 3'")
    few = await go_back(shop.database, shop.catalogues, BOSS, first.id, now=NOW)
    assert few is not None
    assert "номер" not in desk.text(few)
    assert [label for label in desk.labels(few) if label != "← Назад"] == []
