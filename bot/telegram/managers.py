"""What managers ask for: scores, the report of a week, what became of an order, who is who."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.clock import Clock
from bot.screens.membership import crew_screen, invite_use_screen, notice
from bot.screens.report import report_screen, scores_screen
from bot.screens.story import nothing_known_screen, story_screen
from bot.telegram.answers import DirectAnswers
from bot.telegram.roles import HasRole, Roles, shown_name
from surveys import membership, story
from surveys.membership import INVITE_PREFIX, InviteUse, Role
from surveys.publishing import Catalogues
from surveys.reporting import read_scores_request, read_week, weekly_report
from surveys.rules.weeks import PeriodError

if TYPE_CHECKING:
    from surveys.storage import Database


@dataclass(frozen=True, slots=True)
class ManagerDesk:
    """The managers' commands and what they work with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock
    show_commands: Callable[[int, Role], Awaitable[None]]

    async def accept_invite(self, message: Message) -> None:
        """/start with a one-time link's key."""
        if message.from_user is None:
            return
        key, who = _start_key(message), message.from_user
        use = await membership.accept_invite(
            self.database, key, telegram_id=who.id, name=shown_name(who), now=self.clock.now()
        )
        await self.answers.send(message.chat.id, invite_use_screen(use, self.catalogues.language))
        if use is InviteUse.WELCOME:
            await self.show_commands(who.id, await self.roles.role(who.id))

    async def scores(self, message: Message, command: CommandObject) -> None:
        """/scores [touchpoint] [period]."""
        catalogue, now = self.catalogues.in_force.catalogue, self.clock.now()
        try:
            asked = read_scores_request(command.args or "", catalogue, now=now)
        except PeriodError as error:
            await self._say(message, "unknown_scores", text=error.text, touchpoints=", ".join(catalogue.touchpoints))
            return
        start, end = asked.period.start, asked.period.end
        report = await weekly_report(
            self.database, self.catalogues, start=start, end=end, touchpoint=asked.touchpoint, now=now
        )
        await self.answers.send(message.chat.id, scores_screen(report, self.catalogues.language))

    async def week(self, message: Message, command: CommandObject) -> None:
        """/report [week]: the last complete one unless another is named."""
        now = self.clock.now()
        try:
            period = read_week(command.args or "", self.catalogues.in_force.catalogue, now=now)
        except PeriodError as error:
            await self._say(message, "unknown_period", period=error.text)
            return
        report = await weekly_report(self.database, self.catalogues, start=period.start, end=period.end, now=now)
        await self.answers.send(message.chat.id, report_screen(report, self.catalogues.language))

    async def why(self, message: Message, command: CommandObject) -> None:
        """/why ORDER: what became of it."""
        query = (command.args or "").strip()
        if not query:
            await self._say(message, "why_usage")
            return
        stories = await story.tell(self.database, query, now=self.clock.now())
        if not stories:
            suggested = await story.suggest(self.database, query)
            await self.answers.send(message.chat.id, nothing_known_screen(query, suggested, self.catalogues.language))
            return
        known = self.catalogues
        shown = story_screen(stories, known.language, known.zone, known.titles, known.reason_titles)
        await self.answers.send(message.chat.id, shown)

    async def people(self, message: Message) -> None:
        """/people: who manages, and where teams work."""
        if message.from_user is None:
            return
        crew = await membership.list_crew(self.database)
        removable = await self.roles.role(message.from_user.id) >= Role.OWNER
        shown = crew_screen(crew, self.catalogues.language, self.catalogues.zone, removable=removable)
        await self.answers.send(message.chat.id, shown)

    async def _say(self, message: Message, key: str, **values: object) -> None:
        await self.answers.send(message.chat.id, notice(key, self.catalogues.language, **values))


def build_manager_router(desk: ManagerDesk) -> Router:
    """/scores, /report, /why, /people, and the one-time link that makes a manager."""
    router = Router(name="managers")
    is_manager = HasRole(desk.roles, Role.MANAGER)
    router.message.register(desk.accept_invite, Command("start"), _opens_invite)
    router.message.register(desk.scores, Command("scores"), is_manager)
    router.message.register(desk.week, Command("report"), is_manager)
    router.message.register(desk.why, Command("why"), is_manager)
    router.message.register(desk.people, Command("people"), is_manager)
    return router


def _start_key(message: Message) -> str:
    return (message.text or "").partition(" ")[2].strip()


def _opens_invite(message: Message) -> bool:
    return _start_key(message).startswith(INVITE_PREFIX)
