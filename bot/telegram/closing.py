"""What staff do to close a complaint: forms under its card, one message each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.actions import decode
from bot.screens.closing import form_notice, form_result_screen, form_screen, said_screen
from bot.screens.staff_actions import (
    CancelForm,
    ChooseCloseReason,
    ChoosePool,
    DismissCase,
    FinishForm,
    GoBackInForm,
    GoOnInForm,
    QuickNote,
    ResolveCase,
    TickGiven,
)
from bot.telegram.roles import Roles
from surveys import closing
from surveys.closing import ClosedByForm, CodeNotGiven, FormResult, FormView, NoSuchForm, NoteRefused
from surveys.publishing import Catalogues
from surveys.recovery import StaffActor
from surveys.rules.closing import (
    ChosenPool,
    ChosenReason,
    Entry,
    FormKind,
    ReasonAsNote,
    TickedGiven,
    Turn,
    WrittenNote,
)
from surveys.rules.sending import Accepted

if TYPE_CHECKING:
    from surveys.storage import Database


class RepliesToForm(BaseFilter):
    """Passes a reply to a message that shows a form; hands on `form_id`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, message: Message) -> bool | dict[str, object]:
        """Whether it is one."""
        if message.reply_to_message is None or message.from_user is None:
            return False
        form_id = await closing.form_of_message(self._database, message.chat.id, message.reply_to_message.message_id)
        return False if form_id is None else {"form_id": form_id}


@dataclass(frozen=True, slots=True)
class ClosingDesk:
    """Forms that close complaints, and what they work with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock
    wake: Callable[[], None]

    async def begin(self, callback: CallbackQuery) -> None:
        """Resolve or Not a complaint on a card: the form comes under it."""
        match decode(callback.data or ""):
            case ResolveCase(case_id):
                await self._begin(callback, case_id, FormKind.RESOLVE)
            case DismissCase(case_id):
                await self._begin(callback, case_id, FormKind.DISMISS)

    async def step(self, callback: CallbackQuery) -> None:
        """A choice of a form."""
        actor = await self.roles.actor_of(callback)
        message_id = None if callback.message is None else callback.message.message_id
        result = await self._step(callback.data or "", actor, message_id)
        if result is None:
            return
        if isinstance(result, ClosedByForm):
            self.wake()
        await self.answers.tap(callback.id, form_notice(result, self.catalogues.language))
        screen = form_result_screen(result, filled_in_by=actor.name)
        if screen is not None and message_id is not None and not isinstance(result, NoteRefused):
            await self.answers.edit(actor.chat_id, message_id, screen)

    async def note(self, message: Message, form_id: int) -> None:
        """A reply to a form: the note."""
        assert message.from_user is not None
        assert message.reply_to_message is not None
        actor = await self.roles.acting(message.from_user, message.chat.id)
        note = WrittenNote(message.text or message.caption)
        result = await closing.fill_in_form(self.database, self.catalogues, form_id, note, actor)
        if isinstance(result, (NoteRefused, CodeNotGiven, NoSuchForm)):
            said = form_notice(result, self.catalogues.language)
            await self.answers.send(message.chat.id, said_screen(said or ""), reply_to=message.message_id)
            return
        screen = form_result_screen(result, filled_in_by=actor.name)
        if screen is not None:
            await self.answers.edit(message.chat.id, message.reply_to_message.message_id, screen)

    async def _begin(self, callback: CallbackQuery, case_id: int, kind: FormKind) -> None:
        actor = await self.roles.actor_of(callback)
        now = self.clock.now()
        result = await closing.begin_form(self.database, self.catalogues, case_id, kind, actor, now=now)
        if not isinstance(result, FormView):
            await self.answers.tap(callback.id, form_notice(result, self.catalogues.language))
            return
        await self.answers.tap(callback.id)
        reply_to = None if callback.message is None else callback.message.message_id
        shown = form_screen(result, filled_in_by=actor.name)
        outcome = await self.answers.send(actor.chat_id, shown, reply_to=reply_to)
        if isinstance(outcome, Accepted):
            await closing.form_shown(
                self.database, result.form_id, chat_id=actor.chat_id, message_id=outcome.message_id
            )

    async def _step(self, data: str, actor: StaffActor, message_id: int | None) -> FormResult | None:
        action = decode(data)
        if isinstance(action, FinishForm):
            return await closing.finish_form(
                self.database, self.catalogues, action.form_id, actor, now=self.clock.now()
            )
        if isinstance(action, CancelForm):
            return await closing.cancel_form(self.database, self.catalogues, action.form_id, actor)
        if not isinstance(action, FormEntry):
            return None
        entry = _entry(action, self.catalogues.language)
        return await closing.fill_in_form(
            self.database, self.catalogues, action.form_id, entry, actor, message_id=message_id
        )


FormEntry = ChooseCloseReason | TickGiven | ChoosePool | QuickNote | GoOnInForm | GoBackInForm


def _entry(action: FormEntry, language: str) -> Entry:
    """What a tapped choice fills in."""
    entry: Entry
    match action:
        case ChooseCloseReason(_, place):
            entry = ChosenReason(place)
        case TickGiven(_, place, ticked):
            entry = TickedGiven(place, bool(ticked))
        case ChoosePool(_, place):
            entry = ChosenPool(place)
        case QuickNote():
            entry = ReasonAsNote(language)
        case GoOnInForm():
            entry = Turn.ON
        case GoBackInForm():
            entry = Turn.BACK
    return entry


def build_closing_router(desk: ClosingDesk) -> Router:
    """Forms' buttons and the replies to them; include it before whatever takes other replies of staff."""
    router = Router(name="closing")
    router.callback_query.register(desk.begin, F.data.startswith("cr:") | F.data.startswith("cd:"))
    router.callback_query.register(desk.step, F.data.regexp(r"^w[rgpnbqfx]:"))
    router.message.register(desk.note, F.reply_to_message, RepliesToForm(desk.database))
    return router
