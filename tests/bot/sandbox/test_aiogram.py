"""aiogram's own Bot and Dispatcher, unmodified, against the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.filters import KICKED, MEMBER, ChatMemberUpdatedFilter, CommandObject, CommandStart
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BufferedInputFile,
    CallbackQuery,
    ChatMemberUpdated,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from bot.sandbox import Fault, FaultKind, TelegramSandbox
from tests.bot.sandbox.conformance import ServeTelegram

KEYBOARD = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text=str(score), callback_data=f"r:{score}") for score in range(1, 6)]]
)


@asynccontextmanager
async def _bot(telegram: TelegramSandbox, token: str | None = None) -> AsyncIterator[Bot]:
    server = TelegramAPIServer.from_base(telegram.api_url)
    bot = Bot(token or telegram.token, session=AiohttpSession(api=server))
    try:
        yield bot
    finally:
        await bot.session.close()


@pytest.fixture
async def bot(telegram: TelegramSandbox) -> AsyncIterator[Bot]:
    async with _bot(telegram) as opened:
        yield opened


def _build_router(log: list[str]) -> Router:
    router = Router()

    @router.message(CommandStart())
    async def start(message: Message, command: CommandObject) -> None:
        await message.answer(f"<b>Hello</b>, key {command.args}", parse_mode="HTML", reply_markup=KEYBOARD)

    @router.callback_query(F.data.startswith("r:"))
    async def rate(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        await query.message.edit_text(f"You gave {query.data}")
        await query.answer("Thanks", show_alert=True)

    @router.message(F.voice)
    async def voice(message: Message, bot: Bot) -> None:
        assert message.voice is not None
        content = await bot.download(message.voice)
        assert content is not None
        await message.reply_voice(BufferedInputFile(content.read(), "copy.oga"), caption="heard")

    @router.my_chat_member(ChatMemberUpdatedFilter(KICKED))
    async def blocked(_event: ChatMemberUpdated) -> None:
        log.append("blocked")

    @router.my_chat_member(ChatMemberUpdatedFilter(MEMBER))
    async def unblocked(_event: ChatMemberUpdated) -> None:
        log.append("unblocked")

    @router.message()
    async def anything(message: Message) -> None:
        await message.reply(f"you said {message.text or message.content_type.value}")

    return router


async def _talk(telegram: TelegramSandbox, log: list[str]) -> None:
    anna = telegram.add_person(1, "Anna")
    await anna.start("KEY-1")
    question = await anna.wait_for(lambda message: "key KEY-1" in message.text)
    assert question.labels == ("1", "2", "3", "4", "5")
    assert question.entities == ({"type": "bold", "offset": 0, "length": 5},)
    assert await anna.tap(question, "4") == "Thanks"
    assert anna.last_popup is not None
    assert anna.last_popup.alert
    await anna.wait_for_edit(question, lambda message: message.text == "You gave r:4")
    await anna.send_voice(b"OggS my voice")
    heard = await anna.wait_for(lambda message: message.kind == "voice")
    assert heard.text == "heard"
    assert telegram.world.files[str(heard.file_id)].content == b"OggS my voice"
    written = await anna.write("<i>plain</i>")
    reply = await anna.wait_for(lambda message: message.text == "you said <i>plain</i>")
    assert reply.reply_to == written.id
    await anna.send_sticker()
    await anna.wait_for(lambda message: message.text == "you said sticker")
    await anna.block()
    await anna.start()
    await anna.wait_for(lambda message: "key None" in message.text)
    # Membership comes in a queue of its own: by webhook it may arrive after the message.
    async with asyncio.timeout(5):
        while log != ["blocked", "unblocked"]:
            await asyncio.sleep(0)


async def test_a_dispatcher_by_polling(serve_telegram: ServeTelegram) -> None:
    log: list[str] = []
    dispatcher = Dispatcher()
    dispatcher.include_router(_build_router(log))
    async with serve_telegram(pace=False) as telegram, _bot(telegram) as bot:
        polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=10))
        try:
            await _talk(telegram, log)
        finally:
            await dispatcher.stop_polling()
            await polling
        allowed = telegram.journal.calls("getUpdates")[0].parameters["allowed_updates"]
        assert sorted(str(allowed).strip("[]").replace('"', "").split(", ")) == [
            "callback_query",
            "message",
            "my_chat_member",
        ]


async def test_a_dispatcher_by_webhook(serve_telegram: ServeTelegram) -> None:
    log: list[str] = []
    dispatcher = Dispatcher()
    dispatcher.include_router(_build_router(log))
    application = web.Application()
    async with serve_telegram(pace=False) as telegram, _bot(telegram) as bot:
        handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token="s-1")
        handler.register(application, path="/hook")
        setup_application(application, dispatcher, bot=bot)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            await bot.set_webhook(
                f"http://127.0.0.1:{port}/hook",
                secret_token="s-1",
                allowed_updates=dispatcher.resolve_used_update_types(),
            )
            await _talk(telegram, log)
            async with asyncio.timeout(5):
                while (await bot.get_webhook_info()).pending_update_count:
                    await asyncio.sleep(0)
        finally:
            await runner.cleanup()


async def test_methods_come_back_as_aiogram_types(telegram: TelegramSandbox, bot: Bot) -> None:
    anna = telegram.add_person(1, "Anna", username="anna", started=True)
    group = telegram.add_group(-5, "Shop", [anna], bot_status="administrator")
    me = await bot.get_me()
    assert (me.id, me.is_bot, me.username) == (424242, True, "otklik_sandbox_bot")
    assert (await bot.get_chat(1)).first_name == "Anna"
    assert (await bot.get_chat(-5)).title == "Shop"
    assert (await bot.get_chat_member(-5, 1)).status == "creator"
    assert (await bot.get_chat_member(-5, me.id)).status == "administrator"
    assert len(await bot.get_chat_administrators(-5)) == 2
    assert await bot.get_chat_member_count(-5) == 2
    assert await bot.send_chat_action(1, "typing")
    photo = await bot.send_photo(1, BufferedInputFile(b"jpeg", "a.jpg"), caption="a", reply_markup=KEYBOARD)
    assert photo.photo is not None
    edited = await bot.edit_message_caption(chat_id=1, message_id=photo.message_id, caption="b")
    assert isinstance(edited, Message)
    assert edited.caption == "b"
    document = await bot.send_document(1, BufferedInputFile(b"text", "a.txt"))
    assert document.document is not None
    assert document.document.file_name == "a.txt"
    assert await bot.delete_message(1, document.message_id)
    group.kick_bot(anna)
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the group chat"):
        await bot.send_message(-5, "a")


async def test_command_menus_by_scope_and_language(telegram: TelegramSandbox, bot: Bot) -> None:
    anna, boris = telegram.add_person(1, started=True), telegram.add_person(2, "Boris", "en", started=True)
    stop, scores = BotCommand(command="stop", description="s"), BotCommand(command="scores", description="s")
    await bot.set_my_commands([stop], BotCommandScopeAllPrivateChats())
    await bot.set_my_commands([scores], BotCommandScopeChat(chat_id=2), language_code="en")
    assert anna.commands() == (("stop", "s"),)
    assert boris.commands() == (("scores", "s"),)
    boris.speak("ru")
    assert boris.commands() == (("stop", "s"),)
    (known,) = await bot.get_my_commands(BotCommandScopeAllPrivateChats())
    assert (known.command, known.description) == ("stop", "s")
    await bot.delete_my_commands(BotCommandScopeAllPrivateChats())
    assert anna.commands() == ()
    with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await bot.set_my_commands([BotCommand(command="Stop!", description="s")])
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.set_my_commands([stop], BotCommandScopeChat(chat_id=99))


async def test_errors_come_back_as_aiogram_errors(telegram: TelegramSandbox, bot: Bot) -> None:
    anna = telegram.add_person(1, started=True)
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(2, "a")
    telegram.fail(Fault(FaultKind.TOO_MANY_REQUESTS, retry_after=7))
    with pytest.raises(TelegramRetryAfter) as held:
        await bot.send_message(1, "a")
    assert held.value.retry_after == 7
    telegram.fail(Fault(FaultKind.SERVER_ERROR))
    with pytest.raises(TelegramServerError):
        await bot.send_message(1, "a")
    for executed in (False, True):
        telegram.fail(Fault(FaultKind.RESET, executed=executed))
        with pytest.raises(TelegramNetworkError):
            await bot.send_message(1, "b")
    assert [message.text for message in anna.see()] == ["b"]
    telegram.fail(Fault(FaultKind.HANG))
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(1, "c", request_timeout=1)
    group = telegram.add_group(-5, "Shop", [anna])
    new = group.upgrade()
    with pytest.raises(TelegramMigrateToChat) as moved:
        await bot.send_message(-5, "a")
    assert moved.value.migrate_to_chat_id == new.id
    async with _bot(telegram, "1:wrong") as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()
    with pytest.raises(TelegramNotFound):
        await bot.get_forum_topic_icon_stickers()


async def test_two_pollers_meet_a_conflict(telegram: TelegramSandbox, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    while not telegram.polling.is_held:
        await asyncio.sleep(0)
    async with _bot(telegram) as other:
        second = asyncio.create_task(other.get_updates(timeout=20))
        with pytest.raises(TelegramConflictError, match="terminated by other getUpdates"):
            await first
        await bot.set_webhook("http://127.0.0.1:9/")
        with pytest.raises(TelegramConflictError, match="terminated by setWebhook"):
            await second
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == []
    with suppress(asyncio.CancelledError):
        first.cancel()
