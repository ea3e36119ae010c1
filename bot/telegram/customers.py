"""What customers do in their chat with the bot: answer, write, connect, stop."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, User

from bot.clock import Clock
from bot.screens.actions import Action, decode
from bot.screens.customer_actions import (
    AgreeToOffers,
    AskAfterAll,
    ChangeScore,
    ChooseLanguage,
    ChooseReason,
    Complain,
    ComplainAbout,
    FinishReasons,
    ForgetMe,
    KeepMe,
    KeepScore,
    Rate,
    Resume,
    SayNotSolved,
    SaySolved,
    SkipComment,
    StopAsking,
    TellUs,
)
from bot.screens.dialogue import answer_screen, closed_summary, stale_tap_text, tap_text
from bot.screens.last_word import last_word_screen, not_yours_text
from bot.screens.offers import offers_settled_screen
from bot.screens.people import complaint_offer_screen, connect_screen, people_screen, unknown_command_screen
from bot.screens.screen import Screen
from bot.telegram.answers import DirectAnswers
from bot.telegram.written import incoming
from surveys import answering, complaining, declining, editing, last_word, linking, messages, people
from surveys.actors import Actor
from surveys.answer_views import (
    AnswerView,
    AskComment,
    AskReasons,
    Closed,
    Kept,
    NotYours,
    ScoreLocked,
    Telling,
    Thanks,
)
from surveys.last_word import NotYourCase
from surveys.messages import IncomingMessage
from surveys.publishing import Catalogues
from surveys.rules.dialogue import MessageKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from surveys.storage import Database

_CHANNEL = "telegram"
_GONE = {"kicked", "left"}


class Albums:
    """Albums somebody sent lately: Telegram brings each picture as a message of its own, and one answer is enough."""

    def __init__(self, kept: int = 1000) -> None:
        self._kept = kept
        self._seen: OrderedDict[tuple[int, str], None] = OrderedDict()

    def is_new(self, chat_id: int, album_id: str) -> bool:
        """Whether this is the first message of the album, as far as this process knows."""
        key = (chat_id, album_id)
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > self._kept:
            self._seen.popitem(last=False)
        return True


@dataclass(frozen=True, slots=True)
class CustomerDesk:
    """What customers' handlers work with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    clock: Clock
    wake: Callable[[], None]
    albums: Albums = field(default_factory=Albums)

    async def start(self, message: Message, command: CommandObject) -> None:
        """/start, with or without a link's key."""
        key = (command.args or "").strip() or None
        now = self.clock.now()
        view = await linking.connect(self.database, self.catalogues, _actor(message.from_user), key, now=now)
        self.wake()
        await self.answers.send(message.chat.id, connect_screen(view))

    async def stop(self, message: Message) -> None:
        """/stop."""
        now = self.clock.now()
        view = await people.opt_out(self.database, self.catalogues, _actor(message.from_user), now=now)
        await self.answers.send(message.chat.id, people_screen(view))

    async def resume(self, message: Message) -> None:
        """/resume."""
        now = self.clock.now()
        view = await people.opt_in(self.database, self.catalogues, _actor(message.from_user), now=now)
        await self.answers.send(message.chat.id, people_screen(view))

    async def language(self, message: Message) -> None:
        """/language."""
        view = await people.offer_languages(self.database, self.catalogues, _actor(message.from_user))
        await self.answers.send(message.chat.id, people_screen(view))

    async def privacy(self, message: Message) -> None:
        """/privacy."""
        view = await people.describe_privacy(self.database, self.catalogues, _actor(message.from_user))
        await self.answers.send(message.chat.id, people_screen(view))

    async def my_data(self, message: Message) -> None:
        """/mydata."""
        view = await people.my_data(self.database, self.catalogues, _actor(message.from_user))
        await self.answers.send(message.chat.id, people_screen(view))

    async def forget(self, message: Message) -> None:
        """/forget asks first."""
        view = await people.offer_to_forget(self.database, self.catalogues, _actor(message.from_user))
        await self.answers.send(message.chat.id, people_screen(view))

    async def complaint(self, message: Message, command: CommandObject) -> None:
        """/complaint: with words it is a complaint at once, without it offers to call a person."""
        actor, words = _actor(message.from_user), (command.args or "").strip()
        if not words:
            language = await people.speak_to(self.database, self.catalogues, actor)
            await self.answers.send(message.chat.id, complaint_offer_screen(language))
            return
        said = IncomingMessage(message.message_id, MessageKind.TEXT, words)
        view = await complaining.complain(self.database, self.catalogues, actor, said, now=self.clock.now())
        self.wake()
        await self.answers.send(message.chat.id, answer_screen(view))

    async def unknown_command(self, message: Message) -> None:
        """A command that does not exist, or not for them."""
        language = await people.speak_to(self.database, self.catalogues, _actor(message.from_user))
        await self.answers.send(message.chat.id, unknown_command_screen(language))

    async def write(self, message: Message) -> None:
        """Anything else they send."""
        now = self.clock.now()
        view = await messages.take_message(
            self.database, self.catalogues, _actor(message.from_user), incoming(message), now=now
        )
        self._wake_for(view)
        if message.media_group_id is not None and not self.albums.is_new(message.chat.id, message.media_group_id):
            return
        await self.answers.send(message.chat.id, answer_screen(view))
        await self._close_question(message.chat.id, view)

    async def edit(self, message: Message) -> None:
        """They changed what they sent; nobody is answered unless it is the first that is heard of it."""
        view = await editing.edit_message(
            self.database, self.catalogues, _actor(message.from_user), incoming(message), now=self.clock.now()
        )
        self.wake()
        if view is not None:
            await self.answers.send(message.chat.id, answer_screen(view))

    async def tap(self, callback: CallbackQuery) -> None:
        """A choice of a message; one that means nothing is answered and changes nothing."""
        action, actor = decode(callback.data or ""), _actor(callback.from_user)
        message = callback.message
        if message is not None and message.chat.id != actor.external_id:
            action = None
        if action is None:
            language = await people.speak_to(self.database, self.catalogues, actor)
            await self.answers.tap(callback.id, stale_tap_text(language))
            return
        view = await self._answer(action, actor)
        if view is not None:
            self._wake_for(view)
            screen = None if isinstance(view, (Closed, NotYours)) else answer_screen(view)
            await self._show(callback, screen, tap_text(view))
            return
        if isinstance(action, (SaySolved, SayNotSolved)):
            await self._take_last_word(callback, action, actor)
            return
        settled = await self._settle(action, actor)
        if settled is None:
            settled_text = stale_tap_text(await people.speak_to(self.database, self.catalogues, actor))
            await self.answers.tap(callback.id, settled_text)
            return
        await self._show(callback, settled, None)

    async def membership(self, event: ChatMemberUpdated) -> None:
        """They blocked the bot, or let it write again."""
        now = self.clock.now()
        if event.new_chat_member.status in _GONE:
            await people.note_blocked(self.database, _CHANNEL, [event.chat.id], now=now)
            return
        await people.note_unblocked(self.database, self.catalogues, _actor(event.from_user), now=now)
        self.wake()

    async def _answer(self, action: Action, actor: Actor) -> AnswerView | None:
        """What the dialogue answers; None for an action outside it."""
        database, catalogues, now = self.database, self.catalogues, self.clock.now()
        view: AnswerView | None = None
        match action:
            case Rate(invitation_id, score):
                view = await answering.give_score(database, catalogues, actor, invitation_id, score, now=now)
            case ChooseReason(response_id, reason, chosen):
                view = await answering.toggle_reason(
                    database, catalogues, actor, response_id, reason, chosen=bool(chosen), now=now
                )
            case FinishReasons(response_id):
                view = await answering.finish_reasons(database, catalogues, actor, response_id, now=now)
            case SkipComment(response_id):
                view = await answering.skip_comment(database, catalogues, actor, response_id, now=now)
            case ChangeScore(response_id):
                view = await answering.show_scale_again(database, catalogues, actor, response_id, now=now)
            case KeepScore(response_id):
                view = await answering.show_answer(database, catalogues, actor, response_id, now=now)
            case StopAsking() | AskAfterAll() | TellUs():
                view = await self._decline(action, actor)
        return view

    async def _decline(self, action: StopAsking | AskAfterAll | TellUs, actor: Actor) -> AnswerView:
        """What somebody may want instead of answering."""
        database, catalogues, now = self.database, self.catalogues, self.clock.now()
        match action:
            case StopAsking(invitation_id):
                return await declining.stop_asking(database, catalogues, actor, invitation_id, now=now)
            case AskAfterAll(invitation_id):
                return await declining.ask_after_all(database, catalogues, actor, invitation_id, now=now)
            case TellUs(invitation_id):
                return await complaining.tell_us(database, catalogues, actor, invitation_id, now=now)

    async def _take_last_word(self, callback: CallbackQuery, action: SaySolved | SayNotSolved, actor: Actor) -> None:
        """Whether their complaint is solved."""
        word = await last_word.say_solved(
            self.database,
            self.catalogues,
            actor,
            action.case_id,
            action.round,
            solved=isinstance(action, SaySolved),
            now=self.clock.now(),
        )
        if isinstance(word, NotYourCase):
            await self.answers.tap(callback.id, not_yours_text(word))
            return
        self.wake()
        await self._show(callback, last_word_screen(word), None)

    async def _settle(self, action: Action, actor: Actor) -> Screen | None:
        """What people settle about themselves; None for an action that is nothing of the kind."""
        database, catalogues, now = self.database, self.catalogues, self.clock.now()
        screen: Screen | None = None
        match action:
            case Resume():
                screen = people_screen(await people.opt_in(database, catalogues, actor, now=now))
            case ChooseLanguage(place):
                screen = people_screen(await people.choose_language(database, catalogues, actor, place, now=now))
            case ForgetMe():
                screen = people_screen(await people.forget(database, catalogues, actor, now=now))
                self.wake()
            case KeepMe():
                screen = people_screen(await people.keep_after_all(database, catalogues, actor))
            case AgreeToOffers(agreed):
                view = await people.settle_offers(database, catalogues, actor, agreed=bool(agreed), now=now)
                screen = offers_settled_screen(view)
            case Complain():
                screen = answer_screen(await complaining.complain(database, catalogues, actor, now=now))
                self.wake()
            case ComplainAbout(message_id):
                about = await complaining.complain_about(database, catalogues, actor, message_id, now=now)
                screen = answer_screen(about)
                self.wake()
        return screen

    async def _show(self, callback: CallbackQuery, screen: Screen | None, text: str | None) -> None:
        """Stop the spinner and redraw the message, both at once: what they show is committed."""
        if screen is None:
            await self.answers.tap(callback.id, text)
        elif callback.message is None:
            await asyncio.gather(self.answers.tap(callback.id, text), self.answers.send(callback.from_user.id, screen))
        else:
            await asyncio.gather(
                self.answers.tap(callback.id, text),
                self.answers.edit(callback.message.chat.id, callback.message.message_id, screen),
            )

    async def _close_question(self, chat_id: int, view: AnswerView) -> None:
        """The dialogue went on in a new message, so the question's own one loses its choices."""
        if not isinstance(view, (AskReasons, AskComment, Thanks)) or (isinstance(view, Thanks) and view.added):
            return
        message_id = view.answer.question.message_id
        if message_id is not None:
            await self.answers.edit(chat_id, message_id, closed_summary(view.answer))

    def _wake_for(self, view: AnswerView) -> None:
        """Cards and messages for staff go out at once, not with the next tick."""
        match view:
            case Kept() | Telling():
                self.wake()
            case AskReasons(answer) | AskComment(answer) | Thanks(answer) | ScoreLocked(answer) if answer.has_case:
                self.wake()
            case _:
                pass


def build_customer_router(desk: CustomerDesk) -> Router:
    """Everything customers do; include it behind the routers of staff, managers and owners."""
    router = Router(name="customers")
    private = F.chat.type == "private"
    router.message.register(desk.start, private, Command("start"))
    router.message.register(desk.stop, private, Command("stop"))
    router.message.register(desk.resume, private, Command("resume"))
    router.message.register(desk.language, private, Command("language"))
    router.message.register(desk.privacy, private, Command("privacy"))
    router.message.register(desk.my_data, private, Command("mydata"))
    router.message.register(desk.forget, private, Command("forget"))
    router.message.register(desk.complaint, private, Command("complaint"))
    router.message.register(desk.unknown_command, private, F.text.startswith("/"))
    router.message.register(desk.write, private)
    router.edited_message.register(desk.edit, private, ~F.text.startswith("/"))
    router.callback_query.register(desk.tap)
    router.my_chat_member.register(desk.membership, private)
    return router


def _actor(user: User | None) -> Actor:
    # Only channel posts come without a sender, and these handlers see private chats alone.
    assert user is not None
    return Actor(_CHANNEL, user.id, user.full_name or None, user.language_code)
