"""Handing cases over, and opening those that an outbreak's message tells of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.types import CallbackQuery

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.actions import decode
from bot.screens.cards import refusal
from bot.screens.handing_over import hand_over_screen, handed_over_screen
from bot.screens.staff_actions import HandOverTo, OfferHandOver, ReferCase, ReleaseCase, ShowCase
from bot.screens.wording import Wording
from bot.telegram.roles import Roles, shown_name
from surveys import handing_over, recovery
from surveys.case_views import CaseView
from surveys.handing_over import HandOverChoices, HandOverResult
from surveys.publishing import Catalogues

if TYPE_CHECKING:
    from surveys.storage import Database


@dataclass(frozen=True, slots=True)
class HandingOverDesk:
    """The buttons that give a case to somebody else, and what they work with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock
    wake: Callable[[], None]

    async def offer(self, callback: CallbackQuery) -> None:
        """Hand over on a card: who may have it."""
        action = decode(callback.data or "")
        if not isinstance(action, OfferHandOver):
            return
        found = await handing_over.hand_over_choices(
            self.database, self.catalogues, action.case_id, await self.roles.actor_of(callback), now=self.clock.now()
        )
        if not isinstance(found, HandOverChoices):
            await self.answers.tap(callback.id, refusal(found, self.catalogues.language))
            return
        await self.answers.tap(callback.id)
        message = callback.message
        if message is not None:
            await self.answers.send(message.chat.id, hand_over_screen(found), reply_to=message.message_id)

    async def choose(self, callback: CallbackQuery) -> None:
        """A colleague, the team or another team was chosen."""
        result = await self._chosen(callback)
        if result is None:
            return
        self.wake()
        await self.answers.tap(callback.id)
        if callback.message is not None:
            shown = handed_over_screen(result, self.catalogues.language, by=shown_name(callback.from_user))
            await self.answers.edit(callback.message.chat.id, callback.message.message_id, shown)

    async def show(self, callback: CallbackQuery) -> None:
        """A number under an outbreak's message: its case gets a card."""
        action = decode(callback.data or "")
        if not isinstance(action, ShowCase):
            return
        result = await recovery.show_case(
            self.database, self.catalogues, action.case_id, await self.roles.actor_of(callback), now=self.clock.now()
        )
        self.wake()
        if isinstance(result, CaseView):
            shown = Wording(result.language).text("outbreaks.shown", number=result.case.id)
        else:
            shown = refusal(result, self.catalogues.language)
        await self.answers.tap(callback.id, shown)

    async def _chosen(self, callback: CallbackQuery) -> HandOverResult | None:
        database, catalogues, now = self.database, self.catalogues, self.clock.now()
        actor = await self.roles.actor_of(callback)
        match decode(callback.data or ""):
            case HandOverTo(case_id, telegram_id):
                return await handing_over.hand_over(database, catalogues, case_id, actor, telegram_id, now=now)
            case ReleaseCase(case_id):
                return await handing_over.release(database, catalogues, case_id, actor, now=now)
            case ReferCase(case_id, team):
                return await handing_over.refer(database, catalogues, case_id, actor, team, now=now)
            case _:
                return None


def build_handing_over_router(desk: HandingOverDesk) -> Router:
    """The buttons of handing over, and the numbers under an outbreak's message."""
    router = Router(name="handing_over")
    router.callback_query.register(desk.offer, F.data.startswith("ho:"))
    router.callback_query.register(desk.choose, F.data.startswith("ht:"))
    router.callback_query.register(desk.choose, F.data.startswith("hl:"))
    router.callback_query.register(desk.choose, F.data.startswith("hr:"))
    router.callback_query.register(desk.show, F.data.startswith("cs:"))
    return router
