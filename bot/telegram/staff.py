"""What staff do in their team's chat or in private: work complaint cards, and look cases up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.actions import decode
from bot.screens.cards import claim_notice, reopen_notice
from bot.screens.case_lists import (
    LISTED,
    case_list_screen,
    case_usage_text,
    no_such_case_text,
    notice,
    opened_case_screen,
    own_cases_screen,
)
from bot.screens.staff_actions import ClaimCase, OpenCase, ReopenCase, TurnCaseList
from bot.telegram.roles import Roles, SeesCases
from surveys import case_views, own_cases, recovery
from surveys.publishing import Catalogues
from surveys.recovery import StaffActor
from surveys.rules.sending import Accepted

if TYPE_CHECKING:
    from surveys.storage import Database

_LONGEST_NUMBER = 18
"""Digits of the largest number a case can have."""

_FURTHEST = 1_000_000
"""A list is turned no further than this, whatever a forged button says."""


@dataclass(frozen=True, slots=True)
class StaffDesk:
    """The staff's buttons and commands, and what they work with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock
    wake: Callable[[], None]

    async def claim(self, callback: CallbackQuery) -> None:
        """Claim on a card."""
        action = decode(callback.data or "")
        if isinstance(action, ClaimCase):
            result = await recovery.claim_case(
                self.database,
                self.catalogues,
                action.case_id,
                await self.roles.actor_of(callback),
                now=self.clock.now(),
            )
            await self._settle(callback, claim_notice(result, self.catalogues.language))

    async def reopen(self, callback: CallbackQuery) -> None:
        """Reopen on a card: the undo of Resolve."""
        action = decode(callback.data or "")
        if isinstance(action, ReopenCase):
            result = await recovery.reopen_case(
                self.database,
                self.catalogues,
                action.case_id,
                await self.roles.actor_of(callback),
                now=self.clock.now(),
            )
            await self._settle(callback, reopen_notice(result, self.catalogues.language))

    async def list_cases(self, message: Message, chats: frozenset[str] | None) -> None:
        """/cases: what is open, oldest first; `chats` as SeesCases found them."""
        found = await case_views.list_unsettled(self.database, self.catalogues, chats=chats, limit=LISTED)
        shown = case_list_screen(found, self.catalogues.language, now=self.clock.now())
        await self.answers.send(message.chat.id, shown)

    async def turn_list(self, callback: CallbackQuery, chats: frozenset[str] | None) -> None:
        """The buttons under a list that show what comes before and behind."""
        action = decode(callback.data or "")
        if isinstance(action, TurnCaseList) and callback.message is not None:
            found = await case_views.list_unsettled(
                self.database, self.catalogues, chats=chats, limit=LISTED, offset=min(action.offset, _FURTHEST)
            )
            shown = case_list_screen(found, self.catalogues.language, now=self.clock.now())
            await self.answers.tap(callback.id)
            await self.answers.edit(callback.message.chat.id, callback.message.message_id, shown)

    async def case(self, message: Message, command: CommandObject) -> None:
        """/case N: the card once more, with its history."""
        number = (command.args or "").strip().removeprefix("№").strip()
        if not (number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER):
            await self.answers.send(message.chat.id, notice(case_usage_text(self.catalogues.language)))
            return
        assert message.from_user is not None  # SeesCases lets nobody else through
        if not await self._show_case(int(number), await self.roles.acting(message.from_user, message.chat.id)):
            await self.answers.send(message.chat.id, notice(no_such_case_text(self.catalogues.language)))

    async def open(self, callback: CallbackQuery) -> None:
        """The button that opens a case."""
        action = decode(callback.data or "")
        if isinstance(action, OpenCase):
            is_shown = await self._show_case(action.case_id, await self.roles.actor_of(callback))
            await self.answers.tap(callback.id, None if is_shown else no_such_case_text(self.catalogues.language))

    async def own_cases(self, message: Message) -> None:
        """/mycases: what whoever asks has in hand, and their own numbers."""
        assert message.from_user is not None  # SeesCases lets nobody else through
        now = self.clock.now()
        found = await own_cases.own_cases(self.database, self.catalogues, message.from_user.id, now=now)
        await self.answers.send(message.chat.id, own_cases_screen(found, now=now))

    async def _show_case(self, case_id: int, actor: StaffActor) -> bool:
        now = self.clock.now()
        opened = await own_cases.open_case(self.database, self.catalogues, case_id, actor)
        if opened is None:
            return False
        outcome = await self.answers.send(actor.chat_id, opened_case_screen(opened, now=now))
        if isinstance(outcome, Accepted):
            await own_cases.was_opened(
                self.database, case_id, chat_id=actor.chat_id, message_id=outcome.message_id, now=now
            )
        return True

    async def _settle(self, callback: CallbackQuery, notice: str) -> None:
        self.wake()
        await self.answers.tap(callback.id, notice)


def build_staff_router(desk: StaffDesk) -> Router:
    """Cards' buttons, /cases, /case and /mycases."""
    router = Router(name="staff")
    router.callback_query.register(desk.claim, F.data.startswith("cc:"))
    router.callback_query.register(desk.reopen, F.data.startswith("co:"))
    sees_cases = SeesCases(desk.roles)
    router.callback_query.register(desk.open, F.data.startswith("cv:"))
    router.callback_query.register(desk.turn_list, F.data.startswith("cl:"), sees_cases)
    router.message.register(desk.list_cases, Command("cases"), sees_cases)
    router.message.register(desk.case, Command("case"), sees_cases)
    router.message.register(desk.own_cases, Command("mycases"), sees_cases)
    return router
