"""One person across messengers, partial stops, and surveys that customers begin: in Telegram and in VK."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from bot.clock import MovableClock
from bot.sandbox import Person, VKPerson
from db.database import Database
from surveys import entering
from tests.bot.sandbox.conformance import ServeTelegram
from tests.bot.sandbox.vk_conformance import ServeVK
from tests.journeys.product import CATALOGUE, Customer, Product, make_product, press
from tests.journeys.troubles import count, eventually

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PHONE = "+79001234567"
ANNA_TELEGRAM = 2009


@dataclass
class Both:
    """The product with customers in VK, and Anna's other account in Telegram."""

    product: Product
    vk: VKPerson
    telegram: Person

    async def person_of(self, channel: str, external_id: int) -> object:
        async with self.product.database.autocommit() as transaction:
            return await transaction.value(
                "select person_id from accounts where channel = $1 and external_id = $2", channel, external_id
            )


@pytest_asyncio.fixture
async def both(
    database: Database, serve_telegram: ServeTelegram, serve_vk: ServeVK, clock: MovableClock, tmp_path: Path
) -> AsyncGenerator[Both, None]:
    """One installation in both messengers."""
    async with (
        serve_telegram(clock=clock.now, pace=False) as telegram,
        serve_vk(clock=clock.now, pace=False, delay_unit=0.05) as vk,
    ):
        product = make_product(database, telegram, clock, tmp_path, vk)
        remind = "    remind_after: P1D\n"
        product.catalogue = CATALOGUE.replace(remind, f"{remind}    fall_back: true\n")
        assert isinstance(product.anna, VKPerson)
        yield Both(product, product.anna, telegram.add_person(ANNA_TELEGRAM, "Анна"))


async def say(person: Customer, text: str, part: str) -> str:
    """Write something and read the answer that holds this."""
    written = await person.write(text)
    answer = await person.wait_for(lambda message: part in message.text, after=written)
    return answer.text


async def test_a_code_from_one_messenger_joins_in_the_other(both: Both) -> None:
    product = both.product
    async with product.running():
        await product.connect(both.vk, "c-7")
        started = await both.telegram.start()
        await both.telegram.wait_for(after=started)
        told = await say(both.vk, "связать", "Ваш код:")
        code = next(line for line in told.splitlines() if len(line) == 7 and line[3] == "-")
        await say(both.telegram, code.lower(), "в обоих мессенджерах")
        assert await both.person_of("vk", both.vk.id) == await both.person_of("telegram", both.telegram.id)
        shown = await both.telegram.write("/mydata")
        data = await both.telegram.wait_for(lambda message: "Другие ваши аккаунты" in message.text, after=shown)
        await press(both.telegram, data, "Это не я: VK")
        await both.telegram.wait_for_edit(data, lambda message: "Разделили" in message.text)
        assert await both.person_of("vk", both.vk.id) != await both.person_of("telegram", both.telegram.id)


async def test_a_code_from_telegram_and_a_wrong_one_in_vk(both: Both) -> None:
    product = both.product
    async with product.running():
        written = await both.telegram.write("/link")
        offered = await both.telegram.wait_for(lambda message: "Ваш код:" in message.text, after=written)
        await both.telegram.wait_for(lambda message: "поделитесь своим номером" in message.text, after=written)
        await say(both.vk, "связать AB2-34C", "Такого кода нет")
        code = offered.text.splitlines()[1]
        await say(both.vk, f"связать {code}", "в обоих мессенджерах")


async def test_a_shared_number_finds_the_orders_and_a_foreign_card_does_not(both: Both) -> None:
    product, anna = both.product, both.telegram
    async with product.running():
        event = await product.report("delivery", "42", "c-9")
        assert event["outcome"] == "waiting"
        async with product.database.autocommit() as transaction:
            await transaction.run("update customers set phone = $1", "8 900 123-45-67")
        written = await anna.write("/link")
        await anna.wait_for(lambda message: "поделитесь своим номером" in message.text, after=written)
        sent = await anna.send_contact(PHONE)
        await anna.wait_for(lambda message: "связали 1 карточку" in message.text, after=sent)
        await product.told("42:delivery", "planned")
        reach = (await product.get("/api/v1/scores?from=2026-11-16&to=2026-11-23"))["reach"]
        assert reach == {
            "customers": 1,
            "reachable": 1,
            "share": 100.0,
            "by_channel": {"telegram": 1, "vk": 0},
            "linked_by": {"order_link": 0, "customer_link": 0, "phone": 1, "code": 0, "qr": 0, "shop_id": 0},
            "unreachable_events": 0,
        }


async def test_one_stops_being_asked_about_one_thing(product: Product) -> None:
    anna = product.anna
    async with product.running():
        await product.connect(anna, "c-7")
        question = await product.asked(anna, "42", "c-7")
        await press(anna, question, "Больше не спрашивать")
        await anna.wait_for_edit(question, lambda message: "Не спрашивать только: Доставка" in message.labels)
        await press(anna, question, "Не спрашивать только: Доставка")
        await anna.wait_for_edit(question, lambda message: "больше не спросим об этом: Доставка" in message.text)
        await product.pass_time(8 * DAY)
        assert (await product.report("delivery", "43", "c-7"))["reason"] == "opted_out"
        assert (await product.report("visit", "44", "c-7"))["outcome"] == "planned"
        await say(anna, "/privacy", "не спрашивать об этом: Доставка")
        await say(anna, "/mydata", "не спрашивать об этом: Доставка")
        await say(anna, "/resume", "снова можем")
        assert (await product.report("delivery", "45", "c-7"))["reason"] != "opted_out"
        written = await anna.write("/stop")
        stopped = await anna.wait_for(lambda message: "Не спрашивать только: Визит" in message.labels, after=written)
        await press(anna, stopped, "Не спрашивать только: Визит")
        await anna.wait_for_edit(stopped, lambda message: "Можно спрашивать: Визит" in message.labels)
        await press(anna, stopped, "Можно спрашивать: Визит")
        await anna.wait_for_edit(stopped, lambda message: "снова можем" in message.text)
        assert await count(product, "select count(*) from touchpoint_opt_outs") == 0


async def test_a_foreign_contact_card_is_refused(both: Both) -> None:
    async with both.product.running():
        await both.telegram.start()
        sent = await both.telegram.send_contact(PHONE, user_id=both.telegram.id + 1)
        await both.telegram.wait_for(lambda message: "чужая карточка" in message.text, after=sent)


async def entry_key(product: Product, touchpoint: str, location: str | None) -> str:
    application = product.application
    point = await entering.make_entry_point(
        product.database, application.catalogues, touchpoint, location, now=product.clock.now()
    )
    return f"at-{point.token}"


async def test_scanning_asks_at_once_and_counts_once(product: Product) -> None:
    anna = product.anna
    async with product.running():
        key = await entry_key(product, "delivery", "shop-1")
        started = await anna.start(key)
        question = await anna.wait_for(lambda message: "5" in message.labels, after=started)
        assert question.text.startswith("Анна, как вам доставка заказа?"), question.text
        await eventually(lambda: _is(product, "select count(*) from invitations where state = 'sent'", 1))
        again = await anna.start(key)
        shown = await anna.wait_for(lambda message: "5" in message.labels, after=again)
        assert await count(product, "select count(*) from touchpoint_events") == 1, "the open question once more"
        await press(anna, shown, "2")
        await product.card("2 из 5")
        async with product.database.autocommit() as transaction:
            [row] = await transaction.rows("select attributes, score from responses")
        assert dict(row["attributes"]) == {"source": "qr", "location": "shop-1"}
        last = await anna.start(key)
        await anna.wait_for(lambda message: "уже учтена" in message.text, after=last)
        assert await count(product, "select count(*) from touchpoint_events") == 1
        await product.connect(anna, "c-7")
        decided = await product.report("delivery", "42", "c-7")
        assert decided["outcome"] == "planned", "what the customer began starts no quarantine"
        await product.pass_time(DAY)
        await anna.start(key)
        await eventually(
            lambda: _is(product, "select count(*) from touchpoint_events where external_id ~ '^entry:.*:[12]$'", 2)
        )


async def test_of_several_codes_scanned_before_answering_one_answer_counts(product: Product) -> None:
    anna = product.anna
    async with product.running():
        questions = []
        for place in ("shop-1", "shop-2", "shop-3"):
            started = await anna.start(await entry_key(product, "delivery", place))
            questions.append(await anna.wait_for(lambda message: "5" in message.labels, after=started))
        await press(anna, questions[0], "1")
        await product.card("1 из 5")
        for question in questions[1:]:
            await press(anna, question, "1")
            await anna.wait_for(lambda message: "уже учтена" in message.text, after=question.id - 1)
        assert await count(product, "select count(*) from responses") == 1
        assert await count(product, "select count(*) from cases") == 1


async def _is(product: Product, query: str, number: int) -> bool:
    return await count(product, query) == number


async def test_a_revoked_code_says_so_and_forgetting_erases_the_scans(product: Product) -> None:
    anna = product.anna
    async with product.running():
        key = await entry_key(product, "visit", None)
        assert await entry_key(product, "visit", None) == key
        started = await anna.start(key)
        await anna.wait_for(lambda message: "Посоветуете" in message.text, after=started)
        assert await entering.revoke_entry_point(product.database, key, now=product.clock.now())
        again = await anna.start(key)
        await anna.wait_for(lambda message: "больше не действует" in message.text, after=again)
        never = await anna.start("at-nosuchtoken00")
        await anna.wait_for(lambda message: "больше не действует" in message.text, after=never)
        written = await anna.write("/forget")
        offer = await anna.wait_for(lambda message: "Да, стереть всё" in message.labels, after=written)
        await press(anna, offer, "Да, стереть всё")
        await eventually(
            lambda: _is(product, "select count(*) from touchpoint_events where external_id like 'entry:%'", 0)
        )
        assert await count(product, "select count(*) from connections") == 0


async def asked_in_vk(both: Both) -> int:
    """Anna, joined in both messengers, was asked in VK, which she used last; the number of the question."""
    product = both.product
    started = await both.telegram.start()
    await both.telegram.wait_for(after=started)
    await product.connect(both.vk, "c-7")
    told = await say(both.vk, "связать", "Ваш код:")
    code = next(line for line in told.splitlines() if len(line) == 7 and line[3] == "-")
    await say(both.telegram, code, "в обоих мессенджерах")
    product.clock.move_to(product.clock.now() + HOUR)
    await say(both.vk, "возобновить", "снова можем")
    return (await product.asked(both.vk, "42", "c-7")).id


async def test_a_silent_question_goes_out_by_the_other_messenger_and_counts_once(both: Both) -> None:
    product = both.product
    async with product.running():
        question = await asked_in_vk(both)
        seen = both.telegram.see()[-1].id
        await product.pass_time(DAY)
        await both.vk.wait_for(lambda message: "5" in message.labels, after=question)
        assert both.telegram.see()[-1].id == seen, "never both at once"
        await product.pass_time(DAY)
        other = await both.telegram.wait_for(lambda message: "5" in message.labels, after=seen)
        await eventually(
            lambda: _is(product, "select count(*) from schedule where kind = 'reminder' and state = 'sent'", 2)
        )
        await press(both.telegram, other, "4")
        await both.telegram.wait_for_edit(other, lambda message: "Ваша оценка: 4" in message.text)
        first = next(message for message in both.vk.see() if message.id == question)
        assert "закрыт" in (await both.vk.tap(first, "1")).lower()
        assert await count(product, "select count(*) from responses where score = 4") == 1
        assert await count(product, "select count(*) from responses") == 1
        await product.pass_time(6 * DAY)
        assert both.telegram.see()[-1].id == other.id


async def test_the_first_question_still_counts_after_the_other_was_asked(both: Both) -> None:
    product = both.product
    async with product.running():
        question = await asked_in_vk(both)
        seen = both.telegram.see()[-1].id
        await product.pass_time(DAY)
        await product.pass_time(DAY)
        other = await both.telegram.wait_for(lambda message: "5" in message.labels, after=seen)
        first = next(message for message in both.vk.see() if message.id == question)
        await both.vk.tap(first, "5")
        await eventually(lambda: _is(product, "select count(*) from responses where score = 5", 1))
        assert "закрыт" in (await both.telegram.tap(other, "1")).lower()
        assert await count(product, "select count(*) from responses") == 1


async def test_one_who_blocked_the_first_is_asked_by_the_other(both: Both) -> None:
    product = both.product
    async with product.running():
        await asked_in_vk(both)
        await product.pass_time(8 * DAY)
        seen = both.telegram.see()[-1].id
        assert (await product.report("visit", "v-1", "c-7"))["outcome"] == "planned"
        product.forbid(both.vk)
        await product.pass_time(HOUR)
        await both.telegram.wait_for(lambda message: "10" in message.labels, after=seen)


async def test_managers_get_a_sheet_and_owners_split(both: Both) -> None:
    product, owner = both.product, both.product.owner
    async with product.running():
        await product.connect(both.vk, "c-7")
        await product.report("delivery", "42", "c-7")
        written = await owner.write("/qr nothing")
        await owner.wait_for(
            lambda message: "«nothing» нет" in message.text and "delivery, visit" in message.text, after=written
        )
        written = await owner.write("/qr visit shop-1")
        await eventually(lambda: count(product, "select count(*) from entry_points"))
        started = await both.telegram.start()
        await both.telegram.wait_for(after=started)
        assert owner.see()[-1] == written, "nobody waits while the sheet is drawn"
        sheet = await owner.wait_for(lambda message: "https://vk.me/" in message.text, after=written, deadline=30)
        assert "https://t.me/" in sheet.text
        await owner.wait_for(lambda message: message.kind == "document", after=sheet, deadline=30)
        written = await owner.write("/split 42")
        shown = await owner.wait_for(lambda message: "покупатель c-7" in message.text, after=written)
        assert "личная ссылка" in shown.text
        await owner.tap(shown, "Отделить: c-7")
        await owner.wait_for(lambda message: "Разделили" in message.text, after=shown)
        assert await count(product, "select count(*) from person_moves where cause = 'split'") == 1
        written = await both.telegram.write("/split 42")
        await both.telegram.wait_for(lambda message: "Такой команды нет" in message.text, after=written)
