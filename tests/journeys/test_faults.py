"""A messenger on a bad day, and people who tap and write what nobody expects."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.sandbox import Fault, FaultKind
from bot.sandbox.telegram.journal import Call
from tests.journeys.product import ANNA, TEAM, Product, button
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


@pytest.mark.parametrize(
    ("fault", "arrives"),
    [
        (Fault(FaultKind.SERVER_ERROR, SEND, chat_id=ANNA), False),
        (Fault(FaultKind.SERVER_ERROR, SEND, chat_id=ANNA, executed=True, status=502), True),
        (Fault(FaultKind.RESET, SEND, chat_id=ANNA), False),
        (Fault(FaultKind.RESET, SEND, chat_id=ANNA, executed=True), True),
        (Fault(FaultKind.HANG, SEND, chat_id=ANNA, seconds=0.2), False),
    ],
)
async def test_a_question_nobody_knows_about_is_not_repeated(product: Product, fault: Fault, *, arrives: bool) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.report("delivery", "42", "c-7")
        product.telegram.fail(fault)
        await product.pass_time(timedelta(hours=2))
        await became(product, "42:delivery", "unknown")
        await product.pass_time(timedelta(hours=28))
        assert (await product.report("visit", "v-1", "c-7"))["reason"] == "quarantine"
        assert await count(product, "select count(*) from schedule where state in ('due', 'sending')") == 0
        assert len(questions(product.anna)) == arrives
        assert len(sent_to(product, ANNA)) == 1 + 1
        if arrives:
            await product.anna.tap(questions(product.anna)[0], "4")
            assert (await told(product, "42:delivery"))["outcome"] == "answered"


async def test_a_card_nobody_knows_about_is_repeated_and_says_so(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        product.telegram.fail(Fault(FaultKind.RESET, SEND, chat_id=TEAM, executed=True))
        await product.anna.tap(question, "1")
        repeated = await product.card("Повтор")
        assert [message.text.count("1 из 5") for message in product.team.see()] == [1, 1]
        # from then on it is drawn in place, without the remark
        await product.anna.tap(question, button(question, "Опоздали"))
        await product.oleg.wait_for_edit(repeated, lambda message: "Опоздали" in message.text)
        assert "Повтор" not in repeated.text


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
        product.telegram.fail(Fault(FaultKind.SERVER_ERROR, frozenset(("editMessageText",))))
        product.telegram.fail(Fault(FaultKind.RESET, frozenset(("answerCallbackQuery",))))
        await product.anna.tap(question, "3", deadline=None)
        await became(product, "42:delivery", "answered")
        assert "5" in question.labels
        await product.anna.tap(question, "3")
        await product.anna.wait_for_edit(question, lambda message: "5" not in message.labels)
        assert await count(product, "select count(*) from responses") == 1


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
        product.telegram.updates.malform()
        for fields in unreadable:
            updates.add_raw(fields)
        await product.anna.tap(question, "1")
        await product.card("1 из 5")
        await eventually(lambda: _none_pending(product))
        assert await count(product, "select count(*) from updates_set_aside") == len(unreadable) + 1
    assert updates.count() == 0


async def _none_pending(product: Product) -> bool:
    return product.telegram.updates.count() == 0


NAMES = ("Ан\x00на", "\u202eаннА\u202c", "🎂" * 32, "<b>&amp;</b>", " \u3164 ", "名前 العميل")


async def test_names_of_any_kind_reach_the_card(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7", "42")
        for place, name in enumerate(NAMES):
            person = product.telegram.add_person(4000 + place, name)
            await person.start()
            await person.write("/complaint Торт помялся")
            shown = name.replace("\x00", "\N{REPLACEMENT CHARACTER}").strip()
            await product.card(shown)
        assert await count(product, "select count(*) from updates_set_aside") == 0
