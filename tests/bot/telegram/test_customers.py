"""Customers in their chat with the bot, over real HTTP against the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta

import pytest_asyncio

from bot.answers import DirectAnswers
from bot.budget import Budget
from bot.clock import MovableClock
from bot.sandbox import Person, TelegramSandbox
from bot.sandbox.telegram.views import MessageView
from bot.screens.dialogue import invitation_screen
from bot.screens.screen import Run, Screen
from bot.telegram.client import TelegramClient
from bot.telegram.customers import CustomerDesk, build_customer_router
from bot.telegram.dispatching import allowed_updates, build_bot, build_dispatcher
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.polling import Polling
from bot.telegram.updates import UpdateHandling
from surveys import people
from surveys.due import AskInvitation
from surveys.rules.sending import Accepted
from surveys.storage import Database
from tests.dialogue_scene import NOON, Scene, open_shop


@dataclass
class Chat:
    """The bot at work, and Anna and Boris who write to it."""

    scene: Scene
    telegram: TelegramSandbox
    messenger: TelegramMessenger
    clock: MovableClock
    anna: Person
    boris: Person
    wakes: list[None]

    async def ask(self, event_id: str = "e-1", *, touchpoint: str = "delivery", language: str = "ru") -> MessageView:
        """Anna is asked about an event, as delivery would do it."""
        asked = await self.scene.ask(event_id, touchpoint=touchpoint, language=language)
        survey = self.scene.catalogues.in_force.catalogue.surveys[
            str(await self.scene.value("select survey from invitations where id = $1", asked))
        ]
        work = AskInvitation(asked, touchpoint, "", survey, language, {"name": "Анна <&>"})
        sent = await self.messenger.send(self.anna.id, invitation_screen(work))
        assert isinstance(sent, Accepted)
        await self.scene.run("update invitations set message_id = $2 where id = $1", asked, sent.message_id)
        return next(message for message in self.anna.see() if message.id == sent.message_id)

    async def says(self, words: str, *, person: Person | None = None) -> MessageView:
        """Wait until the bot's message says this."""
        return await (person or self.anna).wait_for(lambda message: words in message.text)


@pytest_asyncio.fixture
async def chat(database: Database, telegram: TelegramSandbox) -> AsyncGenerator[Chat, None]:
    scene = await open_shop(database)
    clock = MovableClock(NOON)
    wakes: list[None] = []
    async with TelegramClient(telegram.token, telegram.api_url) as client:
        messenger = TelegramMessenger(client)
        answers = DirectAnswers(messenger, Budget(database, "telegram", 0))
        desk = CustomerDesk(database, scene.catalogues, answers, clock, lambda: wakes.append(None))
        dispatcher = build_dispatcher([build_customer_router(desk)])
        handling = UpdateHandling(database, dispatcher, build_bot(telegram.token), clock, lambda: None)
        polling = Polling(database, client, handling, allowed_updates(dispatcher), wait=1)
        stop = asyncio.Event()
        running = asyncio.create_task(polling.run(stop))
        await polling.first_poll.wait()
        anna = telegram.add_person(111, "Анна", "ru", started=True)
        boris = telegram.add_person(222, "Boris", "en")
        yield Chat(scene, telegram, messenger, clock, anna, boris, wakes)
        stop.set()
        await running


async def test_one_message_grows_with_the_answer(chat: Chat) -> None:
    asked = await chat.ask()
    assert asked.text.startswith("Анна <&>, как вам доставка?")
    assert [button.text for button in asked.buttons] == ["1", "2", "3", "4", "5", "Больше не спрашивать"]
    assert await chat.anna.tap(asked, "2") == ""
    reasons = await chat.says("Что было не так?")
    assert reasons == asked
    assert "Ваша оценка: 2" in reasons.text
    assert [button.text for button in reasons.buttons] == ["Опоздали", "Остыло", "Пропустить", "Изменить оценку"]
    await chat.anna.tap(reasons, "Опоздали")
    ticked = await chat.anna.wait_for(lambda message: any(button.text == "✓ Опоздали" for button in message.buttons))
    await chat.anna.tap(ticked, "Готово")
    comment = await chat.says("Что случилось, Анна?")
    await chat.anna.write("Торт <b>всмятку</b> & всё")
    thanks = await chat.says("Спасибо, что сказали прямо")
    assert thanks != comment
    await chat.anna.wait_for(lambda message: message == asked and not message.buttons)
    assert await chat.scene.value("select comment from responses") == "Торт <b>всмятку</b> & всё"
    assert len(chat.wakes) >= 1


async def test_review_links_are_offered_whatever_the_score(chat: Chat) -> None:
    for event_id, score in (("e-1", "1"), ("e-2", "5")):
        asked = await chat.ask(event_id)
        await chat.anna.tap(asked, score)
        await chat.anna.tap(await chat.anna.wait_for_edit(asked), "Пропустить")
        await chat.anna.wait_for(lambda message, asked=asked: message == asked and "голосовое" in message.text)
        await chat.anna.tap(asked, "Пропустить")
        done = await chat.anna.wait_for(
            lambda message, asked=asked: message == asked and any(button.url for button in message.buttons)
        )
        assert [button.url for button in done.buttons if button.url] == ["https://maps.example/bakery"]


async def test_a_score_can_be_changed_in_place(chat: Chat) -> None:
    asked = await chat.ask(touchpoint="visit")
    assert len(asked.buttons) == 12
    await chat.anna.tap(asked, "10")
    await chat.says("Ваша оценка: 10")
    await chat.anna.tap(asked, "Изменить оценку")
    await chat.says("Выберите новую оценку")
    await chat.anna.tap(asked, "3")
    await chat.says("Ваша оценка: 3")
    assert await chat.scene.value("select score from responses") == 3
    chat.clock.move_by(timedelta(days=2))
    popup = await chat.anna.forge_tap(asked, f"r:{await chat.scene.value('select id from invitations')}:9")
    assert "Осталась прежняя: 3" in popup
    assert await chat.scene.value("select score from responses") == 3


async def test_forged_taps_are_answered_and_store_nothing(chat: Chat) -> None:
    asked = await chat.ask()
    before = asked.text
    for data in (
        "r:999999:5",
        "r:1:99",
        "",
        "x",
        "r:1",
        "r:1:2:3",
        "r:-1:2",
        "t:1:0:1",
        "cc:1",
        "mr:5",
        "r:١:٢",
        "f:9" * 20,
    ):
        if data:
            assert await chat.anna.forge_tap(asked, data) != ""
    assert asked.text == before
    assert await chat.scene.count("responses") == 0
    assert await chat.scene.count("updates_set_aside") == 0


async def test_another_persons_tap_is_refused(chat: Chat) -> None:
    asked = await chat.ask()
    await chat.boris.start()
    welcome = await chat.says("This is the bot of", person=chat.boris)
    data = next(button.data for button in asked.buttons if button.text == "1")
    assert await chat.boris.forge_tap(welcome, str(data)) == "This question was asked of somebody else."
    assert await chat.scene.count("responses") == 0
    assert "This is the bot of" in welcome.text


async def test_a_late_low_tap_can_be_told_to_a_person(chat: Chat) -> None:
    asked = await chat.ask()
    chat.clock.move_by(timedelta(days=8))
    await chat.anna.tap(asked, "1")
    await chat.says("Срок ответа на этот вопрос прошёл")
    await chat.anna.tap(asked, "Рассказать")
    await chat.says("Напишите сюда, что случилось")
    await chat.anna.write("Привезли чужой заказ")
    await chat.says("Добавили к вашему обращению")
    assert (await chat.scene.count("responses"), await chat.scene.count("cases")) == (0, 1)


async def test_a_typed_score_closes_the_questions_scale(chat: Chat) -> None:
    asked = await chat.ask(touchpoint="visit")
    await chat.anna.write("9 из 10")
    shown = await chat.says("Ваша оценка: 9")
    assert shown != asked or shown.id > asked.id
    await chat.anna.wait_for(lambda message: message == asked and not message.buttons)


async def test_stickers_voices_and_photos(chat: Chat) -> None:
    asked = await chat.ask()
    await chat.anna.tap(asked, "1")
    await chat.says("Что было не так?")
    await chat.anna.send_sticker()
    await chat.says("Это мы не сможем передать")
    await chat.anna.send_voice()
    await chat.says("Спасибо, что сказали прямо")
    await chat.anna.send_photo(caption="вот")
    await chat.says("Добавили к вашему ответу")
    kinds = [row["kind"] for row in await chat.scene.rows("select kind from messages order by id")]
    assert kinds == ["other", "voice", "photo"]
    assert await chat.scene.value("select comment from responses") == "вот"


async def test_dont_ask_me_and_its_undoing(chat: Chat) -> None:
    asked = await chat.ask(language="en")
    await chat.anna.tap(asked, "Don't ask me")
    await chat.says("All right, no more questions")
    assert await chat.scene.value("select count(*) from persons where opted_out_at is not null") == 1
    await chat.anna.tap(asked, "Ask me after all")
    await chat.anna.wait_for(lambda message: message == asked and len(message.buttons) == 6)
    assert await chat.scene.value("select count(*) from persons where opted_out_at is not null") == 0


async def test_an_order_link_from_a_parcel(chat: Chat) -> None:
    links = await people.make_links(chat.scene.database, "c-1", ["42"], now=NOON)
    await chat.boris.start(links.order_keys["42"])
    await chat.says("how order 42 went", person=chat.boris)
    await chat.anna.start(links.order_keys["42"])
    await chat.says("уже открыли из другого аккаунта")
    await chat.anna.start("nonsense")
    await chat.says("Такой ссылки нет")


async def test_commands_of_a_customer(chat: Chat) -> None:
    await chat.boris.start()
    for command, words in (
        ("/stop", "no more questions"),
        ("/resume", "we may ask again"),
        ("/privacy", "What Пекарня keeps about you"),
        ("/mydata", "What is kept about you"),
        ("/complaint", "We will call a person"),
        ("/cases", "There is no such command"),
        ("/complaint The barista was rude", "Thank you for telling us"),
        ("hello?", "Added to your complaint"),
    ):
        written = await chat.boris.write(command)
        await chat.boris.wait_for(lambda message, words=words: words in message.text, after=written)
    assert [row["cause"] for row in await chat.scene.rows("select cause from cases")] == ["complaint"]


async def test_choosing_a_language(chat: Chat) -> None:
    await chat.boris.write("/language")
    offer = await chat.says("Which language", person=chat.boris)
    assert [button.text for button in offer.buttons] == ["Русский", "English"]
    await chat.boris.tap(offer, "Русский")
    await chat.says("говорим по-русски", person=chat.boris)


async def test_forgetting_asks_first(chat: Chat) -> None:
    asked = await chat.ask()
    await chat.anna.tap(asked, "5")
    await chat.anna.write("/forget")
    offer = await chat.says("Стереть всё")
    await chat.anna.tap(offer, "Нет, оставить")
    await chat.says("ничего не стёрли")
    assert await chat.scene.count("customers") == 1
    await chat.anna.write("/forget")
    offer = await chat.says("Стереть всё")
    await chat.anna.tap(offer, "Да, стереть всё")
    done = await chat.says("1 оценка осталась без имени")
    assert done == offer
    assert await chat.scene.count("customers") == 0


async def test_blocking_and_coming_back(chat: Chat) -> None:
    await chat.boris.start()
    await chat.says("This is the bot of", person=chat.boris)
    await chat.boris.block()
    await until_state(chat, "blocked")
    await chat.boris.start()
    await until_state(chat, "connected")


async def until_state(chat: Chat, state: str) -> None:
    """Wait until Boris' account is in this state; nothing is shown when it changes."""
    async with asyncio.timeout(5):
        while await chat.scene.value("select state from accounts where external_id = 222") != state:
            await asyncio.sleep(0.01)


async def test_groups_are_not_the_customers_place(chat: Chat) -> None:
    group = chat.telegram.add_group(-500, "Team", [chat.anna])
    await chat.anna.write("/stop", chat=group)
    await chat.anna.write("привет", chat=group)
    await chat.anna.write("/language")
    await chat.says("На каком языке")
    assert [message for message in group.see() if message.from_bot] == []
    assert await chat.scene.count("messages") == 0


async def test_a_tap_from_another_chat_than_the_persons_own_is_refused(chat: Chat) -> None:
    asked = await chat.ask()
    group = chat.telegram.add_group(-500, "Соседи", (chat.anna, chat.boris))
    forwarded = await chat.messenger.send(group.id, Screen(((Run("Как вам?"),),)))
    assert isinstance(forwarded, Accepted)
    shown = next(message for message in chat.boris.see(group) if message.id == forwarded.message_id)
    before = shown.text
    data = next(button.data for button in asked.buttons if button.text == "1")
    assert await chat.anna.forge_tap(shown, str(data)) != ""
    assert await chat.scene.count("responses") == 0
    assert shown.text == before, "nobody else sees what she was asked"


async def send_album(chat: Chat, album_id: str, first_id: int, pictures: int = 3) -> None:
    """Anna sends several pictures at once; wait until all are kept."""
    kept = await chat.scene.count("messages")
    assert isinstance(kept, int)
    sender = {"id": 111, "is_bot": False, "first_name": "Анна", "language_code": "ru"}
    for message_id in range(first_id, first_id + pictures):
        chat.telegram.updates.add_raw(
            {
                "message": {
                    "message_id": message_id,
                    "date": 1_800_000_000,
                    "chat": {"id": 111, "type": "private", "first_name": "Анна"},
                    "from": sender,
                    "media_group_id": album_id,
                    "photo": [{"file_id": f"p{message_id}", "file_unique_id": "u", "width": 90, "height": 67}],
                }
            }
        )
    async with asyncio.timeout(5):
        while await chat.scene.count("messages") != kept + pictures:
            await asyncio.sleep(0.01)


async def test_an_album_is_answered_once(chat: Chat) -> None:
    asked = await chat.ask()
    await chat.anna.tap(asked, "1")
    await chat.says("Что было не так?")
    await send_album(chat, "during", 9001)
    await chat.says("Спасибо, что сказали прямо")
    await send_album(chat, "afterwards", 9101)
    written = await chat.anna.write("/privacy")
    await chat.anna.wait_for(after=written)
    said = [message.text for message in chat.anna.see() if message.from_bot]
    assert sum("Спасибо, что сказали прямо" in text for text in said) == 1
    assert sum("Добавили к вашему ответу" in text for text in said) == 1, "the second album, and that once"
    assert await chat.scene.value("select count(*) from messages where response_id is not null") == 6
