"""/comments: what people write about, for managers. Only in private chats: comments are quoted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.comments import comments_screen
from bot.screens.membership import notice
from bot.telegram.roles import HasRole, Roles
from surveys.comments import comments_report
from surveys.membership import Role
from surveys.publishing import Catalogues
from surveys.reporting import read_scores_request
from surveys.rules.weeks import PeriodError

if TYPE_CHECKING:
    from surveys.storage import Database


@dataclass(frozen=True, slots=True)
class CommentsDesk:
    """The command and what it works with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock

    async def comments(self, message: Message, command: CommandObject) -> None:
        """/comments [touchpoint] [period], as with /scores."""
        catalogue, now = self.catalogues.in_force.catalogue, self.clock.now()
        language = self.catalogues.language
        try:
            asked = read_scores_request(command.args or "", catalogue, now=now)
        except PeriodError as error:
            known = ", ".join(catalogue.touchpoints)
            shown = notice("unknown_scores", language, text=error.text, touchpoints=known)
            await self.answers.send(message.chat.id, shown)
            return
        report = await comments_report(
            self.database,
            self.catalogues,
            start=asked.period.start,
            end=asked.period.end,
            touchpoint=asked.touchpoint,
            now=now,
        )
        await self.answers.send(message.chat.id, comments_screen(report, language))


def build_comments_router(desk: CommentsDesk) -> Router:
    """/comments."""
    router = Router(name="comments")
    is_private = F.chat.type == "private"
    router.message.register(desk.comments, Command("comments"), is_private, HasRole(desk.roles, Role.MANAGER))
    return router
