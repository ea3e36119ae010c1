"""/recovery: what it brought, for managers; their own numbers, for staff. Only in private chats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.membership import notice
from bot.screens.recovery_report import own_recovery_screen, recovery_screen
from bot.telegram.roles import HasRole, Roles, SeesCases
from surveys.membership import Role
from surveys.publishing import Catalogues
from surveys.recovery_figures import own_recovery, read_recovery_period, recovery_report
from surveys.rules.weeks import Period, PeriodError
from surveys.subscriptions import reading_of

if TYPE_CHECKING:
    from surveys.storage import Database


@dataclass(frozen=True, slots=True)
class RecoveryDesk:
    """The command and what it works with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock

    async def everybody(self, message: Message, command: CommandObject) -> None:
        """/recovery [period] of a manager: everything they may see."""
        period = await self._period(message, command)
        if period is None or message.from_user is None:
            return
        reading = await reading_of(self.database, self.catalogues, message.from_user.id)
        report = await recovery_report(
            self.database,
            self.catalogues,
            start=period.start,
            end=period.end,
            scope=reading.scope,
            now=self.clock.now(),
        )
        await self.answers.send(message.chat.id, recovery_screen(report, self.catalogues.language))

    async def own(self, message: Message, command: CommandObject) -> None:
        """/recovery [period] of staff: the cases that are theirs."""
        period = await self._period(message, command)
        if period is None or message.from_user is None:
            return
        report = await own_recovery(
            self.database,
            self.catalogues,
            message.from_user.id,
            start=period.start,
            end=period.end,
            now=self.clock.now(),
        )
        await self.answers.send(message.chat.id, own_recovery_screen(report, self.catalogues.language))

    async def _period(self, message: Message, command: CommandObject) -> Period | None:
        """The period asked for; None when nobody understands it, which is answered."""
        try:
            return read_recovery_period(command.args or "", self.catalogues.in_force.catalogue, now=self.clock.now())
        except PeriodError as error:
            shown = notice("unknown_period", self.catalogues.language, period=error.text)
            await self.answers.send(message.chat.id, shown)
            return None


def build_recovery_router(desk: RecoveryDesk) -> Router:
    """/recovery."""
    router = Router(name="recovery")
    command, is_private = Command("recovery"), F.chat.type == "private"
    router.message.register(desk.everybody, command, is_private, HasRole(desk.roles, Role.MANAGER))
    router.message.register(desk.own, command, is_private, SeesCases(desk.roles))
    return router
