"""What staff do in their team's chat: work complaint cards and list open cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, User

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.actions import ClaimCase, ReopenCase, ResolveCase, decode
from bot.screens.cards import LISTED, case_list_screen, claim_notice, reopen_notice, resolve_notice
from bot.telegram.roles import Roles, SeesCases
from surveys import case_views, recovery
from surveys.publishing import Catalogues
from surveys.recovery import StaffActor

if TYPE_CHECKING:
    from surveys.storage import Database


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
                self.database, self.catalogues, action.case_id, actor_of(callback), now=self.clock.now()
            )
            await self._settle(callback, claim_notice(result, self.catalogues.language))

    async def resolve(self, callback: CallbackQuery) -> None:
        """Resolve on a card."""
        action = decode(callback.data or "")
        if isinstance(action, ResolveCase):
            result = await recovery.resolve_case(
                self.database, self.catalogues, action.case_id, actor_of(callback), now=self.clock.now()
            )
            await self._settle(callback, resolve_notice(result, self.catalogues.language))

    async def reopen(self, callback: CallbackQuery) -> None:
        """Reopen on a card: the undo of Resolve."""
        action = decode(callback.data or "")
        if isinstance(action, ReopenCase):
            result = await recovery.reopen_case(
                self.database, self.catalogues, action.case_id, actor_of(callback), now=self.clock.now()
            )
            await self._settle(callback, reopen_notice(result, self.catalogues.language))

    async def list_cases(self, message: Message, chats: frozenset[str] | None) -> None:
        """/cases: what is open, oldest first; `chats` as SeesCases found them."""
        found = await case_views.list_unsettled(self.database, self.catalogues, chats=chats, limit=LISTED)
        shown = case_list_screen(found, self.catalogues.language, now=self.clock.now())
        await self.answers.send(message.chat.id, shown)

    async def _settle(self, callback: CallbackQuery, notice: str) -> None:
        self.wake()
        await self.answers.tap(callback.id, notice)


def build_staff_router(desk: StaffDesk) -> Router:
    """Cards' buttons and /cases."""
    router = Router(name="staff")
    router.callback_query.register(desk.claim, F.data.startswith("cc:"))
    router.callback_query.register(desk.resolve, F.data.startswith("cr:"))
    router.callback_query.register(desk.reopen, F.data.startswith("co:"))
    router.message.register(desk.list_cases, Command("cases"), SeesCases(desk.roles))
    return router


def actor_of(callback: CallbackQuery) -> StaffActor:
    """Who pressed a button, and in which chat."""
    chat_id = callback.from_user.id if callback.message is None else callback.message.chat.id
    return StaffActor(callback.from_user.id, shown_name(callback.from_user), chat_id)


def shown_name(user: User) -> str:
    """What somebody is called in lists and on cards."""
    return user.full_name or str(user.id)
