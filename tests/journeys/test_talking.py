"""Staff and a customer talk through the bot: both ways, in order, whatever happens to either side."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.sandbox import FaultKind, MessageView
from surveys import recovery, talking
from surveys.recovery import StaffActor
from surveys.rules.dialogue import MessageKind
from surveys.rules.talking import StaffWords
from tests.journeys.product import (
    ANNA,
    CATALOGUE,
    STAFF,
    TEAM,
    Customer,
    CustomerMessage,
    Product,
    button,
    kind_of,
    press,
)
from tests.journeys.settlement import resolve
from tests.journeys.troubles import count, end_leases, eventually, sent_to

TALKATIVE = CATALOGUE.replace(
    "  teams: {logistics: {chat: staff}}\n",
    """\
  teams:
    logistics: {chat: staff, title: {ru: Служба доставки, en: Delivery service}}
  templates:
    - key: sorry
      title: {ru: Извиниться, en: Apologise}
      text: {ru: "{name|}, простите за заказ {order_id|}.", en: "{name|}, we are sorry about {order_id|}."}
    - key: photo
      title: {ru: Попросить фото, en: Ask for a picture}
      text: {ru: "Пришлите фото.", en: "Please send a picture."}
""",
)


@pytest.fixture
def talkative(product: Product) -> Product:
    product.catalogue = TALKATIVE
    return product


async def complain(product: Product) -> MessageView:
    """Anna complains about her order and says nothing more; the card."""
    await product.connect(product.anna, "c-7", "42")
    question = await product.asked(product.anna, "42", "c-7")
    await product.anna.tap(question, "2")
    await press(product.anna, question, "Пропустить")
    await product.anna.wait_for_edit(question, lambda message: "Расскажите, что случилось" in message.text)
    await press(product.anna, question, "Пропустить")
    await product.anna.wait_for_edit(question, lambda message: "Позвоните мне" in message.labels)
    card = await product.card()
    await eventually(lambda: count(product, "select count(*) from case_posts where kind = 'card'"))
    return card


async def got(person: Customer, text: str, **where: object) -> CustomerMessage:
    return await person.wait_for(lambda message: text in message.text, **where)  # type: ignore[arg-type]  # as given


async def card_shows(product: Product, card: MessageView, *parts: str) -> MessageView:
    return await product.oleg.wait_for(
        lambda message: message == card and all(part in message.text for part in parts),
        chat=product.team,
        after=card.id - 1,
    )


async def test_a_conversation_from_the_card(talkative: Product) -> None:
    product = talkative
    async with product.running():
        card = await complain(product)
        anna, oleg, team = product.anna, product.oleg, product.team

        await oleg.write("Здравствуйте! <b>Что</b> случилось?", chat=team, reply_to=card)
        answer = await got(anna, "случилось")
        assert answer.text == "Служба доставки\n\nЗдравствуйте! <b>Что</b> случилось?"
        shown = await card_shows(product, card, "Олег", "доставлен", "ждёт ответа клиента")
        assert "Взять" not in shown.labels
        # nothing is said in the team's chat about each answer
        assert [message.id for message in team.see() if message.from_bot] == [card.id]

        written = await anna.write("Торт помялся", reply_to=answer)
        relayed = await got(oleg, "Торт помялся", chat=team, after=card)
        assert relayed.reply_to == card.id
        await card_shows(product, card, "Новое от клиента", "Решить обещали")
        assert "№ 1" in (await anna.wait_for(after=written)).text

        await eventually(lambda: count(product, "select count(*) from case_posts where kind = 'relay'"))
        for number in range(4):
            await oleg.write(f"Ответ {number}", chat=team, reply_to=relayed)
        await got(anna, "Ответ 3")
        said = [message.text for message in anna.see() if "Ответ" in message.text]
        assert [text[-1] for text in said] == ["0", "1", "2", "3"]

        await oleg.send_photo(b"\xff\xd8 a", caption="Такой?", chat=team, reply_to=card)
        await oleg.send_voice(b"OggS", chat=team, reply_to=card)
        await oleg.send_document(b"pdf", name="чек.pdf", chat=team, reply_to=card)
        await oleg.send_album((b"\xff\xd8 b", b"\xff\xd8 c"), chat=team, reply_to=card)
        await anna.wait_for(lambda message: kind_of(message) == "document")
        await eventually(lambda: _has(anna, "photo", 3))
        assert [kind_of(message) for message in anna.see() if message.kind != "text" and message.from_bot] == [
            "photo", "voice", "document", "photo", "photo",
        ]  # fmt: skip
        await anna.send_voice(b"OggS")
        await anna.send_photo(b"\xff\xd8 d", caption="Вот")
        await anna.send_document(b"txt")
        for kind in ("voice", "photo", "document"):
            file = await oleg.wait_for(
                lambda message, kind=kind: message.kind == kind and message.from_bot, chat=team, after=relayed
            )
            assert file.reply_to == card.id


async def _has(person: Customer, kind: str, number: int) -> bool:
    return len([message for message in person.see() if kind_of(message) == kind and message.from_bot]) == number


async def test_edits_travel_both_ways(talkative: Product) -> None:
    product = talkative
    async with product.running():
        card = await complain(product)
        anna, oleg, team = product.anna, product.oleg, product.team
        wrote = await oleg.write("Перезвоним в пять", chat=team, reply_to=card)
        answer = await got(anna, "в пять")
        await oleg.edit(wrote, "Перезвоним в шесть")
        await anna.wait_for_edit(answer, lambda message: "в шесть" in message.text)
        photo = await oleg.send_photo(caption="Ваш торт", chat=team, reply_to=card)
        sent = await got(anna, "Ваш торт")
        await oleg.edit(photo, "Ваш новый торт")
        await anna.wait_for_edit(sent, lambda message: "новый" in message.text)

        mine = await anna.write("Жду в семь")
        relayed = await got(oleg, "в семь", chat=team, after=card)
        await anna.edit(mine, "Жду в восемь")
        changed = await oleg.wait_for_edit(relayed, lambda message: "в восемь" in message.text)
        assert "изменил" in changed.text
        picture = await anna.send_photo(caption="До")
        shown = await got(oleg, "До", chat=team, after=relayed)
        await anna.edit(picture, "После")
        await oleg.wait_for_edit(shown, lambda message: "После" in message.text)
        assert len([message for message in team.see() if "восемь" in message.text]) == 1


async def test_a_template_is_one_tap_and_its_message_sends_one(talkative: Product) -> None:
    product = talkative
    async with product.running():
        card = await complain(product)
        anna, oleg, team = product.anna, product.oleg, product.team
        await press(oleg, card, "Ответить")
        offered = await oleg.wait_for(lambda message: "Извиниться" in message.labels, chat=team)
        assert offered.reply_to == card.id
        data = button(offered, "Извиниться")
        await asyncio.gather(oleg.forge_tap(offered, data), product.pavel.forge_tap(offered, data))
        answer = await got(anna, "простите")
        assert answer.text == "Служба доставки\n\nАнна, простите за заказ 42."
        await oleg.wait_for_edit(offered, lambda message: not message.labels)
        await oleg.write("И приезжайте за новым", chat=team, reply_to=offered)
        await got(anna, "приезжайте")
        assert len([message for message in anna.see() if "простите" in message.text]) == 1
        assert await count(product, "select count(*) from staff_messages where origin = 'template'") == 1


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_two_answer_at_once_one_has_the_case_and_by_first_name(talkative: Product) -> None:
    product = talkative
    product.catalogue = TALKATIVE.replace("recovery:\n", "recovery:\n  shown_as: first_name\n")
    async with product.running():
        card = await complain(product)
        await asyncio.gather(
            product.oleg.write("Это Олег", chat=product.team, reply_to=card),
            product.pavel.write("Это Павел", chat=product.team, reply_to=card),
        )
        one, other = await got(product.anna, "Это Олег"), await got(product.anna, "Это Павел")
        assert (one.text, other.text) == ("Олег\n\nЭто Олег", "Павел\n\nЭто Павел")
        moves = await _column(product, "select move from case_moves order by id")
        assert moves == ["open", "claim", "await_customer"]


async def _column(product: Product, query: str) -> list[object]:
    async with product.database.autocommit() as transaction:
        return [row[0] for row in await transaction.rows(query)]


async def test_what_cannot_be_passed_on_is_told_in_the_chat(talkative: Product) -> None:
    product = talkative
    async with product.running():
        card = await complain(product)
        oleg, team = product.oleg, product.team
        sticker = await oleg.send_sticker(chat=team, reply_to=card)
        refusal = await got(oleg, "Отправьте текст, фото, голосовое или файл", chat=team)
        assert refusal.reply_to == sticker.id
        await oleg.send_photo(caption="ж" * 1024, chat=team, reply_to=card)
        await oleg.write("x" * 4096, chat=team, reply_to=card)
        assert (await product.anna.wait_for(lambda message: "xxx" in message.text)).text == "x" * 4096
        words = "ж" * 1024 if product.vk is None else f"Служба доставки\n\n{'ж' * 1024}"
        assert (await product.anna.wait_for(lambda message: message.kind == "photo")).text == words

        # a stranger who answers an old card of theirs is a customer like any other
        stranger = product.boris
        await stranger.wait_for(after=await stranger.start())
        async with product.database.autocommit() as transaction:
            await transaction.run(
                "insert into case_posts (chat_id, message_id, case_id, kind, posted_at) values ($1, $2, 1, 'card', $3)",
                stranger.id,
                stranger.last().id,
                product.clock.now(),
            )
        written = await stranger.write("А я?", reply_to=stranger.last())
        await stranger.wait_for(lambda message: "показали его команде" in message.text, after=written)
        assert all("А я?" not in message.text for message in product.anna.see())
        # what is no answer to the bot is none of its business
        await oleg.write("Кто возьмёт?", chat=team)
        await oleg.write("/cases", chat=team, reply_to=card)
        assert all("возьмёт" not in message.text and "/cases" not in message.text for message in product.anna.see())


async def test_a_blocked_customer(talkative: Product) -> None:
    product = talkative
    async with product.running():
        card = await complain(product)
        oleg, team = product.oleg, product.team
        fault = product.forbid(product.anna, times=None)
        wrote = await oleg.write("Вы тут?", chat=team, reply_to=card)
        why = {"telegram": "он заблокировал бота", "vk": "он не разрешает писать ему"}[product.channel]
        told = await got(oleg, why, chat=team, after=wrote)
        assert told.reply_to == wrote.id
        await card_shows(product, card, "не доставлен", why)
        await oleg.write("Алло?", chat=team, reply_to=card)
        await got(oleg, "Ответить некуда", chat=team)
        assert await count(product, "select count(*) from staff_messages") == 1
        product.messenger.faults.remove(fault)
        await product.anna.write("Я снова тут")
        await got(oleg, "Я снова тут", chat=team)
        await oleg.write("Отлично", chat=team, reply_to=card)
        await got(product.anna, "Отлично")


async def test_a_settled_case_stays_settled_and_the_answer_to_it_comes_back(talkative: Product) -> None:
    product = talkative
    async with product.running():
        card = await complain(product)
        await resolve(product, card)
        await product.oleg.write("Вернули деньги", chat=product.team, reply_to=card)
        answer = await got(product.anna, "Вернули")
        await card_shows(product, card, "доставлен")
        await product.anna.write("Спасибо!", reply_to=answer)
        relayed = await got(product.oleg, "Спасибо!", chat=product.team, after=card)
        assert relayed.reply_to == card.id
        await card_shows(product, card, "Новое от клиента", "Решено")
        assert await count(product, "select state from cases") == "resolved"


async def test_an_answer_on_its_way_when_a_process_dies_goes_again_first_and_says_so(talkative: Product) -> None:
    product = talkative
    async with product.running():
        card = await complain(product)
        product.fail_sending(product.anna, FaultKind.RESET, executed=True)
        for number in range(3):
            await product.oleg.write(f"Ответ {number}", chat=product.team, reply_to=card)
        await got(product.anna, "Ответ 2", deadline=10)
        said = [message.text for message in product.anna.see() if "Ответ" in message.text]
        # VK shows what comes again once, Telegram as often as it comes
        twice = product.vk is None
        assert [text[-1] for text in said] == (["0", "0", "1", "2"] if twice else ["0", "1", "2"])
        assert ["Повтор" in text for text in said] == ([False, True, False, False] if twice else [False] * 3)
    # a row that a dead process left in hand
    async with product.database.autocommit() as transaction:
        await transaction.run(
            "update schedule set state = 'sending', claimed_at = clock_timestamp(), attempts = attempts + 1,"
            " first_tried_at = clock_timestamp(), message_id = null"
            " where kind = 'reply' and subject_id = 3"
        )
        await transaction.run("update staff_messages set delivered_message_id = null where id = 3")
    async with product.running():
        await product.oleg.write("Ответ 3", chat=product.team, reply_to=card)
        await end_leases(product)
        await product.pass_time(timedelta(minutes=2))
        await got(product.anna, "Ответ 3", deadline=10)
        said = [message.text for message in product.anna.see() if "Ответ" in message.text]
        assert [text[-1] for text in said[-2:]] == ["2", "3"]
        assert ("Повтор" in said[-2]) is twice
        assert len(said) == (6 if twice else 4)


async def test_a_message_that_fits_nothing_becomes_a_complaint_or_is_answered(talkative: Product) -> None:
    product = talkative
    async with product.running():
        anna, boris, oleg, team = product.anna, product.boris, product.oleg, product.team
        await anna.start()
        written = await anna.write("Где мой торт?")
        kept = await anna.wait_for(lambda message: "Это жалоба" in message.labels, after=written)
        alone = await got(oleg, "Где мой торт?", chat=team)
        assert alone.labels == ("Открыть жалобу",)
        await anna.tap(kept, button(kept, "Это жалоба"))
        card = await product.card()
        under = await got(oleg, "Где мой торт?", chat=team, after=card)
        assert under.reply_to == card.id
        await oleg.wait_for_edit(alone, lambda message: not message.labels)

        await boris.start()
        await boris.write("Вы открыты?")
        relayed = await got(oleg, "Вы открыты?", chat=team)
        assert relayed.labels == ("Открыть жалобу",)
        await product.pavel.write("До восьми", chat=team, reply_to=relayed)
        await got(boris, "До восьми")
        await product.card("№ 2")
        cause = "select cause || ' ' || state || ' ' || claimed_by_name from cases where id = 2"
        assert await count(product, cause) == "staff waiting Павел"
        await boris.write("Спасибо")
        await got(oleg, "Спасибо", chat=team)
        assert await count(product, "select state from cases where id = 2") == "claimed"
        assert await count(product, "select count(*) from cases") == 2


@pytest.mark.customers_in("telegram", why="which of two comes first is decided behind the messengers")
async def test_an_answer_and_resolve_at_one_instant(talkative: Product) -> None:
    product = talkative
    async with product.running():
        card = await complain(product)
        database, catalogues, now = product.database, product.application.catalogues, product.clock.now()
        oleg = StaffActor(STAFF, "Олег", TEAM)
        for number in range(12):
            await recovery.reopen_case(database, catalogues, 1, oleg, now=now)
            words = StaffWords(10_000 + number, MessageKind.TEXT, f"Гонка {number}.")
            said, resolved = await asyncio.gather(
                talking.reply_to_customer(database, catalogues, oleg, card.id, words, now=now),
                recovery.resolve_case(database, catalogues, 1, oleg, now=now),
            )
            assert isinstance(said, talking.Said)
            assert isinstance(resolved, recovery.Moved)
            assert await count(product, "select state from cases") == "resolved"
        product.application.wake()
        await got(product.anna, "Гонка 11.", deadline=20)
        assert len([call for call in sent_to(product, ANNA) if "Гонка" in str(call.parameters["text"])]) == 12
