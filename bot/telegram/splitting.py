"""/split: owners see who is one person and take apart what does not belong together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.customers import subject_of
from bot.screens.actions import decode
from bot.screens.linking import linked_screen, several_screen, split_screen, split_usage_screen, unknown_screen
from bot.screens.staff_actions import SplitAccount, SplitCustomer
from bot.telegram.roles import HasRole, Roles
from surveys import splitting
from surveys.membership import Role
from surveys.publishing import Catalogues
from surveys.splitting import SeveralPersonsError, UnknownPersonError

if TYPE_CHECKING:
    from surveys.storage import Database


@dataclass(frozen=True, slots=True)
class SplittingDesk:
    """What /split works with; `wake` when something may have become due."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock
    wake: Callable[[], None]

    async def show(self, message: Message, command: CommandObject) -> None:
        """/split ORDER, a customer's id or an account: who it is, with a button to split each off."""
        query, language = (command.args or "").strip(), self.catalogues.language
        if not query:
            await self.answers.send(message.chat.id, split_usage_screen(language))
            return
        try:
            shown = linked_screen(await splitting.show_person(self.database, query), language)
        except SeveralPersonsError as error:
            shown = several_screen(query, error.customers, language)
        except UnknownPersonError:
            shown = unknown_screen(query, language)
        await self.answers.send(message.chat.id, shown)

    async def split(self, callback: CallbackQuery) -> None:
        """The button under what /split showed."""
        action = decode(callback.data or "")
        if not isinstance(action, SplitCustomer | SplitAccount):
            return
        now = self.clock.now()
        done = await splitting.split_subject(self.database, self.catalogues, subject_of(action), now=now)
        self.wake()
        await self.answers.tap(callback.id)
        await self.answers.send(callback.from_user.id, split_screen(done, self.catalogues.language))


def build_splitting_router(desk: SplittingDesk) -> Router:
    """/split and its buttons, for owners."""
    router = Router(name="splitting")
    is_owner = HasRole(desk.roles, Role.OWNER)
    router.message.register(desk.show, Command("split"), F.chat.type == "private", is_owner)
    router.callback_query.register(desk.split, F.data.startswith("pc:"), is_owner)
    router.callback_query.register(desk.split, F.data.startswith("pa:"), is_owner)
    return router
