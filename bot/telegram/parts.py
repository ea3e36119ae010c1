"""Managers of a part: what is about the whole business is not for them, and they are told so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiogram import Router
from aiogram.filters import BaseFilter, Command, CommandObject
from aiogram.types import Message

from bot.answers import DirectAnswers
from bot.screens.membership import notice
from bot.telegram.roles import HasRole, Roles
from surveys.membership import Role
from surveys.publishing import Catalogues
from surveys.subscriptions import reading_of

if TYPE_CHECKING:
    from surveys.storage import Database

WHOLE: Final = ("journey", "audit", "drivers", "comments", "alarms", "trials", "export", "why")
"""Commands that tell of the whole business."""


@dataclass(frozen=True, slots=True)
class PartDesk:
    """What the answer to managers of a part works with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles

    async def refuse(self, message: Message, command: CommandObject) -> None:
        """A command about the whole business."""
        said = notice("whole", self.catalogues.language, command=command.command)
        await self.answers.send(message.chat.id, said)


class SeesPart(BaseFilter):
    """Passes managers from whom something is kept."""

    def __init__(self, desk: PartDesk) -> None:
        self._desk = desk

    async def __call__(self, message: Message) -> bool:
        """Whether the sender sees a part alone."""
        if message.from_user is None:
            return False
        reading = await reading_of(self._desk.database, self._desk.catalogues, message.from_user.id)
        return not reading.sees_everything


def build_part_router(desk: PartDesk) -> Router:
    """The refusals; include it before the routers of the commands."""
    router = Router(name="parts")
    router.message.register(desk.refuse, Command(*WHOLE), HasRole(desk.roles, Role.MANAGER), SeesPart(desk))
    return router
