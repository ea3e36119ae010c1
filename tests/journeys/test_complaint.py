"""A complaint reaches a person, whatever happens to the team's chat."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.sandbox import Fault, FaultKind
from tests.journeys.product import TEAM, CustomerMessage, Product, action_of, button, forge, press
from tests.journeys.settlement import resolve

SEND = frozenset(("sendMessage",))


async def _complain(product: Product, comment: str | None = None) -> CustomerMessage:
    question = await product.asked(product.anna, "42", "c-7")
    await product.anna.tap(question, "2")
    if comment is not None:
        await press(product.anna, question, "Опоздали")
        await press(product.anna, question, "Готово")
        await product.anna.write(comment)
        await product.anna.wait_for(lambda message: "Простите нас" in message.text)
    return question


async def test_from_the_order_link_to_the_resolved_card(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7", "42")
        await _complain(product, "Ждали два часа")
        card = await product.card("Ждали два часа")
        for part in ("Доставка", "2 из 5", "Анна", "42", "e-17", "Опоздали"):
            assert part in card.text
        assert len([message for message in product.team.see() if "Жалоба" in message.text]) == 1

        await product.oleg.tap(card, button(card, "Взять"))
        await product.oleg.wait_for_edit(card, lambda message: "Олег" in message.text)
        await resolve(product, card)

        told = await product.get("/api/v1/events/42:delivery")
        assert told["outcome"] == "answered"


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_of_two_who_claim_at_once_one_wins_and_the_other_is_told_who(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await _complain(product)
        card = await product.card()
        claim = button(card, "Взять")
        popups = await asyncio.gather(product.oleg.forge_tap(card, claim), product.pavel.forge_tap(card, claim))
        won = [popup for popup in popups if "ваша" in popup]
        lost = [popup for popup in popups if "Уже" in popup]
        assert len(won) == len(lost) == 1
        winner = "Олег" if popups[0] in won else "Павел"
        assert winner in lost[0]
        await product.oleg.wait_for_edit(card, lambda message: winner in message.text)


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_a_kicked_bot_tells_the_owners_and_the_team_sees_the_card_later(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        product.team.kick_bot(product.oleg)
        await _complain(product, "Всё помято")
        copy = await product.owner.wait_for(lambda message: "Всё помято" in message.text)
        assert "/here" in copy.text
        readiness = await product.get("/readyz")
        assert any("staff" in warning for warning in readiness["warnings"])

        product.team.add_bot(product.oleg)
        await product.owner.write("/here", chat=product.team)
        card = await product.card("Всё помято")
        await product.oleg.tap(card, button(card, "Взять"))
        await product.owner.wait_for_edit(copy, lambda message: "Олег" in message.text)


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_without_a_team_chat_an_owner_works_the_case(product: Product) -> None:
    product.settings = product.settings.model_copy(update={"staff_chat": None})
    async with product.running():
        await product.connect(product.anna, "c-7")
        await _complain(product)
        copy = await product.owner.wait_for(lambda message: "Жалоба" in message.text)
        assert "ваша" in await product.owner.tap(copy, button(copy, "Взять"))


async def test_a_card_tapped_from_elsewhere_moves_nothing(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await _complain(product)
        card = await product.card()
        popup = await forge(product.anna, question, button(card, "Взять"))
        assert {"telegram": "команда", "vk": "ничего не записано"}[product.channel] in popup
        cases = await product.get("/api/v1/cases?state=open")
        assert len(cases["cases"]) == 1


async def test_a_photo_goes_under_the_card(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await _complain(product)
        await product.card()
        await press(product.anna, question, "Пропустить")
        await product.anna.send_photo(caption="Вот коробка")
        card = await product.card("1 файл")
        photo = await product.oleg.wait_for(lambda message: message.kind == "photo", chat=product.team)
        assert photo.reply_to == card.id
        assert "Вот коробка" in photo.text


async def test_what_a_customer_writes_is_never_markup(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await _complain(product, "<b>жир</b> & <a href='https://evil.example'>тут</a>")
        card = await product.card("<b>жир</b> & <a href='https://evil.example'>тут</a>")
        assert all(entity["type"] != "text_link" for entity in card.entities)


async def test_a_score_changed_for_the_better_is_told_on_the_card(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await _complain(product)
        card = await product.card("2 из 5")
        await forge(product.anna, question, action_of_score(question, 5))
        await product.oleg.wait_for_edit(card, lambda message: "5 из 5" in message.text)
        assert button(card, "Взять")


def action_of_score(question: CustomerMessage, score: int) -> str:
    """The action of a score's button, also when the keyboard has moved on."""
    for edition in (*question.editions, question):
        for candidate in edition.buttons:
            if candidate.text == str(score) and candidate.data is not None:
                return action_of(candidate.data)
    raise AssertionError(f"the question never offered {score}")


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_a_card_that_somebody_deleted_is_posted_anew(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await _complain(product)
        card = await product.card()
        product.telegram.world.delete(product.telegram.world.chat(card.chat_id).messages[card.id - 1])
        await product.pass_time(timedelta(minutes=1))
        await press(product.anna, question, "Пропустить")
        await product.anna.write("И ещё чек не дали")
        again = await product.card("чек не дали")
        assert again.id != card.id


@pytest.mark.customers_in("telegram", why="it happens among staff")
@pytest.mark.parametrize("description", ["Bad Request: TOPIC_CLOSED", "Bad Request: nobody has seen this one before"])
async def test_a_team_chat_that_refuses_for_whatever_reason_tells_the_owners(
    product: Product, description: str
) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        fault = product.telegram.fail(
            Fault(FaultKind.FORBIDDEN, SEND, chat_id=TEAM, times=None, description=description)
        )
        await _complain(product, "Всё помято")
        copy = await product.owner.wait_for(lambda message: "Всё помято" in message.text)
        warnings = (await product.get("/readyz"))["warnings"]
        assert isinstance(warnings, list)
        assert any(description in warning for warning in warnings)

        product.telegram.faults.remove(fault)
        await product.owner.write("/here", chat=product.team)
        card = await product.card("Всё помято")
        await product.oleg.tap(card, button(card, "Взять"))
        await product.owner.wait_for_edit(copy, lambda message: "Олег" in message.text)
        assert (await product.get("/readyz"))["warnings"] == []


async def test_who_claimed_it_shows_under_the_longest_comment(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.report("delivery", "42", "c-7", attributes={f"поле {place}": "ж" * 200 for place in range(20)})
        await product.pass_time(timedelta(hours=2))
        question = await product.anna.wait_for(lambda message: "5" in message.labels)
        await product.anna.tap(question, "2")
        await press(product.anna, question, "Пропустить")
        await product.anna.write("ё" * 4000)
        card = await product.card("Ещё 2\xa0500 символов комментария не поместились")
        await product.oleg.tap(card, button(card, "Взять"))
        await product.oleg.wait_for_edit(card, lambda message: "Взял(а) Олег" in message.text)


async def test_a_sticker_is_no_file_under_the_card(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await _complain(product, "Всё помято")
        card = await product.card("Всё помято")
        await product.pass_time(timedelta(days=3))
        written = await product.anna.send_sticker()
        await product.anna.wait_for(after=written)
        await product.oleg.tap(card, button(card, "Взять"))
        shown = await product.oleg.wait_for_edit(card, lambda message: "Олег" in message.text)
        assert "файл" not in shown.text


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_a_case_resolved_without_a_claim_was_reacted_to(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await _complain(product)
        card = await product.card()
        product.clock.move_to(product.clock.now() + timedelta(minutes=5))
        await resolve(product, card)
        await product.pass_time(timedelta(days=3))
        report = await product.get("/api/v1/scores?week=2026-W47")
        cases = report["cases"]
        assert isinstance(cases, dict)
        assert (cases["claimed"], cases["resolved"], cases["overdue"]) == (0, 1, 0)
        assert cases["median_first_response"] == cases["median_resolve"] == "PT5M"
