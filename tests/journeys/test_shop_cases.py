"""The shop's CRM works cases while staff press buttons, and everybody sees the numbers that are theirs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.sandbox import Person
from tests.journeys.product import STAFF, Product, press

pytestmark = pytest.mark.customers_in("telegram", why="the shop and staff work them")

BY_MARIA = {"name": "Мария из CRM"}


async def test_of_a_claim_by_api_and_a_tap_at_once_one_wins_and_the_card_says_who(product: Product) -> None:
    async with product.running():
        for number in range(1, 5):
            case = await product.post(
                "/api/v1/cases", {"customer": {"id": f"c-{number}"}, "comment": f"Торт {number} помялся"}
            )
            card = await product.card(f"Торт {number} помялся")
            claim = {"move": "claim", "by": BY_MARIA}
            async with product.shop as shop:
                notice, answer = await asyncio.gather(
                    press(product.oleg, card, "Взять"),
                    shop.post(f"/api/v1/cases/{case['id']}/moves", json=claim),
                )
            told = await product.get(f"/api/v1/cases/{case['id']}")
            moves = told["moves"]
            assert isinstance(moves, list)
            assert [move["move"] for move in moves] == ["open", "claim"]
            if answer.status_code == 200:
                assert (told["claimed_by"], moves[1]["actor"]) == ("Мария из CRM", "shop")
                assert "Мария из CRM" in notice
            else:
                assert answer.status_code == 409
                assert "claimed by Олег" in answer.json()["detail"]
                assert (told["claimed_by"], moves[1]["actor"]) == ("Олег", "staff")
            await product.pavel.wait_for_edit(card, lambda seen, who=str(told["claimed_by"]): who in seen.text)


async def test_a_complaint_of_the_shop_is_worked_by_both(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.report("delivery", "42", "c-7", attributes={"employee": "e-17"})
        body = {
            "customer": {"id": "c-7"},
            "touchpoint": "delivery",
            "order_id": "42",
            "comment": "Звонила: не тот торт",
        }
        case = await product.post("/api/v1/cases", body)
        card = await product.card("не тот торт")
        assert "Анна" in card.text
        assert "42" in card.text
        await product.post(f"/api/v1/cases/{case['id']}/moves", {"move": "claim", "by": BY_MARIA})
        await product.oleg.wait_for_edit(card, lambda seen: "Взял(а) Мария из CRM" in seen.text)
        # whoever the shop claimed it for does not keep staff from finishing it
        ending = {"move": "resolve", "by": {"name": "Олег", "telegram_id": STAFF}, "given": ["repeat"]}
        done = await product.post(f"/api/v1/cases/{case['id']}/moves", ending | {"note": "Везём новый"})
        assert (done["state"], done["given"], done["claimed_by"]) == ("resolved", ["repeat"], "Мария из CRM")
        await product.oleg.wait_for_edit(card, lambda seen: "Олег" in seen.text)


async def said(person: Person, text: str) -> str:
    """What the bot answers in private."""
    written = await person.write(text)
    return (await person.wait_for(after=written)).text


async def test_managers_see_everything_staff_their_own_and_nobody_else_anything(product: Product) -> None:
    async with product.running():
        assert "ничего не происходило" in await said(product.owner, "/recovery")
        assert "у вас не было жалоб" in await said(product.oleg, "/recovery")
        case = await product.post("/api/v1/cases", {"customer": {"id": "c-7"}, "comment": "Опоздали"})
        card = await product.card("Опоздали")
        await press(product.oleg, card, "Взять")
        await product.oleg.wait_for_edit(card, lambda seen: "Олег" in seen.text)
        await product.pass_time(timedelta(minutes=20))
        ending = {"move": "resolve", "by": {"name": "Олег", "telegram_id": STAFF}, "note": "Вернули деньги"}
        await product.post(f"/api/v1/cases/{case['id']}/moves", ending)

        seen = await said(product.owner, "/recovery 7d")
        assert "Среди решённых довольных клиентов: 0, не ответили: 1." in seen
        assert "ещё 1 сотрудник, меньше 10 жалоб: 1 жалоба" in seen
        assert "Олег" not in seen, "nobody is told apart under ten cases"
        own = await said(product.oleg, "/recovery")
        assert "Ваши жалобы" in own
        assert "решена 1" in own
        assert "у вас не было жалоб" in await said(product.pavel, "/recovery")
        assert "fortnight" in await said(product.owner, "/recovery fortnight")
        assert "жалоб" not in (await said(product.boris, "/recovery")).lower()
        assert any(command == "recovery" for command, _ in product.owner.commands())
