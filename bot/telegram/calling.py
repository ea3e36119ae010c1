"""Calling back: staff offer it and say that they called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.types import CallbackQuery

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.actions import decode
from bot.screens.calling import called_notice, called_screen, offer_notice
from bot.screens.staff_actions import CallMade, OfferCall
from bot.telegram.roles import shown_name
from surveys import calling
from surveys.publishing import Catalogues
from surveys.recovery import NoSuchCase, StaffActor

if TYPE_CHECKING:
    from surveys.storage import Database

_CHANNEL = "telegram"
_LATEST_MINUTE = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp()) // 60


@dataclass(frozen=True, slots=True)
class CallDesk:
    """What the buttons of calls need."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    clock: Clock
    wake: Callable[[], None]

    async def offer(self, callback: CallbackQuery) -> None:
        """Call back on a card."""
        action = decode(callback.data or "")
        if isinstance(action, OfferCall):
            result = await calling.offer_call(
                self.database, self.catalogues, action.case_id, _staff(callback), now=self.clock.now()
            )
            self.wake()
            await self.answers.tap(callback.id, offer_notice(result, self.catalogues.language))

    async def made(self, callback: CallbackQuery) -> None:
        """Called, on a reminder."""
        action = decode(callback.data or "")
        if not isinstance(action, CallMade):
            return
        actor = _staff(callback)
        result = await calling.called(self.database, self.catalogues, action.request_id, actor, now=self.clock.now())
        self.wake()
        await self.answers.tap(callback.id, called_notice(result, self.catalogues.language))
        if callback.message is not None and not isinstance(result, NoSuchCase):
            await self.answers.edit(actor.chat_id, callback.message.message_id, called_screen(result))


def build_call_router(desk: CallDesk) -> Router:
    """The buttons of calls; include it before the customers' router."""
    router = Router(name="calling")
    router.callback_query.register(desk.offer, F.data.startswith("ko:"))
    router.callback_query.register(desk.made, F.data.startswith("km:"))
    return router


def _staff(callback: CallbackQuery) -> StaffActor:
    chat_id = callback.from_user.id if callback.message is None else callback.message.chat.id
    return StaffActor(callback.from_user.id, shown_name(callback.from_user), chat_id)
