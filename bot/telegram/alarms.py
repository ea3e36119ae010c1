"""/alarms: what is wrong now and what was lately, for managers in their private chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.alarms import alarm_list_screen
from bot.telegram.roles import HasRole, Roles
from surveys.alarms import list_alarms
from surveys.membership import Role
from surveys.publishing import Catalogues

if TYPE_CHECKING:
    from surveys.storage import Database


@dataclass(frozen=True, slots=True)
class AlarmDesk:
    """The command and what it works with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock

    async def alarms(self, message: Message) -> None:
        """/alarms."""
        found = await list_alarms(self.database, self.catalogues, now=self.clock.now())
        await self.answers.send(message.chat.id, alarm_list_screen(found, self.catalogues.language))


def build_alarm_router(desk: AlarmDesk) -> Router:
    """/alarms."""
    router = Router(name="alarms")
    router.message.register(desk.alarms, Command("alarms"), F.chat.type == "private", HasRole(desk.roles, Role.MANAGER))
    return router
