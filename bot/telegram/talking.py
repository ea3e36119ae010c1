"""Staff talk to the customer: replies to what the bot showed them, their edits, templates, cases opened by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import Bot, F, Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.actions import decode
from bot.screens.calling import phone_request_texts
from bot.screens.staff_actions import (
    AskPhone,
    ClaimCase,
    MakeCase,
    ReopenCase,
    ResolveCase,
    SendTemplate,
    ShowTemplates,
)
from bot.screens.talking import (
    not_said_screen,
    opened_notice,
    say_notice,
    template_sent_screen,
    templates_screen,
)
from bot.telegram.roles import Roles, shown_name
from bot.telegram.written import staff_words
from surveys import opening_by_hand, talking
from surveys.publishing import Catalogues
from surveys.recovery import NoSuchCase, StaffActor
from surveys.rules.sending import Accepted
from surveys.talking import Said, TemplateChoices

if TYPE_CHECKING:
    from surveys.storage import Database


@dataclass(frozen=True, slots=True)
class TalkDesk:
    """What staff's words to customers need."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock
    wake: Callable[[], None]

    async def reply(self, message: Message) -> object:
        """A reply to a card, a relayed message, or anything else the bot showed about a case."""
        replied, sender = message.reply_to_message, message.from_user
        assert replied is not None
        assert sender is not None
        result = await talking.reply_to_customer(
            self.database,
            self.catalogues,
            await self._actor(message),
            replied.message_id,
            staff_words(message),
            now=self.clock.now(),
        )
        if isinstance(result, Said):
            self.wake()
        elif result is NoSuchCase.UNKNOWN or (result is NoSuchCase.NOT_YOURS and message.chat.type == "private"):
            # whoever may not work the case is a customer like any other
            return UNHANDLED
        else:
            screen = not_said_screen(result, self.catalogues.language)
            await self.answers.send(message.chat.id, screen, reply_to=message.message_id)
        return None

    async def edit(self, message: Message) -> object:
        """Staff changed what they wrote."""
        words = staff_words(message)
        known = await talking.edit_reply(self.database, self.catalogues, message.chat.id, words, now=self.clock.now())
        if not known:
            return UNHANDLED
        self.wake()
        return None

    async def show_templates(self, callback: CallbackQuery) -> None:
        """Reply on a card: what is one tap away, in a message that may be replied to as well."""
        action = decode(callback.data or "")
        if not isinstance(action, ShowTemplates) or callback.message is None:
            return
        actor = await self._tapper(callback)
        result = await talking.offer_templates(self.database, self.catalogues, action.case_id, actor)
        if not isinstance(result, TemplateChoices):
            await self.answers.tap(callback.id, say_notice(result, self.catalogues.language))
            return
        await self.answers.tap(callback.id)
        sent = await self.answers.send(actor.chat_id, templates_screen(result), reply_to=callback.message.message_id)
        if isinstance(sent, Accepted):
            await talking.note_post(
                self.database,
                chat_id=actor.chat_id,
                message_id=sent.message_id,
                case_id=action.case_id,
                now=self.clock.now(),
            )

    async def send_template(self, callback: CallbackQuery) -> None:
        """A template, one tap away."""
        action = decode(callback.data or "")
        if not isinstance(action, SendTemplate) or callback.message is None:
            return
        actor, offered_in = await self._tapper(callback), callback.message.message_id
        result = await talking.send_template(
            self.database,
            self.catalogues,
            action.case_id,
            action.template,
            actor,
            offered_in=offered_in,
            now=self.clock.now(),
        )
        self.wake()
        await self.answers.tap(callback.id, say_notice(result, self.catalogues.language))
        if isinstance(result, Said) and not result.again:
            await self.answers.edit(actor.chat_id, offered_in, template_sent_screen(result.view, actor.name))

    async def ask_phone(self, callback: CallbackQuery) -> None:
        """Ask for the number to call, where none is known."""
        action = decode(callback.data or "")
        if not isinstance(action, AskPhone) or callback.message is None:
            return
        languages = self.catalogues.in_force.catalogue.business.languages
        result = await talking.send_prepared(
            self.database,
            self.catalogues,
            action.case_id,
            phone_request_texts(languages),
            await self._tapper(callback),
            offered_in=callback.message.message_id,
            now=self.clock.now(),
        )
        self.wake()
        await self.answers.tap(callback.id, say_notice(result, self.catalogues.language))

    async def open_case(self, callback: CallbackQuery) -> None:
        """Open a case about a message that fitted nothing."""
        action = decode(callback.data or "")
        if not isinstance(action, MakeCase):
            return
        result = await opening_by_hand.open_case_of_message(
            self.database, self.catalogues, action.message_id, await self._tapper(callback), now=self.clock.now()
        )
        self.wake()
        await self.answers.tap(callback.id, opened_notice(result, self.catalogues.language))

    async def _actor(self, message: Message) -> StaffActor:
        sender = message.from_user
        assert sender is not None
        # who writes in the name of the group itself has no name of their own
        name = shown_name(sender) if message.sender_chat is None else message.author_signature or ""
        return await self._staff(sender.id, name, message.chat.id)

    async def _tapper(self, callback: CallbackQuery) -> StaffActor:
        chat_id = callback.from_user.id if callback.message is None else callback.message.chat.id
        return await self._staff(callback.from_user.id, shown_name(callback.from_user), chat_id)

    async def _staff(self, telegram_id: int, name: str, chat_id: int) -> StaffActor:
        joined = await self.roles.chats_of(telegram_id) if chat_id == telegram_id else frozenset[str]()
        return StaffActor(telegram_id, name, chat_id, joined)


class RepliesToPost(BaseFilter):
    """Passes replies to what the bot showed staff; in a customer's own chat there is nothing of the kind.

    A message whose sending was not written down (its process died) is known by its buttons.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, message: Message, bot: Bot) -> bool:
        """Whether the message replies to such a one."""
        replied = message.reply_to_message
        if replied is None or replied.from_user is None or message.from_user is None:
            return False
        if replied.from_user.id != bot.id:
            return False
        if await talking.is_post(self._database, message.chat.id, replied.message_id):
            return True
        case_id, about_message = _told_by_buttons(replied)
        if case_id is None and about_message is None:
            return False
        await talking.note_post(
            self._database,
            chat_id=message.chat.id,
            message_id=replied.message_id,
            case_id=case_id,
            about_message=about_message,
            now=self._clock.now(),
        )
        return True


def _told_by_buttons(message: Message) -> tuple[int | None, int | None]:
    """The case, or the customer's message, that the buttons of a message of ours are about."""
    for row in message.reply_markup.inline_keyboard if message.reply_markup is not None else ():
        for button in row:
            match decode(button.callback_data or ""):
                case ClaimCase(case_id) | ResolveCase(case_id) | ReopenCase(case_id) | ShowTemplates(case_id):
                    return case_id, None
                case MakeCase(message_id):
                    return None, message_id
                case _:
                    pass
    return None, None


def build_talk_router(desk: TalkDesk) -> Router:
    """Replies, edits and buttons of staff; include it before the customers' router."""
    router = Router(name="talking")
    is_no_command = ~F.text.startswith("/")
    router.message.register(desk.reply, is_no_command, RepliesToPost(desk.database, desk.clock))
    router.edited_message.register(desk.edit)
    router.callback_query.register(desk.show_templates, F.data.startswith("tt:"))
    router.callback_query.register(desk.send_template, F.data.startswith("ts:"))
    router.callback_query.register(desk.ask_phone, F.data.startswith("tp:"))
    router.callback_query.register(desk.open_case, F.data.startswith("to:"))
    return router
