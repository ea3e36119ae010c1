"""Calling back: staff offer it and say that they called, customers wish it and choose when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.types import CallbackQuery

from bot.clock import Clock
from bot.screens.actions import Action, decode
from bot.screens.calling import call_screen, called_notice, called_screen, offer_notice
from bot.screens.customer_actions import ChooseCall, DeclineCall, MoreCallTimes, WishCall, WishCallAbout
from bot.screens.staff_actions import CallMade, OfferCall
from bot.telegram.answers import DirectAnswers
from bot.telegram.roles import shown_name
from surveys import calling
from surveys.actors import Actor
from surveys.calling import CallView
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

    async def customer(self, callback: CallbackQuery) -> None:
        """A customer's choice."""
        action, actor, message = decode(callback.data or ""), _customer(callback), callback.message
        if message is not None and message.chat.id != actor.external_id:
            action = None
        view = await self._choose(action, actor)
        if view is None:
            await self.answers.tap(callback.id)
            return
        self.wake()
        screen = call_screen(view)
        # what acknowledged the complaint stays as it is: the windows come in a message of their own
        if message is None or isinstance(action, WishCall | WishCallAbout):
            await asyncio.gather(self.answers.tap(callback.id), self.answers.send(actor.external_id, screen))
        else:
            await asyncio.gather(
                self.answers.tap(callback.id), self.answers.edit(message.chat.id, message.message_id, screen)
            )

    async def _choose(self, action: Action | None, actor: Actor) -> CallView | None:
        database, catalogues, now = self.database, self.catalogues, self.clock.now()
        match action:
            case WishCall(case_id):
                return await calling.wish_call(database, catalogues, actor, case_id, now=now)
            case WishCallAbout(response_id):
                return await calling.wish_call_about(database, catalogues, actor, response_id, now=now)
            case MoreCallTimes(request_id):
                return await calling.show_windows(database, catalogues, actor, request_id, now=now)
            case DeclineCall(request_id):
                return await calling.decline_call(database, catalogues, actor, request_id, now=now)
            case ChooseCall(request_id, minute) if minute < _LATEST_MINUTE:
                start = datetime.fromtimestamp(minute * 60, UTC)
                return await calling.choose_window(database, catalogues, actor, request_id, start, now=now)
            case _:
                return None


def build_call_router(desk: CallDesk) -> Router:
    """The buttons of calls; include it before the customers' router."""
    router = Router(name="calling")
    router.callback_query.register(desk.offer, F.data.startswith("ko:"))
    router.callback_query.register(desk.made, F.data.startswith("km:"))
    router.callback_query.register(desk.customer, F.data.startswith(("kw:", "kr:", "kc:", "kt:", "kn:")))
    return router


def _staff(callback: CallbackQuery) -> StaffActor:
    chat_id = callback.from_user.id if callback.message is None else callback.message.chat.id
    return StaffActor(callback.from_user.id, shown_name(callback.from_user), chat_id)


def _customer(callback: CallbackQuery) -> Actor:
    user = callback.from_user
    return Actor(_CHANNEL, user.id, user.full_name or None, user.language_code)
