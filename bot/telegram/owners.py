"""What owners settle: who manages, where teams work, whether invitations flow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.answers import DirectAnswers
from bot.clock import Clock
from bot.screens.actions import decode
from bot.screens.membership import crew_screen, invite_screen, notice
from bot.screens.screen import Screen
from bot.screens.staff_actions import RemoveMember
from bot.telegram.roles import HasRole, Roles
from surveys import membership, scheduling
from surveys.membership import STAFF_CHAT, Role
from surveys.publishing import Catalogues
from surveys.rules.languages import pick
from surveys.scopes import ScopeError, read_scope

if TYPE_CHECKING:
    from surveys.storage import Database


@dataclass(frozen=True, slots=True)
class OwnerDesk:
    """The owners' commands and what they work with."""

    database: Database
    catalogues: Catalogues
    answers: DirectAnswers
    roles: Roles
    clock: Clock
    start_link: Callable[[str], Awaitable[str | None]]
    show_commands: Callable[[int, Role], Awaitable[None]]
    show_team_commands: Callable[[int], Awaitable[None]]
    wake: Callable[[], None]

    async def invite(self, message: Message, command: CommandObject) -> None:
        """/invite manager [team=… location=…]: a one-time link, for one who sees all or a part."""
        role, _, limits = (command.args or "").strip().partition(" ")
        if message.from_user is None or role.lower() != "manager":
            await self._say(message, "invite_usage")
            return
        try:
            scope = read_scope(limits, self.catalogues.in_force.catalogue)
        except ScopeError as error:
            await self._say(message, "invite_scope", part=error.text, teams=", ".join(error.known) or "–")
            return
        issued = await membership.invite(self.database, by=message.from_user.id, scope=scope, now=self.clock.now())
        link = await self.start_link(issued.key)
        if link is None:
            await self._say(message, "no_username")
            return
        shown = invite_screen(link, issued.expires_at, self.catalogues.language, self.catalogues.zone)
        await self.answers.send(message.chat.id, shown)

    async def remove(self, message: Message, command: CommandObject) -> None:
        """/remove ID, or a list to choose from."""
        wanted = (command.args or "").strip()
        if wanted.isdecimal():
            await self.answers.send(message.chat.id, await self._take_role_away(int(wanted)))
            return
        crew = await membership.list_crew(self.database)
        shown = crew_screen(crew, self.catalogues.language, self.catalogues.zone, removable=True)
        await self.answers.send(message.chat.id, shown)

    async def remove_by_button(self, callback: CallbackQuery) -> None:
        """The button under the list of people."""
        action = decode(callback.data or "")
        if isinstance(action, RemoveMember):
            shown = await self._take_role_away(action.telegram_id)
            await self.answers.tap(callback.id)
            await self.answers.send(callback.from_user.id, shown)

    async def here(self, message: Message, command: CommandObject) -> None:
        """/here [team] in a group: complaints come to this chat from now on."""
        if message.chat.type not in ("group", "supergroup"):
            await self._say(message, "here_private")
            return
        teams = self.catalogues.in_force.catalogue.recovery.teams
        wanted = (command.args or "").strip() or STAFF_CHAT
        chats = {STAFF_CHAT, *teams, *(team.chat for team in teams.values())}
        if wanted not in chats:
            await self._say(message, "here_unknown_team", teams=", ".join(sorted(chats)))
            return
        chat = teams[wanted].chat if wanted in teams else wanted
        thread_id = message.message_thread_id if message.is_topic_message else None
        await membership.set_team_chat(
            self.database, chat, message.chat.id, title=message.chat.title, thread_id=thread_id, now=self.clock.now()
        )
        self.wake()
        titles = [
            title
            for name, team in teams.items()
            if wanted in (name, team.chat) and (title := pick(team.title, self.catalogues.language))
        ]
        if titles or wanted != STAFF_CHAT:
            await self._say(message, "here", team=", ".join(titles) or wanted)
        else:
            await self._say(message, "here_untitled")
        if message.chat.username:
            await self._say(message, "here_public")
        await self.show_team_commands(message.chat.id)

    async def pause(self, message: Message) -> None:
        """/pause: invitations are held in every process; complaints flow on."""
        who = "telegram" if message.from_user is None else f"telegram:{message.from_user.id}"
        await scheduling.pause(self.database, by=who, now=self.clock.now())
        await self._say(message, "paused")

    async def go_on(self, message: Message) -> None:
        """/continue: invitations flow again."""
        await scheduling.resume(self.database)
        self.wake()
        await self._say(message, "continued")

    async def follow_group(self, message: Message) -> None:
        """A team's group became a supergroup with another id."""
        if message.migrate_to_chat_id is not None:
            await membership.team_chat_moved(self.database, message.chat.id, message.migrate_to_chat_id)
            self.wake()
            await self.show_team_commands(message.migrate_to_chat_id)

    async def _take_role_away(self, telegram_id: int) -> Screen:
        removed = await membership.remove(self.database, telegram_id)
        if removed is None:
            return notice("not_removed", self.catalogues.language)
        await self.show_commands(telegram_id, Role.NOBODY)
        return notice("removed", self.catalogues.language, name=removed.name or removed.telegram_id)

    async def _say(self, message: Message, key: str, **values: object) -> None:
        thread_id = message.message_thread_id if message.is_topic_message else None
        shown = notice(key, self.catalogues.language, **values)
        await self.answers.send(message.chat.id, shown, thread_id=thread_id)


def build_owner_router(desk: OwnerDesk) -> Router:
    """/invite, /remove, /here, /pause, /continue, and following a group that moved."""
    router = Router(name="owners")
    is_owner = HasRole(desk.roles, Role.OWNER)
    router.message.register(desk.invite, Command("invite"), is_owner)
    router.message.register(desk.remove, Command("remove"), is_owner)
    router.callback_query.register(desk.remove_by_button, F.data.startswith("mr:"), is_owner)
    router.message.register(desk.here, Command("here"), is_owner)
    router.message.register(desk.pause, Command("pause"), is_owner)
    router.message.register(desk.go_on, Command("continue"), is_owner)
    router.message.register(desk.follow_group, F.migrate_to_chat_id)
    return router
