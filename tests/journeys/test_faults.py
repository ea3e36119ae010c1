"""A messenger on a bad day, and people who tap and write what nobody expects."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.sandbox import Fault, FaultKind
from bot.sandbox.journal import Call
from tests.journeys.product import ANNA, TEAM, Product, button, forge
from tests.journeys.troubles import (
    became,
    count,
    crowd,
    eventually,
    plan,
    questions,
    sent_to,
    told,
)

SEND = frozenset(("sendMessage",))
SHOWING = ("sendMessage", "editMessageText", "answerCallbackQuery")


async def is_rejected_somewhere(product: Product, status: int) -> bool:
    return any(call.status == status for call in product.telegram.journal.calls())


def calls_between(product: Product, first: float, last: float) -> Sequence[Call]:
    return [call for call in product.telegram.journal.calls() if call.method in SHOWING and first < call.at < last]


@pytest.mark.customers_in("telegram", why="how long to wait is told by Telegram alone")
async def test_nothing_is_said_while_telegram_asks_to_be_left_alone(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.connect(product.boris, "c-8")
        question = await product.asked(product.boris, "43", "c-8")
        await product.report("delivery", "42", "c-7")
        product.telegram.fail(Fault(FaultKind.TOO_MANY_REQUESTS, SEND, chat_id=ANNA, retry_after=1))
        await product.pass_time(timedelta(hours=2))
        await eventually(lambda: is_rejected_somewhere(product, 429))
        refused = next(call for call in product.telegram.journal.calls() if call.status == 429)
        # an answer, a card and a question are wanted meanwhile
        await asyncio.gather(product.boris.tap(question, "1"), product.boris.write("Торт помялся"))
        await product.card("1 из 5")
        await product.anna.wait_for(lambda message: "5" in message.labels)
        assert calls_between(product, refused.at, refused.at + 1.0) == []
        assert len(sent_to(product, ANNA)) == 1 + 2
        await became(product, "42:delivery", "sent")


@pytest.mark.customers_in("telegram", why="after VK's 901 a question waits: see test_vk")
async def test_a_refusal_ends_the_question_and_the_account_until_they_return(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.report("delivery", "42", "c-7")
        product.telegram.fail(Fault(FaultKind.FORBIDDEN, SEND, chat_id=ANNA))
        await product.pass_time(timedelta(hours=2))
        await became(product, "42:delivery", "rejected")
        assert questions(product.anna) == []
        assert (await product.report("delivery", "44", "c-7"))["outcome"] == "waiting"
        written = await product.anna.start()
        await product.anna.wait_for(after=written)
        await became(product, "44:delivery", "planned")


LOST = (
    (Fault(FaultKind.SERVER_ERROR, SEND), False),
    (Fault(FaultKind.SERVER_ERROR, SEND, executed=True, status=502), True),
    (Fault(FaultKind.RESET, SEND), False),
    (Fault(FaultKind.RESET, SEND, executed=True), True),
    (Fault(FaultKind.HANG, SEND, seconds=0.2), False),
)


@pytest.mark.customers_in("telegram", why="VK shows once what comes twice: see test_vk")
async def test_questions_nobody_knows_about_are_not_repeated(product: Product) -> None:
    everybody = crowd(product, len(LOST))
    async with product.running():
        await plan(product, everybody)
        for person, (fault, _) in zip(everybody, LOST, strict=True):
            product.telegram.fail(replace(fault, chat_id=person.id))
        await product.pass_time(timedelta(hours=2))
        for person in everybody:
            await became(product, f"{person.id}:delivery", "unknown")
        await product.pass_time(timedelta(hours=28))
        assert await count(product, "select count(*) from schedule where state in ('due', 'sending')") == 0
        for person, (fault, arrives) in zip(everybody, LOST, strict=True):
            assert len(questions(person)) == arrives, fault
            assert len(sent_to(product, person.id)) == 1, fault
            # it starts quarantine all the same
            visit = await product.report("visit", f"v-{person.id}", f"c-{person.id}")
            assert visit["reason"] == "quarantine", fault
            if arrives:
                await person.tap(questions(person)[0], "4")
                assert (await told(product, f"{person.id}:delivery"))["outcome"] == "answered"


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_a_card_nobody_knows_about_is_repeated_and_says_so(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        product.telegram.fail(Fault(FaultKind.RESET, SEND, chat_id=TEAM, executed=True))
        await product.anna.tap(question, "1")
        repeated = await product.card("Повтор")
        assert [message.text.count("1 из 5") for message in product.team.see()] == [1, 1]
        # from then on it is drawn in place, without the remark
        await product.anna.wait_for_edit(question, lambda message: "Опоздали" in message.labels)
        await product.anna.tap(question, "Опоздали")
        await product.oleg.wait_for_edit(repeated, lambda message: "Опоздали" in message.text)
        assert "Повтор" not in repeated.text


@pytest.mark.customers_in("telegram", why="VK shows once what comes twice: see test_vk")
async def test_three_unknowns_stop_the_channel_until_telegram_answers_a_probe(product: Product) -> None:
    everybody = crowd(product, 8)
    async with product.running():
        await product.connect(product.boris, "c-8")
        question = await product.asked(product.boris, "43", "c-8")
        await plan(product, everybody[:3])
        product.telegram.fail(Fault(FaultKind.SERVER_ERROR, SEND, times=3))
        probes = product.telegram.fail(Fault(FaultKind.SERVER_ERROR, frozenset(("getMe",)), times=None))
        asked_before = len(product.telegram.journal.calls("getMe"))
        await product.pass_time(timedelta(hours=2))
        await eventually(lambda: _probed(product, asked_before))
        await plan(product, everybody[3:])
        await product.pass_time(timedelta(hours=2))
        # what customers do is answered all the same, the card waits
        await product.boris.tap(question, "1")
        await product.boris.wait_for_edit(question)
        assert all(not questions(person) for person in everybody)
        assert product.team.see() == ()
        product.telegram.faults.remove(probes)
        await product.card("1 из 5")
        for person in everybody[3:]:
            await person.wait_for(lambda message: "5" in message.labels)
        for person in everybody[:3]:
            assert (await told(product, f"{person.id}:delivery"))["outcome"] == "unknown"


async def _probed(product: Product, before: int) -> bool:
    return len(product.telegram.journal.calls("getMe")) > before


async def test_an_answer_that_gets_lost_is_stored_and_shown_by_the_next_tap(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        redraw, answer = {
            "telegram": ("editMessageText", "answerCallbackQuery"),
            "vk": ("messages.edit", "messages.sendMessageEventAnswer"),
        }[product.channel]
        product.messenger.fail(Fault(FaultKind.SERVER_ERROR, frozenset((redraw,))))
        product.messenger.fail(Fault(FaultKind.RESET, frozenset((answer,))))
        await product.anna.tap(question, "3", deadline=None)
        await became(product, "42:delivery", "answered")
        assert "5" in question.labels
        await product.anna.tap(question, "3")
        await product.anna.wait_for_edit(question, lambda message: "5" not in message.labels)
        assert await count(product, "select count(*) from responses") == 1


@pytest.mark.customers_in("telegram", why="VK has events of its own: see test_vk")
async def test_updates_nobody_can_read_are_set_aside_and_those_behind_are_handled(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        updates = product.telegram.updates
        stranger: dict[str, object] = {"id": 5, "is_bot": False, "first_name": "Я"}
        chat: dict[str, object] = {"id": 5, "type": "private"}
        deep: list[object] = []
        for _ in range(200):
            deep = [deep]
        unreadable: list[dict[str, object]] = [
            {},
            {"message": None},
            {"message": []},
            {"message": {"message_id": "x"}},
            {"message": {"message_id": 2**70, "date": 0, "chat": chat, "from": stranger, "text": "много"}},
            {"message": {"message_id": 1, "date": 0, "chat": {"id": "пять", "type": 5}, "from": 7}},
            {"message": {"message_id": 1, "date": 0, "chat": chat, "from": {"id": {}, "first_name": []}}},
            {"callback_query": {"id": "1", "from": stranger, "data": deep}},
            {"something_new": {"chat": chat}},
            {"callback_query": None, "message": {"text": "\udcff \ud83d"}},
        ]
        updates.malform()
        for fields in unreadable:
            updates.add_raw(fields)
        half = {"message_id": 9, "date": 0, "chat": chat, "from": stranger, "text": "Половина \ud83d смайла"}
        updates.add_raw({"message": half})
        updates.duplicate()
        await product.anna.tap(question, "1")
        await product.card("1 из 5")
        await product.oleg.wait_for(
            lambda message: "Половина \N{REPLACEMENT CHARACTER} смайла" in message.text, chat=TEAM
        )
        await eventually(lambda: _none_pending(product))
        assert await count(product, "select count(*) from updates_set_aside") == len(unreadable) + 1
        assert await count(product, "select count(*) from responses") == 1
    assert updates.count() == 0


async def _none_pending(product: Product) -> bool:
    return product.telegram.updates.count() == 0


NAMES = ("Ан\x00на", "\u202eаннА\u202c", "🎂" * 32, "<b>&amp;</b>", " \u3164 ", "名前 العميل")


async def test_names_of_any_kind_reach_the_card(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7", "42")
        for place, name in enumerate(NAMES):
            person = product.messenger.add_person(4000 + place, name)
            await person.start()
            await person.write("/complaint Торт помялся")
            shown = name.replace("\x00", "\N{REPLACEMENT CHARACTER}").strip()
            await product.card(shown)
        assert await count(product, "select count(*) from updates_set_aside") == 0


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_a_group_that_becomes_a_supergroup_takes_its_open_cards_along(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        await product.anna.tap(question, "1")
        old = await product.card("1 из 5")
        product.team = product.team.upgrade()
        card = await product.card("1 из 5")
        assert card.chat_id == product.team.id != old.chat_id
        assert "ваша" in await product.oleg.tap(card, button(card, "Взять"))
        await product.anna.wait_for_edit(question, lambda message: "Опоздали" in message.labels)
        await product.anna.tap(question, "Опоздали")
        await product.oleg.wait_for_edit(card, lambda message: "Олег" in message.text and "Опоздали" in message.text)
        written = await product.oleg.write("/cases", chat=product.team)
        await product.oleg.wait_for(lambda message: "№ 1" in message.text, chat=product.team, after=written)


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_a_group_that_moved_while_nobody_listened_is_found_by_sending(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        product.telegram.updates.allow(["callback_query"])
        product.team = product.team.upgrade()
        await product.anna.tap(question, "1")
        card = await product.card("1 из 5")
        assert "ваша" in await product.oleg.tap(card, button(card, "Взять"))


FORGED = (
    *("x", ":", "r", "r:1", "r:1:0", "r:1:6", "r:1:10", "r:1:-1", "r:01:5", "r:1:5:5", "r:1:٥", "r:1:5\n", "r: 1:5"),
    *("r:9223372036854775807:5", "r:99999999999999999999:5", "R:1:5", "г:1:5", "0" * 64, "\x00", "r:1:5\x00"),
    *("t:1:0:1", "t:1:999:1", "f:1", "k:1", "g:1", "h:1", "cc:1", "cr:1", "co:1", "mr:1001", "zz:1"),
    *("r:2:5", "n:2", "y:2", "u:2"),
)


async def test_taps_that_nobody_offered_are_answered_and_change_nothing(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.connect(product.boris, "c-8")
        mine = await product.asked(product.anna, "42", "c-7")
        await product.asked(product.boris, "43", "c-8")
        shown = mine.text
        for data in FORGED:
            assert await forge(product.anna, mine, data), data
        assert (mine.text, mine.edited) == (shown, False)
        for table in ("responses", "cases", "updates_set_aside"):
            assert await count(product, f"select count(*) from {table}") == 0
        assert await count(product, "select count(*) from persons where opted_out_at is not null") == 0
        assert await count(product, "select count(*) from members where role = 'owner'") == 1
        # and the real ones still work, the old ones of a keyboard that has moved on too
        await product.anna.tap(mine, "2")
        await product.anna.wait_for_edit(mine, lambda message: "Опоздали" in message.labels)
        await product.anna.tap(mine, "Опоздали")
        await product.anna.wait_for_edit(mine, lambda message: "Готово" in message.labels)
        await product.anna.tap(mine, "Готово")
        await forge(product.anna, mine, "t:1:1:1")
        await forge(product.anna, mine, "f:1")
        assert (await told(product, "42:delivery"))["responses"][0]["reasons"] == ["late"]
        assert await count(product, "select step from responses") == "comment"


LONG = "🎂" * 2048


async def test_what_customers_write_beside_the_buttons(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        # another scale's number is no score, nor is a sticker, nor a number off the scale
        for text in ("7/10", "6", "5 из 10"):
            written = await product.anna.write(text)
            await product.anna.wait_for(after=written)
        written = await product.anna.send_sticker()
        await product.anna.wait_for(after=written)
        assert await count(product, "select count(*) from responses") == 0

        written = await product.anna.write("2/5", reply_to=question)
        reasons = await product.anna.wait_for(lambda message: "Опоздали" in message.labels, after=written)
        await product.anna.tap(reasons, "Пропустить")
        written = await product.anna.send_sticker()
        await product.anna.wait_for(lambda message: "Пропустить" in message.labels, after=written)
        written = await product.anna.write(LONG)
        await product.anna.wait_for(lambda message: "Простите нас" in message.text, after=written)
        card = await product.card("🎂")
        assert button(card, "Взять")
        assert "2 из 5" in card.text
        assert await count(product, "select comment from responses") == LONG

        # three days later it is no comment any more, and reaches the case all the same
        await product.pass_time(timedelta(days=3))
        written = await product.anna.write("\u202eТак никто и не позвонил <b>&")
        kept = await product.anna.wait_for(after=written)
        assert "№ 1" in kept.text
        await product.oleg.wait_for(lambda message: "Так никто и не позвонил <b>&" in message.text, chat=product.team)
        assert await count(product, "select comment from responses") == LONG
        assert await count(product, "select count(*) from updates_set_aside") == 0


async def test_a_number_typed_between_two_questions_needs_a_reply(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7", "42")
        await product.connect(product.boris, "c-8")
        await product.connect(product.anna, "c-9")
        first = await product.asked(product.anna, "42", "c-7")
        await product.pass_time(timedelta(days=8) - timedelta(hours=2))
        # the first has expired by now; two more are in flight
        decided = await product.report("visit", "v-1", "c-9")
        assert decided["outcome"] == "planned", decided
        await product.pass_time(timedelta(hours=1))
        await product.anna.wait_for(lambda message: "10" in message.labels, after=first)
        await became(product, "v-1:visit", "sent")
        written = await product.anna.write("10", reply_to=first)
        await product.anna.wait_for(after=written)
        assert await count(product, "select count(*) from responses") == 0
        written = await product.anna.write("10")
        await product.anna.wait_for(after=written)
        await became(product, "v-1:visit", "answered")
        assert (await told(product, "v-1:visit"))["responses"][0]["score"] == 10
