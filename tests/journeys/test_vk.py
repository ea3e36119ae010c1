"""Customers in VK, staff in Telegram: keyboards, words, files, and what only VK does."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.doctor import examine
from bot.findings import Finding, Health
from bot.sandbox import Fault, FaultKind, VKPerson, VKProgram, VKSandbox
from bot.vk.events import WANTED
from tests.journeys.product import CATALOGUE, Product, forge, press
from tests.journeys.settlement import WITH_CLOSING, fill_pool, noted, opened_form
from tests.journeys.test_talking import complain
from tests.journeys.troubles import count, eventually

HOUR = timedelta(hours=1)
SEND = frozenset(("messages.send",))


pytestmark = pytest.mark.customers_in("vk", why="what only VK does")


@pytest.fixture
def vk(product: Product) -> VKSandbox:
    assert product.vk is not None
    return product.vk


@pytest.fixture
def anna(product: Product) -> VKPerson:
    assert isinstance(product.anna, VKPerson)
    return product.anna


async def asked_for_nps(product: Product, anna: VKPerson, visit: str = "v-1") -> int:
    """The question of a visit; the number of its message."""
    seen = anna.see()[-1].id
    assert (await product.report("visit", visit, "c-7"))["outcome"] == "planned"
    await product.pass_time(HOUR)
    question = await anna.wait_for(lambda message: "10" in message.labels, after=seen)
    await product.told(f"{visit}:visit", "sent")
    return question.id


async def given(product: Product) -> list[tuple[int, str]]:
    """The scores and how they were given."""
    async with product.database.autocommit() as transaction:
        rows = await transaction.rows("select score, given_by from responses order by id")
    return [(row["score"], row["given_by"]) for row in rows]


async def test_nps_lies_under_the_input_field_until_it_is_answered(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        asked = await asked_for_nps(product, anna)
        labels = [button.text for button in anna.keyboard]
        assert labels == [*map(str, range(11)), "Больше не спрашивать"]
        assert [button.row for button in anna.keyboard] == [0] * 4 + [1] * 4 + [2] * 3 + [3]
        await anna.press("9")
        thanks = await anna.wait_for(lambda message: "Ваша оценка: 9" in message.text, after=asked)
        assert thanks.labels == ("Пропустить", "Изменить оценку")
        assert anna.keyboard == ()
        assert await given(product) == [(9, "keyboard")]


async def test_a_typed_score_takes_the_keyboard_away(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        await asked_for_nps(product, anna)
        written = await anna.write("10 из 10")
        await anna.wait_for(lambda message: "Ваша оценка: 10" in message.text, after=written)
        answers = [message.text for message in anna.see() if message.id > written.id]
        assert answers[0] == "Записали вашу оценку: 10."
        assert anna.keyboard == ()
        assert await given(product) == [(10, "typed")]


async def test_an_nps_score_is_changed_by_a_keyboard_again(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        asked = await asked_for_nps(product, anna)
        await anna.press("3")
        step = await anna.wait_for(lambda message: "Ваша оценка: 3" in message.text, after=asked)
        await product.card("3 из 10")
        await anna.tap(step, "Изменить оценку")
        again = await anna.wait_for(lambda message: "Оставить 3" in message.labels, after=step)
        assert again.buttons == ()
        await anna.press("8")
        await anna.wait_for(lambda message: "Ваша оценка: 8" in message.text, after=again)
        assert await given(product) == [(8, "keyboard")]


async def test_csat_hangs_under_the_question_and_grows_in_place(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        question = await product.asked(anna, "42", "c-7")
        assert [button.action for button in question.buttons] == ["callback"] * 6
        assert await anna.tap(question, "2") == ""
        await press(anna, question, "Опоздали")
        await press(anna, question, "Готово")
        await anna.wait_for_edit(question, lambda message: "Расскажите, что случилось" in message.text)
        written = await anna.write("Ждали <b>два</b> часа")
        await anna.wait_for(lambda message: "Простите нас" in message.text, after=written)
        card = await product.card("Ждали <b>два</b> часа")
        assert "Опоздали" in card.text
        assert question.buttons == ()
        assert await given(product) == [(2, "tap")]
        told = await product.get("/api/v1/events/42:delivery")
        assert told["responses"][0]["reasons"] == ["late"]


async def test_taps_words_and_files_of_one_instant_are_one_answer(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        question = await product.asked(anna, "42", "c-7")
        await asyncio.gather(
            forge(anna, question, "r:1:1"),
            forge(anna, question, "r:1:2"),
            forge(anna, question, "f:1"),
            anna.write("Торт помялся"),
            anna.send_photo(b"\xff\xd8 cake"),
            anna.write("И чек не дали"),
        )
        card = await product.card("И чек не дали")
        await product.oleg.wait_for(lambda message: message.kind == "photo", chat=product.team)
        assert await given(product) == [(2, "tap")]
        assert await count(product, "select comment from responses") == "Торт помялся\nИ чек не дали"
        assert await count(product, "select count(*) from cases") == 1
        assert "2 из 5" in card.text


async def test_review_links_open_and_have_no_colour(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        question = await product.asked(anna, "42", "c-7")
        await anna.tap(question, "5")
        await press(anna, question, "Пропустить")
        await anna.wait_for_edit(question, lambda message: "Хотите добавить" in message.text)
        await press(anna, question, "Пропустить")
        thanks = await anna.wait_for_edit(question, lambda message: "рады" in message.text)
        (link,) = [button for button in thanks.buttons if button.url]
        assert (link.text, link.url, link.style) == ("Отзыв на картах", "https://maps.example/bakery", None)


async def test_an_old_program_gets_text_buttons(product: Product, vk: VKSandbox) -> None:
    old = vk.add_person(77, "Вера", program=VKProgram(button_actions=("text", "open_link")))
    async with product.running():
        await product.connect(old, "c-9")
        question = await product.asked(old, "42", "c-9")
        assert {button.action for button in question.buttons} == {"text"}
        await old.tap(question, "3")
        step = await old.wait_for(lambda message: "Ваша оценка: 3" in message.text, after=question)
        assert step.id > question.id
        assert question.buttons == (), "answered, so its choices are gone"
        assert "Чего не хватило" in step.text
        await old.tap(step, "Пропустить")
        await old.wait_for(lambda message: "Спасибо, учтём" in message.text, after=step)
        assert await given(product) == [(3, "tap")]


async def test_voice_photo_and_document_reach_the_card(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        question = await product.asked(anna, "42", "c-7")
        await anna.tap(question, "1")
        await product.card()
        await anna.send_voice(b"OggS what happened")
        await anna.send_photo(b"\xff\xd8\xff a box", caption="Вот коробка")
        await anna.send_document(b"receipt", name="чек.txt")
        for kind, content in (
            ("voice", b"OggS what happened"),
            ("photo", b"\xff\xd8\xff a box"),
            ("document", b"receipt"),
        ):
            shown = await product.oleg.wait_for(lambda message, kind=kind: message.kind == kind, chat=product.team)
            assert product.telegram.world.files[shown.file_id].content == content
        card = await product.card("3 файла")
        assert shown.reply_to == card.id


async def test_long_words_with_pictures_come_whole(product: Product, anna: VKPerson) -> None:
    async with product.running():
        card = await complain(product)
        asked = await product.oleg.write("Расскажите подробнее", chat=product.team, reply_to=card)
        said = await anna.wait_for(lambda message: "подробнее" in message.text)
        words = "ж" * 2000 + " конец"
        await anna.send_photo(b"\xff\xd8 box", caption=words, reply_to=said)
        told = await product.oleg.wait_for(lambda message: words in message.text, chat=product.team, after=asked)
        assert told.kind == "text"
        picture = await product.oleg.wait_for(lambda message: message.kind == "photo", chat=product.team)
        assert product.content_of(picture) == b"\xff\xd8 box"
        assert {told.reply_to, picture.reply_to} == {card.id}


async def test_a_file_that_is_too_large_is_said_to_be(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        question = await product.asked(anna, "42", "c-7")
        await anna.tap(question, "1")
        await product.card()
        await anna.send_document(b"video", name="film.mp4", file_size=63 * 1024 * 1024)
        said = await product.oleg.wait_for(lambda message: "слишком большой" in message.text, chat=product.team)
        assert "63 МБ" in said.text
        assert f"sel={anna.id}" in said.text


async def test_a_file_vk_does_not_give_goes_with_the_words_in_the_end(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        question = await product.asked(anna, "42", "c-7")
        await anna.tap(question, "1")
        await product.card()
        assert product.vk is not None
        lost = frozenset(("messages.getByConversationMessageId",))
        product.vk.fail(Fault(FaultKind.SERVER_ERROR, lost, times=None, executed=True))
        await anna.send_photo(caption="Вот коробка")
        await eventually(lambda: count(product, "select 1 from schedule where kind = 'relay' and retry_at is not null"))
        async with product.database.autocommit() as transaction:
            await transaction.run("update schedule set attempts = 4, retry_at = null where kind = 'relay'")
        product.application.wake()
        said = await product.oleg.wait_for(lambda message: "не удалось" in message.text, chat=product.team)
        assert "Вот коробка" in said.text


async def test_words_are_commands(product: Product, anna: VKPerson) -> None:
    said = {
        "Помощь": "«стоп»: больше не спрашивать",
        "ПРИВАТНОСТЬ": "Что «Пекарня» хранит о вас",
        "мои данные": "Что о вас хранится",
        "Забыть": "Стереть всё",
        "язык": "На каком языке",
        "Жалоба": "Позовём человека",
        "не спрашивать": "больше не спрашиваем",
        "Начать": "Это бот «Пекарня»",
        "возобновить": "снова можем спрашивать",
    }
    async with product.running():
        await product.connect(anna, "c-7")
        for word, answer in said.items():
            written = await anna.write(word)
            told = await anna.wait_for(after=written)
            assert answer in told.text
            assert "/" not in told.text, "VK's programs make no links of slash commands"


async def test_buttons_of_the_help_are_commands_too(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        written = await anna.write("помощь")
        told = await anna.wait_for(after=written)
        await anna.tap(told, "Стоп")
        stopped = await anna.wait_for(lambda message: "больше не спрашиваем" in message.text, after=told)
        assert (await product.report("delivery", "42", "c-7"))["reason"] == "opted_out"
        await anna.tap(stopped, "Можно спрашивать")
        await anna.wait_for_edit(stopped)
        assert (await product.report("delivery", "43", "c-7"))["outcome"] == "planned"


async def test_a_complaint_in_words_opens_a_case(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        written = await anna.write("Жалоба: курьер нагрубил")
        thanked = await anna.wait_for(after=written)
        assert "Передали команде" in thanked.text
        assert "Напишите сюда" not in thanked.text
        await product.oleg.wait_for(lambda message: "курьер нагрубил" in message.text, chat=product.team)


async def test_everything_can_be_forgotten(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        written = await anna.write("забыть")
        offer = await anna.wait_for(after=written)
        await anna.tap(offer, "Да, стереть всё")
        await anna.wait_for_edit(offer, lambda message: "мы вас забыли" in message.text)


async def test_a_link_may_be_followed_with_words_instead_of_the_button(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.report("delivery", "42", "c-7")
        links = await product.post("/api/v1/customers/c-7/links")
        await anna.start()
        anna.follow(product.key_of(links))
        written = await anna.write("Здравствуйте, где мой заказ?")
        await anna.wait_for(after=written)
        await product.oleg.wait_for(lambda message: "где мой заказ" in message.text, chat=product.team)
        assert (await product.get("/api/v1/events/42:delivery"))["outcome"] == "planned"


async def test_the_shops_widget_connects_without_a_word(product: Product, anna: VKPerson) -> None:
    async with product.running():
        links = await product.post("/api/v1/customers/c-7/links")
        await anna.allow(product.key_of(links))
        await anna.wait_for(lambda message: "вы подключены" in message.text)
        assert (await product.report("delivery", "42", "c-7"))["outcome"] == "planned"


async def test_who_never_allowed_messages_is_waited_for(product: Product, vk: VKSandbox) -> None:
    vk.add_person(99, "Пётр")
    async with product.running():
        assert (await product.report("delivery", "42", "c-99", vk_id=99))["outcome"] == "planned"
        await product.pass_time(2 * HOUR)
        await product.told("42:delivery", "waiting")
        assert len(vk.journal.calls("messages.send")) == 1, "901 is not tried again"
        written = await vk.person(99).start()
        await vk.person(99).wait_for(after=written)
        await product.pass_time(HOUR)
        await vk.person(99).wait_for(lambda message: "5" in message.labels)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.SERVER_ERROR, SEND, executed=True, status=502),
        Fault(FaultKind.ERROR, SEND, code=10),
    ],
)
async def test_an_unknown_outcome_is_tried_again_and_shows_once(
    product: Product, anna: VKPerson, vk: VKSandbox, fault: Fault
) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        seen = anna.see()[-1].id
        await product.report("delivery", "42", "c-7")
        vk.fail(fault)
        before = len(vk.journal.calls("messages.send"))
        await product.pass_time(2 * HOUR)
        await product.told("42:delivery", "unknown")
        await product.told("42:delivery", "sent")
        sent = vk.journal.calls("messages.send")[before:]
        assert len(sent) == 2
        assert len({str(call.parameters["random_id"]) for call in sent}) == 1
        assert len([message for message in anna.see() if message.id > seen]) == 1


async def test_the_token_is_in_no_address_and_in_no_log(
    product: Product, anna: VKPerson, vk: VKSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        vk.fail(Fault(FaultKind.RESET, frozenset(("groups.getLongPollServer",))))
        vk.polling.expire_keys()
        question = await product.asked(anna, "42", "c-7")
        vk.fail(Fault(FaultKind.ERROR, frozenset(("messages.edit",)), code=5))
        await anna.tap(question, "5")
        await eventually(lambda: count(product, "select 1 from responses"))
    captured = capsys.readouterr()
    assert vk.token not in captured.out + captured.err
    calls = [call for call in vk.journal.calls() if call.method not in ("a_check", "upload")]
    assert {call.token_in for call in calls} == {"body"}


async def test_what_happened_while_nobody_listened_is_not_skipped(
    product: Product, anna: VKPerson, vk: VKSandbox
) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        question = await product.asked(anna, "42", "c-7")
    await anna.tap(question, "4", deadline=None)
    written = await anna.write("Но без звонка")
    vk.polling.expire_keys()
    async with product.running():
        await anna.wait_for(lambda message: "Спасибо, рады" in message.text, after=written)
        told = await product.get("/api/v1/events/42:delivery")
        assert (told["responses"][0]["score"], told["responses"][0]["comment"]) == (4, "Но без звонка")


async def test_long_poll_goes_on_after_every_failure(product: Product, anna: VKPerson, vk: VKSandbox) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        for trouble in (
            vk.polling.expire_keys,
            vk.polling.move,
            lambda: vk.fail(Fault(FaultKind.SERVER_ERROR, frozenset(("a_check",)), executed=False)),
            lambda: vk.fail(Fault(FaultKind.EMPTY, frozenset(("a_check",)), executed=False)),
        ):
            trouble()
            while not vk.polling.is_held:
                await asyncio.sleep(0.01)
            written = await anna.write("приватность")
            await anna.wait_for(lambda message: "хранит о вас" in message.text, after=written)


async def test_an_event_nobody_can_read_is_set_aside_and_stops_nothing(
    product: Product, anna: VKPerson, vk: VKSandbox
) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        vk.events.malform()
        written = await anna.write("приватность")
        await anna.wait_for(lambda message: "хранит о вас" in message.text, after=written)
        await eventually(lambda: count(product, "select 1 from updates_set_aside where channel = 'vk'"))
        warnings = json.dumps((await product.get("/readyz"))["warnings"], ensure_ascii=False)
        assert "1 updates of vk" in warnings


async def test_many_windows_lie_under_the_input_field(product: Product, anna: VKPerson) -> None:
    product.catalogue = CATALOGUE.replace("recovery:\n", "recovery:\n  call_window: PT30M\n")
    async with product.running():
        card = await complain(product)
        await anna.write("Позвоните мне")
        offered = await anna.wait_for(lambda message: "Когда вам позвонить?" in message.text)
        assert offered.buttons == ()
        assert len(anna.keyboard) == 25, "as many windows as are ever offered, and no call at all"
        await anna.press("сегодня, 18:00–18:30")
        agreed = await anna.wait_for(lambda message: "сегодня, 18:00–18:30" in message.text, after=offered)
        assert anna.keyboard == ()
        await product.oleg.wait_for_edit(card, lambda message: "18:00–18:30" in message.text)
        await press(product.oleg, card, "Взять")
        await press(anna, agreed, "Другое время")
        again = await anna.wait_for(lambda message: "Когда вам позвонить?" in message.text, after=agreed)
        assert again.buttons == ()
        await anna.press("Звонок не нужен")
        await product.oleg.wait_for_edit(card, lambda message: "отказался" in message.text)


async def test_wishes_in_words_are_messages_where_there_is_nothing_to_wish(product: Product, anna: VKPerson) -> None:
    async with product.running():
        await product.connect(anna, "c-7")
        await anna.write("позвоните мне")
        await product.oleg.wait_for(lambda message: "позвоните мне" in message.text, chat=product.team)
        await anna.write("присылайте предложения")
        await product.oleg.wait_for(lambda message: "присылайте предложения" in message.text, chat=product.team)
        assert await count(product, "select count(*) from consents") == 0


async def test_offers_are_agreed_to_and_refused_in_words(product: Product, anna: VKPerson) -> None:
    product.catalogue = WITH_CLOSING
    async with product.running():
        await product.connect(anna, "c-7")
        help_text = (await anna.wait_for(after=await anna.write("помощь"))).text
        assert "«присылайте предложения»" in help_text
        assert "«позвоните мне»" in help_text
        for word, answer in (("Присылайте предложения", "можем прислать"), ("не присылать предложений", "не будем")):
            told = await anna.wait_for(after=await anna.write(word))
            assert answer in told.text
        given = await count(product, "select array_agg(given order by id) from consents where source = 'customer'")
        assert given == [True, False]


async def test_recovery_without_callback_buttons(product: Product, vk: VKSandbox) -> None:
    product.catalogue = WITH_CLOSING
    product.anna = old = vk.add_person(77, "Вера", program=VKProgram(button_actions=("text", "open_link")))
    async with product.running():
        await fill_pool(product, ["AAA-1"])
        await product.connect(old, "c-7")
        step = await product.asked(old, "42", "c-7")
        for choice, then in (("2", "Опоздали"), ("Пропустить", "Изменить оценку"), ("Пропустить", "Позвоните мне")):
            await old.tap(step, choice)
            step = await old.wait_for(lambda message, then=then: then in message.labels, after=step)
        card = await product.card()
        await old.tap(step, "Позвоните мне")
        offered = await old.wait_for(lambda message: "Когда вам позвонить?" in message.text)
        await old.tap(offered, "Звонок не нужен")
        await product.oleg.wait_for_edit(card, lambda message: "отказался" in message.text)
        privacy = await old.wait_for(after=await old.write("приватность"))
        await old.tap(privacy, "Присылайте предложения")
        await old.wait_for(lambda message: "Не присылать предложений" in message.labels, after=privacy)
        form = await opened_form(product, product.oleg, card)
        for part in ("Вернули деньги", "Промокод", "Дальше"):
            await press(product.oleg, form, part)
        form = await noted(product, product.oleg, form, "Извинились")
        await press(product.oleg, form, "Закрыть жалобу")
        await old.wait_for(lambda message: "AAA-1" in message.text)
        asked = await old.wait_for(lambda message: "Да, решено" in message.labels)
        await old.tap(asked, "Да, решено")
        await product.oleg.wait_for_edit(card, lambda message: "Клиент подтвердил: решено" in message.text)


async def test_a_correction_that_comes_too_late_comes_below(product: Product, anna: VKPerson) -> None:
    async with product.running():
        card = await complain(product)
        wrote = await product.oleg.write("Перезвоним в пять", chat=product.team, reply_to=card)
        said = await anna.wait_for(lambda message: "в пять" in message.text)
        photo = await product.oleg.send_photo(b"\xff\xd8 cake", caption="Ваш торт", chat=product.team, reply_to=card)
        pictured = await anna.wait_for(lambda message: "Ваш торт" in message.text)
        await product.oleg.edit(photo, "Ваш новый торт")
        await anna.wait_for_edit(pictured, lambda message: "новый" in message.text)
        assert pictured.kind == "photo", "an edit takes no picture away"
        await product.pass_time(timedelta(hours=25))
        await product.oleg.edit(wrote, "Перезвоним в шесть")
        corrected = await anna.wait_for(lambda message: "в шесть" in message.text, after=said)
        assert corrected.text == "Пекарня\n\nИсправленное сообщение:\n\nПерезвоним в шесть"
        assert corrected.reply_to == said.id
        await product.oleg.edit(photo, "Другой торт")
        other = await anna.wait_for(lambda message: "Другой торт" in message.text, after=corrected)
        assert other.kind == "photo"
        await eventually(
            lambda: count(product, "select 1 from staff_messages where delivered_message_id = $1", other.id)
        )
        await product.oleg.edit(photo, "Тот самый торт")
        await anna.wait_for_edit(other, lambda message: "Тот самый" in message.text)


async def test_what_customers_change_in_vk(product: Product, anna: VKPerson, vk: VKSandbox) -> None:
    async with product.running():
        card = await complain(product)
        complaint = await anna.write("жалоба: курьер опоздал")
        shown = await product.oleg.wait_for(
            lambda message: "курьер опоздал" in message.text, chat=product.team, after=card
        )
        await anna.edit(complaint, "жалоба: курьер опоздал на час")
        await product.oleg.wait_for_edit(shown, lambda message: "опоздал на час" in message.text)
        assert "жалоба:" not in shown.text

        kept = await count(product, "select count(*) from messages")
        word = await anna.write("приватность")
        await anna.wait_for(lambda message: "хранит о вас" in message.text, after=word)
        await anna.edit(word, "мои данные")
        picture = await anna.send_photo(b"\xff\xd8 before", caption="До")
        first = await product.oleg.wait_for(lambda message: "До" in message.text, chat=product.team, after=shown)
        assert product.content_of(first) == b"\xff\xd8 before"
        assert await count(product, "select count(*) from messages") == kept + 1, "an edited word is no message"
        # our own edits are told of as well, and are nobody's message
        own = anna.last()
        vk.events.add("message_edit", vk.world.dialogs[anna.id].find(own.id).body(), anna.id)
        await anna.edit(picture, "После", photo=b"\xff\xd8 after")
        second = await product.oleg.wait_for(lambda message: "После" in message.text, chat=product.team, after=first)
        assert product.content_of(second) == b"\xff\xd8 after"
        assert await count(product, "select count(*) from messages") == kept + 1
        assert await count(product, "select count(*) from updates_set_aside") == 0


async def test_files_of_staff_vk_does_not_get(product: Product, anna: VKPerson, vk: VKSandbox) -> None:
    async with product.running():
        card = await complain(product)
        oleg, team = product.oleg, product.team
        large = await oleg.send_document(b"film", name="film.mp4", file_size=21 * 1024 * 1024, chat=team, reply_to=card)
        refusal = await oleg.wait_for(lambda message: "файл больше 20 МБ" in message.text, chat=team)
        assert refusal.reply_to == large.id
        vk.fail(Fault(FaultKind.ERROR, frozenset(("photos.saveMessagesPhoto",)), code=129))
        photo = await oleg.send_photo(b"no picture", chat=team, reply_to=card)
        await oleg.write("А так?", chat=team, reply_to=card)
        told = await oleg.wait_for(lambda message: "мессенджер не принял" in message.text, chat=team, after=photo)
        assert told.reply_to == photo.id
        await anna.wait_for(lambda message: "А так?" in message.text)
        large_after_all = "Bad Request: file is too big"
        product.telegram.fail(Fault(FaultKind.ERROR, frozenset(("getFile",)), code=400, description=large_after_all))
        voice = await oleg.send_voice(b"OggS", chat=team, reply_to=card)
        told = await oleg.wait_for(lambda message: "мессенджер не принял" in message.text, chat=team, after=voice)
        assert told.reply_to == voice.id
        assert "А так?" in anna.last().text, "a customer is told nothing of what they do not get"
        await oleg.send_document(b"receipt", name="чек.pdf", caption="ж" * 1024, chat=team, reply_to=card)
        receipt = await anna.wait_for(lambda message: message.kind == "doc")
        (attachment,) = receipt.attachments
        assert attachment["doc"]["ext"] == "pdf"
        assert receipt.text == f"Пекарня\n\n{'ж' * 1024}"


async def test_an_answer_to_whoever_forbade_messages(product: Product, anna: VKPerson) -> None:
    async with product.running():
        card = await complain(product)
        await anna.deny()
        await product.noted(anna, "blocked")
        wrote = await product.oleg.write("Вы тут?", chat=product.team, reply_to=card)
        told = await product.oleg.wait_for(lambda message: "Ответить некуда" in message.text, chat=product.team)
        assert told.reply_to == wrote.id
        assert "заблокировал" in told.text
        await anna.allow()
        await product.noted(anna, "connected")
        await product.oleg.write("А теперь?", chat=product.team, reply_to=card)
        await anna.wait_for(lambda message: "А теперь?" in message.text)


async def confirmed(product: Product, vk: VKSandbox) -> int:
    """Register the product's address with VK, as the owner does in the community's settings; the server's id."""
    address = f"http://127.0.0.1:{product.application.http_port}/vk/callback"
    server = vk.callback.add(address, "otklik", CALLBACK_SECRET)
    server.wanted.change((kind, True) for kind in WANTED)
    async with asyncio.timeout(5):
        while server.status != "ok":
            await asyncio.sleep(0.01)
    return server.id


CALLBACK_SECRET = "a-secret-of-the-callback"


@pytest.fixture
def posted(product: Product, vk: VKSandbox) -> Product:
    """The same installation, told to take events as VK posts them."""
    product.settings = product.settings.model_copy(
        update={
            "vk_mode": "callback",
            "vk_secret": SecretStr(CALLBACK_SECRET),
            "vk_confirmation": vk.callback.confirmation_code,
        }
    )
    return product


async def test_callback_events_are_answered_once_however_often_they_come(
    posted: Product, anna: VKPerson, vk: VKSandbox
) -> None:
    async with posted.running():
        await confirmed(posted, vk)
        await posted.connect(anna, "c-7")
        question = await posted.asked(anna, "42", "c-7")
        await anna.tap(question, "2")
        await posted.card()
        await press(anna, question, "Пропустить")
        vk.events.duplicate(2)
        written = await anna.write("Помято")
        await anna.wait_for(lambda message: "Простите нас" in message.text, after=written)
        written = await anna.write("приватность")
        await anna.wait_for(lambda message: "хранит о вас" in message.text, after=written)
        answers = [message.text for message in anna.see() if message.id > written.id]
        assert len(answers) == 1
        told = await posted.get("/api/v1/events/42:delivery")
        assert told["responses"][0]["comment"] == "Помято"


async def test_what_does_not_come_from_vk_is_turned_away(posted: Product, vk: VKSandbox) -> None:
    event = {"type": "message_allow", "event_id": "e", "v": "5.199", "object": {"user_id": 5, "key": ""}}
    async with posted.running():
        statuses = []
        for fields in (
            {**event, "group_id": vk.group_id},
            {**event, "group_id": vk.group_id, "secret": "пароль"},
            {**event, "group_id": vk.group_id, "secret": [CALLBACK_SECRET]},
            {**event, "group_id": vk.group_id + 1, "secret": CALLBACK_SECRET},
            {**event, "group_id": vk.group_id, "secret": CALLBACK_SECRET},
        ):
            async with posted.shop as shop:
                answer = await shop.post("/vk/callback", json=fields)
                statuses.append((answer.status_code, answer.text if answer.status_code == 200 else ""))
        assert statuses == [(403, "")] * 4 + [(200, "ok")]


async def test_a_crash_between_commit_and_acknowledgement_loses_and_doubles_nothing(
    posted: Product, anna: VKPerson, vk: VKSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with posted.running():
        await confirmed(posted, vk)
        await posted.connect(anna, "c-7")
        question = await posted.asked(anna, "42", "c-7")
        heard: list[str] = []

        async def dies(_database: object, _channel: str, event_id: str) -> None:
            heard.append(event_id)
            raise ConnectionError("the process died here")

        monkeypatch.setattr("bot.vk.handling.note_event_handled", dies)
        await anna.tap(question, "4", deadline=None)
        await eventually(lambda: count(posted, "select 1 from responses"))
        await anna.wait_for_edit(question)
        await eventually(lambda: asyncio.sleep(0, result=heard))
        monkeypatch.undo()
        await eventually(lambda: count(posted, "select 1 from handled_events where event_id = any($1)", heard))
        assert await given(posted) == [(4, "tap")]


async def examined(product: Product, tmp_path: Path) -> dict[str, Finding]:
    """What the doctor says of VK."""
    settings = product.settings.model_copy(update={"catalog": tmp_path / "catalog.yaml"})
    findings = await examine(settings, product.database, now=product.clock.now())
    return {finding.part: finding for finding in findings if finding.part.startswith("vk")}


async def test_the_doctor_examines_vk(product: Product, anna: VKPerson, vk: VKSandbox, tmp_path: Path) -> None:
    off = await examined(product, tmp_path)
    assert (off["vk events"].health, off["vk events"].what) == (Health.WORRYING, "Long Poll is off")
    assert "otklik run does it at its start" in str(off["vk events"].fix)
    assert "switch it on" in str(off["vk events"].fix)
    async with product.running():
        await product.connect(anna, "c-7")
        await eventually(lambda: count(product, "select 1 from channels where channel = 'vk' and poll_offset > 0"))
        sound = await examined(product, tmp_path)
        vk.polling.settings.change([("message_event", False)])
        deaf = await examined(product, tmp_path)
    assert {finding.health for finding in sound.values()} == {Health.GOOD}
    assert sound["vk"].what == f"vk.com/{vk.screen_name}"
    assert "the last came at" in sound["vk events"].what
    assert (deaf["vk events"].health, deaf["vk events"].what) == (Health.BROKEN, "not reported: message_event")
    product.settings = product.settings.model_copy(update={"vk_token": SecretStr("vk1.a.refused")})
    assert (await examined(product, tmp_path))["vk"].what == "the token is refused"
    product.settings = product.settings.model_copy(update={"vk_token": None})
    assert (await examined(product, tmp_path))["vk"].what == "was in use and has no token"


async def test_the_doctor_examines_the_callback_api(posted: Product, vk: VKSandbox, tmp_path: Path) -> None:
    absent = await examined(posted, tmp_path)
    async with posted.running():
        server = vk.callback.find(await confirmed(posted, vk))
        sound = await examined(posted, tmp_path)
        server.status = "failed"
        failed = await examined(posted, tmp_path)
    assert "/vk/callback" in str(absent["vk events"].fix)
    assert sound["vk events"].health is Health.GOOD
    assert "OTKLIK_VK_CONFIRMATION" in str(failed["vk events"].fix)
