"""What managers ask for beside reports: what became of an order, who is who."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.membership import crew_screen, invite_use_screen, notice
from bot.screens.story import nothing_known_screen, story_screen
from bot.telegram.roles import HasRole, Roles, shown_name
from surveys import membership, story
from surveys.membership import INVITE_PREFIX, InviteUse, Role
from surveys.publishing import Catalogues

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
    """/why, /people, and the one-time link that makes a manager."""
    router = Router(name="managers")
    is_manager = HasRole(desk.roles, Role.MANAGER)
    router.message.register(desk.accept_invite, Command("start"), _opens_invite)
    router.message.register(desk.why, Command("why"), is_manager)
    router.message.register(desk.people, Command("people"), is_manager)
    return router


def _start_key(message: Message) -> str:
    return (message.text or "").partition(" ")[2].strip()


def _opens_invite(message: Message) -> bool:
    return _start_key(message).startswith(INVITE_PREFIX)
