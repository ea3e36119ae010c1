"""What customers do in their chat with the bot: answer, write, connect, stop."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, User

from bot.answers import DirectAnswers
from bot.arrivals import Doorway
from bot.clock import Clock
from bot.customers import CustomerChoices, has_moved_on
from bot.screens.actions import decode
from bot.screens.dialogue import answer_screen, closed_summary, stale_tap_text, tap_text
from bot.screens.linking import contact_screen, link_screen
from bot.screens.people import complaint_offer_screen, people_screen, unknown_command_screen
from bot.screens.screen import Screen
from bot.telegram.written import incoming
from surveys import complaining, editing, messages, people, uniting
from surveys.actors import Actor
from surveys.answer_views import AnswerView, Closed, NotYours
from surveys.messages import IncomingMessage
from surveys.publishing import Catalogues
from surveys.rules.dialogue import MessageKind
from surveys.uniting import SharedContact

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

    @property
    def choices(self) -> CustomerChoices:
        """What their choices lead to."""
        return CustomerChoices(self.database, self.catalogues, self.clock, self.wake)

    async def start(self, message: Message, command: CommandObject) -> None:
        """/start, with or without a link's key."""
        key = (command.args or "").strip() or None
        await self.doorway.welcome(_actor(message.from_user), key)

    @property
    def doorway(self) -> Doorway:
        """Where those who come with a key or a code are let in."""
        return Doorway(self.database, self.catalogues, self.answers, self.clock, self.wake)

    async def link(self, message: Message, command: CommandObject) -> None:
        """/link: a code for the other messenger, and the offer to share the number; /link CODE joins."""
        actor, written = _actor(message.from_user), (command.args or "").strip()
        view = await self.doorway.link(actor, written)
        await self.answers.send(message.chat.id, link_screen(view))
        if not written:
            await self.answers.send(message.chat.id, contact_screen(view.language))

    async def contact(self, message: Message) -> None:
        """A contact card: their own joins them with the shop's customers of that number."""
        assert message.contact is not None
        shared = SharedContact(message.contact.phone_number, message.contact.user_id)
        now = self.clock.now()
        view = await uniting.share_phone(self.database, self.catalogues, _actor(message.from_user), shared, now=now)
        self.wake()
        await self.answers.send(message.chat.id, link_screen(view))

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
        if await self.doorway.takes_code(_actor(message.from_user), message.text):
            return
        view = await messages.take_message(
            self.database, self.catalogues, _actor(message.from_user), incoming(message), now=now
        )
        self.choices.wake_for(view)
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
        view = await self.choices.answer(action, actor)
        if view is not None:
            screen = None if isinstance(view, (Closed, NotYours)) else answer_screen(view)
            await self._show(callback, screen, tap_text(view))
            return
        shown = await self.choices.settle(action, actor)
        if shown is None:
            stale_text = stale_tap_text(await people.speak_to(self.database, self.catalogues, actor))
            await self.answers.tap(callback.id, stale_text)
        elif shown.screen is not None and shown.as_new:
            await asyncio.gather(self.answers.tap(callback.id), self.answers.send(actor.external_id, shown.screen))
        else:
            await self._show(callback, shown.screen, shown.text)

    async def membership(self, event: ChatMemberUpdated) -> None:
        """They blocked the bot, or let it write again."""
        now = self.clock.now()
        if event.new_chat_member.status in _GONE:
            await people.note_blocked(self.database, _CHANNEL, [event.chat.id], now=now)
            return
        await people.note_unblocked(self.database, self.catalogues, _actor(event.from_user), now=now)
        self.wake()

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
        if not has_moved_on(view):
            return
        message_id = view.answer.question.message_id
        if message_id is not None:
            await self.answers.edit(chat_id, message_id, closed_summary(view.answer))


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
    router.message.register(desk.link, private, Command("link"))
    router.message.register(desk.contact, private, F.contact)
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
