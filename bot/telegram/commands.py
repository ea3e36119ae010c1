"""Command menus: everybody sees their own commands, in their language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import structlog

from bot.screens.wording import Wording
from bot.telegram.client import TelegramCallError, TelegramClient
from surveys.membership import Role

log = structlog.get_logger()

CUSTOMER: Final = ("start", "complaint", "stop", "resume", "language", "privacy", "mydata", "link", "forget", "help")
MANAGER: Final = (
    "scores",
    "report",
    "subscription",
    "comments",
    "journey",
    "audit",
    "drivers",
    "recovery",
    "alarms",
    "trials",
    "why",
    "export",
    "people",
    "qr",
    "cases",
    "case",
    "mycases",
    "help",
)
OWNER: Final = (*MANAGER, "invite", "remove", "here", "split", "pause", "continue")
TEAM_CHAT: Final = ("cases", "case", "mycases", "help")


def commands_of(role: Role) -> tuple[str, ...]:
    """The commands in the private chat of somebody with this role."""
    return {Role.NOBODY: CUSTOMER, Role.MANAGER: MANAGER, Role.OWNER: OWNER}[role]


class CommandMenus:
    """Tells Telegram who sees which commands; a refusal is logged and stops nothing.

    The first language is the one for everybody whose language has no menu.
    """

    def __init__(self, client: TelegramClient, languages: Sequence[str]) -> None:
        self._client = client
        self._languages = tuple(languages)

    async def publish(
        self, *, managers: Iterable[int] = (), owners: Iterable[int] = (), team_chats: Iterable[int] = ()
    ) -> int:
        """Set all menus; the number Telegram refused (people who never wrote to the bot, for one)."""
        owner_ids = set(owners)
        refused = await self._set({"type": "all_private_chats"}, CUSTOMER)
        for owner in sorted(owner_ids):
            refused += await self.show(owner, Role.OWNER)
        for manager in sorted(set(managers) - owner_ids):
            refused += await self.show(manager, Role.MANAGER)
        for chat in sorted(set(team_chats)):
            refused += await self.show_team_chat(chat)
        return refused

    async def show(self, telegram_id: int, role: Role) -> int:
        """The menu somebody of this role has in their private chat; a customer's is everybody's."""
        if role is Role.OWNER:
            return await self._set({"type": "chat", "chat_id": telegram_id}, OWNER)
        if role is Role.MANAGER:
            return await self._set({"type": "chat", "chat_id": telegram_id}, MANAGER)
        refused = 0
        for language in (None, *self._languages):
            refused += await self._call(
                "deleteMyCommands", scope={"type": "chat", "chat_id": telegram_id}, language_code=language
            )
        return refused

    async def show_team_chat(self, chat_id: int) -> int:
        """The staff's menu in their team's chat."""
        return await self._set({"type": "chat", "chat_id": chat_id}, TEAM_CHAT)

    async def _set(self, scope: dict[str, object], commands: Sequence[str]) -> int:
        refused = 0
        for language in (None, *self._languages):
            shown = [
                {"command": command, "description": Wording(language or self._languages[0]).text(f"commands.{command}")}
                for command in commands
            ]
            refused += await self._call("setMyCommands", commands=shown, scope=scope, language_code=language)
        return refused

    async def _call(self, method: str, **params: object) -> int:
        try:
            await self._client.call(method, **params)
        except TelegramCallError as error:
            log.info("menu_not_set", method=method, why=error.description)
            return 1
        return 0
