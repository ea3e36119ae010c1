"""What customers do in their dialog with the community: answer, write, follow a link, stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from bot.answers import DirectAnswers
from bot.arrivals import Doorway
from bot.clock import Clock
from bot.customers import CustomerChoices, has_moved_on
from bot.screens.actions import decode
from bot.screens.dialogue import answer_screen, closed_summary, stale_tap_text, tap_text
from bot.screens.screen import Run, Screen
from bot.screens.words import noted_screen
from bot.vk.acquaintance import CHANNEL, Lately, Names, Programs
from bot.vk.drawing import lies_under_the_input
from bot.vk.events import Allowed, AttachedFile, Denied, Edited, PressedButton, Tapped, VkEvent, Written
from bot.vk.messenger import encode_tap
from bot.vk.wishes import Wishes, word_of
from bot.vk.words import Asked, Command, command_of
from surveys import editing, messages, people
from surveys.actors import Actor
from surveys.answer_views import AnswerView, AskScore, Closed, NotYours
from surveys.linking import Connected
from surveys.messages import IncomingMessage
from surveys.publishing import Catalogues
from surveys.rules.dialogue import GivenBy, MessageKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from surveys.storage import Database

_WORDS_UNDER_A_FILE: Final = 800
"""Characters; Telegram lets 1,024 stand there, and whose words they are comes before them."""

_FILES_OF_A_MESSAGE: Final = 16
"""More than VK lets into one message."""


@dataclass(frozen=True, slots=True)
class CustomerDesk:
    """What customers' events are handled with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    clock: Clock
    wake: Callable[[], None]
    names: Names
    programs: Programs
    followed: Lately = field(default_factory=Lately)

    async def take(self, event: VkEvent) -> None:
        """Handle one event; when this returns, its work is committed."""
        match event:
            case Written():
                await self._take_message(event)
            case Edited(message):
                await self._take_edit(message)
            case Tapped():
                await self._tap(event)
            case Allowed(user_id, key):
                await self._allow(user_id, key)
            case Denied(user_id):
                await people.note_blocked(self.database, CHANNEL, [user_id], now=self.clock.now())

    @property
    def choices(self) -> CustomerChoices:
        """What their choices lead to."""
        return CustomerChoices(self.database, self.catalogues, self.clock, self.wake)

    @property
    def wishes(self) -> Wishes:
        """What their words lead to."""
        return Wishes(self.database, self.catalogues, self.doorway, self.clock, self.wake)

    @property
    def doorway(self) -> Doorway:
        """Where those who come with a key or a code are let in."""
        return Doorway(self.database, self.catalogues, self.answers, self.clock, self.wake)

    async def _take_message(self, event: Written) -> None:
        actor = Actor(CHANNEL, event.user_id, await self.names.of(event.user_id), event.language)
        if event.ref is not None and (_is_greeting(event) or self.followed.is_new(event.user_id, event.ref)):
            await self._connect(event, actor, event.ref)
            if _is_greeting(event):
                return
        screens = await self._screens_for(event, actor)
        await self.programs.note(event.user_id, event.buttons)
        for screen in screens:
            await self.answers.send(event.user_id, screen)

    async def _connect(self, event: Written, actor: Actor, key: str) -> None:
        view = await self.doorway.open(actor, key)
        await self.programs.note(event.user_id, event.buttons)
        # who writes something of their own with the link reads the answer to that; a refused link is told anyway
        if _is_greeting(event) or not isinstance(view, Connected):
            await self.doorway.show(event.user_id, view)

    async def _screens_for(self, event: Written, actor: Actor) -> Sequence[Screen]:
        """What a message is answered with."""
        if event.button is not None:
            return await self._press(event.button, actor)
        asked = None if event.files else command_of(event.text)
        if event.is_start:
            asked = Asked(Command.START)
        screen = None if asked is None else await self.wishes.obey(asked, actor, event.number)
        if screen is not None:
            return (screen,)
        if not event.files and await self.doorway.takes_code(actor, event.text):
            return ()
        return await self._write(event, actor)

    async def _press(self, button: PressedButton, actor: Actor) -> Sequence[Screen]:
        """A text button: its choice is made, and the dialogue goes on in a new message."""
        word = word_of(button.action)
        if word is not None:
            return (await self.wishes.help_with(word, actor),)
        action = decode(button.action)
        if action is not None:
            given_by = GivenBy.KEYBOARD if button.by_keyboard else GivenBy.TAP
            view = await self.choices.answer(action, actor, given_by)
            if view is not None:
                return await self._go_on(actor, view, by_keyboard=button.by_keyboard)
            shown = await self.choices.settle(action, actor)
            if shown is not None:
                return (shown.screen or _words(shown.text or ""),)
        return (_words(stale_tap_text(await people.speak_to(self.database, self.catalogues, actor))),)

    async def _write(self, event: Written, actor: Actor) -> Sequence[Screen]:
        """Anything else they send: every file is kept, and answered once."""
        view: AnswerView | None = None
        for message in _incoming(event):
            taken = await messages.take_message(self.database, self.catalogues, actor, message, now=self.clock.now())
            self.choices.wake_for(taken)
            view = view or taken
        assert view is not None
        return await self._go_on(actor, view, by_keyboard=False)

    async def _go_on(self, actor: Actor, view: AnswerView, *, by_keyboard: bool) -> Sequence[Screen]:
        """The next step as a new message; what the question showed its choices in loses them."""
        screen = answer_screen(view)
        if not has_moved_on(view):
            return (screen,)
        answer = view.answer
        if lies_under_the_input(answer_screen(AskScore(answer.question))):
            # a pressed one has gone by itself, one that was typed past is taken away
            return (screen,) if by_keyboard else (noted_screen(answer.score, answer.question.language), screen)
        if answer.question.message_id is not None:
            await self.answers.edit(
                actor.external_id, answer.question.message_id, closed_summary(answer), or_send=False
            )
        return (screen,)

    async def _take_edit(self, event: Written) -> None:
        """They changed what they sent; nobody is answered unless it is the first that is heard of it."""
        asked = None if event.files else command_of(event.text)
        if event.button is not None or event.is_start or (asked is not None and asked.command is not Command.COMPLAINT):
            return
        # of «жалоба: …» only what follows the word was kept
        event = event if asked is None else replace(event, text=asked.words)
        actor, heard = Actor(CHANNEL, event.user_id), None
        for message in _incoming(event):
            now = self.clock.now()
            view = await editing.edit_message(self.database, self.catalogues, actor, message, now=now)
            heard = heard or view
        self.wake()
        if heard is not None:
            await self.answers.send(event.user_id, answer_screen(heard))

    async def _tap(self, event: Tapped) -> None:
        """A choice under a message; one that means nothing is answered and changes nothing."""
        actor, tap_id = Actor(CHANNEL, event.user_id), encode_tap(event.user_id, event.peer_id, event.event_id)
        word = word_of(event.action)
        if word is not None:
            await self.answers.tap(tap_id)
            await self.answers.send(event.user_id, await self.wishes.help_with(word, actor))
            return
        action = decode(event.action) if event.peer_id == event.user_id else None
        view = None if action is None else await self.choices.answer(action, actor)
        if view is not None:
            screen = None if isinstance(view, Closed | NotYours) else answer_screen(view)
            await self._show(event, tap_id, screen, tap_text(view))
            return
        shown = None if action is None else await self.choices.settle(action, actor)
        if shown is None:
            language = await people.speak_to(self.database, self.catalogues, actor)
            await self.answers.tap(tap_id, stale_tap_text(language))
        elif shown.screen is not None and shown.as_new:
            await asyncio.gather(self.answers.tap(tap_id), self.answers.send(event.user_id, shown.screen))
        else:
            await self._show(event, tap_id, shown.screen, shown.text)

    async def _show(self, event: Tapped, tap_id: str, screen: Screen | None, text: str | None) -> None:
        """Stop the spinner and redraw the message, both at once: what they show is committed."""
        if screen is None:
            await self.answers.tap(tap_id, text)
        elif event.number is None:
            await asyncio.gather(self.answers.tap(tap_id, text), self.answers.send(event.user_id, screen))
        else:
            await asyncio.gather(self.answers.tap(tap_id, text), self.answers.edit(event.user_id, event.number, screen))

    async def _allow(self, user_id: int, key: str | None) -> None:
        """They let the community write, perhaps with a link's key that the shop's widget passed."""
        actor, now = Actor(CHANNEL, user_id, await self.names.of(user_id)), self.clock.now()
        if key is None:
            await people.note_unblocked(self.database, self.catalogues, actor, now=now)
            self.wake()
            return
        await self.doorway.welcome(actor, key)


def _words(text: str) -> Screen:
    return Screen(((Run(text),),))


def _is_greeting(event: Written) -> bool:
    """Whether a message says nothing beyond that its writer is there."""
    if event.is_start or not (event.text.strip() or event.files or event.has_other):
        return True
    asked = None if event.files else command_of(event.text)
    return asked is not None and asked.command is Command.START


def _incoming(event: Written) -> list[IncomingMessage]:
    """The message as we keep messages, one for each file; those behind the first are numbered below zero.

    Words too long to stand under a file in Telegram are a message of their own.
    """
    text = event.text or None
    files: tuple[AttachedFile | None, ...] = event.files or (None,)
    first, *others = (None, *event.files) if len(event.text) > _WORDS_UNDER_A_FILE else files
    kind = MessageKind.TEXT if text is not None else MessageKind.OTHER
    found = [
        IncomingMessage(
            event.number,
            kind if first is None else first.kind,
            text,
            None if first is None else first.file_id,
            event.reply_to,
        )
    ]
    for place, file in enumerate(others, start=1):
        assert isinstance(file, AttachedFile)
        number = -(event.number * _FILES_OF_A_MESSAGE + place)
        found.append(IncomingMessage(number, file.kind, None, file.file_id, event.reply_to))
    return found
