"""/trials: which of two variants is better, for managers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.trials import trials_screen
from bot.telegram.roles import HasRole, Roles
from surveys.membership import Role
from surveys.publishing import Catalogues
from surveys.trials import list_trials

if TYPE_CHECKING:
    from surveys.storage import Database


@dataclass(frozen=True, slots=True)
class TrialsDesk:
    """The command and what it works with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock

    async def trials(self, message: Message) -> None:
        """/trials: each with what it found, or how many are missing."""
        report = await list_trials(self.database, self.catalogues, now=self.clock.now())
        await self.answers.send(message.chat.id, trials_screen(report, self.catalogues.language))


def build_trials_router(desk: TrialsDesk) -> Router:
    """/trials."""
    router = Router(name="trials")
    router.message.register(desk.trials, Command("trials"), HasRole(desk.roles, Role.MANAGER))
    return router
