"""/help for everybody, and the greeting of those with a role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import Message, User

from bot.answers import DirectAnswers
from bot.arrivals import Doorway
from bot.screens.helping import commands_screen, greeting_screen
from bot.telegram.commands import TEAM_CHAT, commands_of
from bot.telegram.roles import HasRole, Roles
from surveys import people
from surveys.actors import Actor
from surveys.membership import Role
from surveys.publishing import Catalogues

if TYPE_CHECKING:
    from surveys.storage import Database


@dataclass(frozen=True, slots=True)
class HelpDesk:
    """What /help works with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    doorway: Doorway

    async def help(self, message: Message) -> None:
        """/help in private: the commands of whoever asks; customers read them in their own language."""
        if message.from_user is None:
            return
        user, role = message.from_user, await self.roles.recognise(message.from_user)
        language, commands = self.catalogues.language, commands_of(role)
        is_staff = role is Role.NOBODY and bool(await self.roles.chats_of(user.id))
        if is_staff:
            commands = tuple(dict.fromkeys((*TEAM_CHAT, *commands)))
        elif role is Role.NOBODY:
            language = await people.speak_to(self.database, self.catalogues, _actor(user))
        await self.answers.send(message.chat.id, commands_screen(role, commands, language, is_staff=is_staff))

    async def help_here(self, message: Message) -> None:
        """/help in a team's chat."""
        if await self.roles.chats_here(message.chat.id):
            thread_id = message.message_thread_id if message.is_topic_message else None
            shown = commands_screen(Role.NOBODY, TEAM_CHAT, self.catalogues.language, is_staff=True)
            await self.answers.send(message.chat.id, shown, thread_id=thread_id)

    async def greet(self, message: Message) -> None:
        """/start without a key, of a manager or an owner."""
        if message.from_user is None:
            return
        # they may be customers as well
        await self.doorway.open(_actor(message.from_user), None)
        role = await self.roles.role(message.from_user.id)
        business = self.catalogues.in_force.catalogue.business.name
        await self.answers.send(message.chat.id, greeting_screen(role, business, self.catalogues.language))


def build_help_router(desk: HelpDesk) -> Router:
    """/help, and /start of those with a role; include it before the customers' router."""
    router = Router(name="help")
    private = F.chat.type == "private"
    router.message.register(desk.help, private, Command("help"))
    router.message.register(desk.help_here, Command("help"))
    router.message.register(desk.greet, private, Command("start"), _has_no_key, HasRole(desk.roles, Role.MANAGER))
    return router


def _actor(user: User) -> Actor:
    return Actor("telegram", user.id, user.full_name or None, user.language_code)


def _has_no_key(message: Message) -> bool:
    return not (message.text or "").partition(" ")[2].strip()
