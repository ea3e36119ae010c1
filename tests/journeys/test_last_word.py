"""The customer has the last word: solved or not, asked once more, and what the card and the report make of it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from bot.sandbox import FaultKind, MessageView
from tests.journeys.product import (
    NOON,
    ZONE,
    Customer,
    CustomerMessage,
    Product,
    action_of,
    button,
    forge,
    press,
)
from tests.journeys.settlement import complained, resolve

YES, NO = "Да, решено", "Нет, не решено"


async def _asked_whether_solved(product: Product, *, after: CustomerMessage | int = 0) -> CustomerMessage:
    after = after if isinstance(after, int) else after.id
    return await product.anna.wait_for(lambda message: YES in message.labels, after=after)


async def _settled_row(product: Product, kind: str, state: str) -> str | None:
    """The reason of the newest row of this kind, once it is in this state (within five seconds of machine time)."""
    query = "select state, reason from schedule where kind = $1 order by id desc limit 1"
    async with asyncio.timeout(5):
        while True:
            async with product.database.autocommit() as statement:
                row = await statement.row(query, kind)
            if row is not None and row["state"] == state:
                return row["reason"]
            await asyncio.sleep(0)


async def _card(product: Product, card: MessageView, part: str) -> MessageView:
    return await product.oleg.wait_for(
        lambda message: message == card and part in message.text, chat=product.team, after=card.id - 1
    )


async def test_yes_confirms_and_may_be_taken_back_and_said_again(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        await resolve(product, card)
        question = await _asked_whether_solved(product)
        assert "Доставка, заказ 42" in question.text
        await _card(product, card, "Ответа пока нет")
        popup = await product.boris.start()
        assert "не вам" in await forge(product.boris, popup, action_of(button(question, YES)))

        await product.anna.tap(question, YES)
        await _card(product, card, "Клиент подтвердил: решено")
        await product.anna.tap(await _shows(product.anna, question, "Всё-таки не решено"), "Всё-таки не решено")
        card = await _card(product, card, "Клиент ответил, что не решено")
        assert "Взял(а) Олег" in card.text
        await product.anna.tap(await _shows(product.anna, question, "Всё-таки решено"), "Всё-таки решено")
        await _card(product, card, "Клиент подтвердил: решено")

        # an old keyboard, tapped again, shows what holds now and changes nothing
        await forge(product.anna, question, "sn:1:1")
        assert (await _shows(product.anna, question, "Всё-таки не решено")).text.startswith("Спасибо")
        assert await _states(product) == ["resolved", "confirmed", "claimed", "confirmed"]


async def _states(product: Product) -> list[str]:
    async with product.database.autocommit() as statement:
        rows = await statement.rows("select to_state from case_moves where move <> 'open' order by id")
    return [row["to_state"] for row in rows]


async def _shows(person: Customer, message: CustomerMessage, label: str) -> CustomerMessage:
    return await person.wait_for(lambda seen: seen == message and label in seen.labels, after=message.id - 1)


async def test_no_brings_the_case_back_and_what_is_written_next_reaches_it(product: Product) -> None:
    async with product.running():
        card = await complained(product, "Ждали два часа")
        await press(product.oleg, card, "Взять")
        await resolve(product, card)
        question = await _asked_whether_solved(product)
        await product.anna.tap(question, NO)
        notice = await product.oleg.wait_for(lambda message: "снова в работе" in message.text, chat=product.team)
        assert notice.text.startswith("Олег, № 1 ")
        assert "Открыть" in notice.labels
        assert "Напишите" in (await _shows(product.anna, question, "Всё-таки решено")).text

        await product.anna.write("Деньги так и не пришли")
        relayed = await product.oleg.wait_for(
            lambda message: "Деньги так и не пришли" in message.text, chat=product.team
        )
        assert relayed.reply_to == card.id
        await _card(product, card, "Взял(а) Олег")

        await resolve(product, card, note="Перевели ещё раз")
        again = await _asked_whether_solved(product, after=question)
        await product.anna.tap(again, YES)
        await _card(product, card, "Клиент подтвердил: решено")
        report = (await product.get("/api/v1/scores?week=2026-W47"))["cases"]
        assert isinstance(report, dict)
        assert (report["resolved"], report["confirmed"], report["reopened"]) == (2, 1, 1)


async def test_a_word_on_an_earlier_round_shows_the_question_of_this_one(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        await resolve(product, card)
        first = await _asked_whether_solved(product)
        await press(product.oleg, card, "Вернуть в работу")
        await _card(product, card, "Взял(а) Олег")
        await resolve(product, card)
        second = await _asked_whether_solved(product, after=first)
        await forge(product.anna, first, "sn:1:1")
        assert action_of(button(second, NO)) == "sn:1:2"
        await product.anna.wait_for_edit(first, lambda message: action_of(button(message, NO)) == "sn:1:2")
        await _card(product, card, "Решено")


async def test_silence_and_no_wish_to_be_asked_leave_it_resolved(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        await product.anna.write("/stop")
        await product.anna.wait_for(lambda message: "больше не спрашиваем" in message.text)
        await resolve(product, card)
        assert await _settled_row(product, "solved", "dropped") == "opted_out"
        await product.pass_time(timedelta(days=10))
        assert not any(YES in message.labels for message in product.anna.see())
        assert (await product.get("/api/v1/cases?state=resolved"))["cases"]


async def test_a_question_of_unknown_fate_is_not_asked_twice_and_a_tap_proves_it_arrived(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        product.fail_sending(product.anna, FaultKind.RESET, executed=True)
        await resolve(product, card)
        # VK shows once what is sent again
        await _settled_row(product, "solved", "unknown" if product.vk is None else "sent")
        await product.pass_time(timedelta(days=1))
        (question,) = (message for message in product.anna.see() if YES in message.labels)
        await product.anna.tap(question, YES)
        await _card(product, card, "Клиент подтвердил: решено")


async def test_it_is_asked_outside_quiet_hours_and_not_at_all_once_the_case_came_back(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        await product.move_to(NOON.replace(hour=23))
        await resolve(product, card)
        await product.pass_time(timedelta(hours=8))
        assert not any(YES in message.labels for message in product.anna.see())
        await press(product.oleg, card, "Вернуть в работу")
        await product.move_to(datetime(2026, 11, 19, 10, tzinfo=ZONE))
        assert await _settled_row(product, "solved", "dropped") == "moved_on"
        await resolve(product, card)
        await _asked_whether_solved(product)


async def test_asked_again_a_bad_answer_brings_the_same_case_back(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        await resolve(product, card)
        await product.anna.tap(await _asked_whether_solved(product), YES)
        again = await _asked_again(product)
        assert "постарались это исправить" in again.text
        assert "как вам доставка заказа 42" in again.text
        await product.anna.tap(again, "1")
        await product.oleg.wait_for(lambda message: "№ 1 снова в работе" in message.text, chat=product.team)
        card = await _card(product, card, "снова плохо, 1 из 5 (было 2)")
        assert "Взял(а) Олег" in card.text
        assert "Раньше ставил" not in card.text
        assert len((await product.get("/api/v1/cases?state=claimed"))["cases"]) == 1
        await press(product.anna, again, "Помялось")
        await press(product.anna, again, "Готово")
        await product.anna.write("Снова привезли мятый")
        await _card(product, card, "Снова привезли мятый")
        assert len([message for message in product.team.see() if message.text.startswith("Жалоба № 1: Д")]) == 1


async def _asked_again(product: Product) -> CustomerMessage:
    """Three days after the solution."""
    seen = product.anna.last().id
    await product.pass_time(timedelta(days=3))
    return await product.anna.wait_for(lambda message: "5" in message.labels, after=seen)


async def test_asked_again_a_good_answer_is_praise_and_counts_nowhere_else(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        await resolve(product, card)
        await _asked_whether_solved(product)
        again = await _asked_again(product)
        await product.told("42:delivery", "answered")
        await product.anna.tap(again, "5")
        await press(product.anna, again, "Вовремя")
        await press(product.anna, again, "Готово")
        await product.anna.write("Теперь всё отлично")
        await _card(product, card, "похвала, 5 из 5 (было 2)")
        await _card(product, card, "Теперь всё отлично")

        report = await product.get("/api/v1/scores?week=2026-W47")
        (delivery,) = (one for one in report["touchpoints"] if one["touchpoint"] == "delivery")
        assert delivery["n"] == 1
        assert delivery["distribution"]["5"] == 0
        assert delivery["reasons"] == {}
        assert (delivery["funnel"]["events"], delivery["funnel"]["answered"]) == (1, 1)
        assert delivery["response_rate"] == 100

        # it was asked within quarantine of the first question, and keeps others away now
        skipped = await product.report("visit", "44", "c-7")
        assert (skipped["outcome"], skipped["reason"]) == ("skipped", "quarantine")
        seen = product.anna.last().id
        await product.pass_time(timedelta(days=30))
        assert product.anna.last().id == seen


async def test_whoever_still_waits_is_not_asked_again(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        await resolve(product, card)
        question = await _asked_whether_solved(product)
        await product.anna.tap(question, NO)
        await _card(product, card, "не решено")
        seen = product.anna.last().id
        await product.pass_time(timedelta(days=4))
        assert not any("5" in message.labels for message in product.anna.see() if message.id > seen)
        await resolve(product, card)
        assert "постарались" in (await _asked_again(product)).text


async def test_a_changed_score_is_told_on_the_card_and_closes_nothing(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        question = await product.anna.wait_for(lambda message: "Изменить оценку" in message.labels)
        await press(product.anna, question, "Изменить оценку")
        await press(product.anna, question, "5")
        card = await _card(product, card, "Оценка изменена: 2 → 5")
        assert "Открыта" in card.text
        assert len((await product.get("/api/v1/cases?state=open"))["cases"]) == 1
