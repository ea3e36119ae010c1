"""Filters that let only those through who may; for others a command does not exist."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message

from bot.telegram.client import TelegramCallError, TelegramClient
from surveys import membership
from surveys.membership import Role

if TYPE_CHECKING:
    from surveys.storage import Database

_MEMBERSHIP_KEPT_SECONDS = 60.0
_MEMBER_STATES = {"creator", "administrator", "member", "restricted"}


class Roles:
    """Who is who: roles from the database, staff from the messenger's own list of the team's chats."""

    def __init__(self, database: Database, client: TelegramClient) -> None:
        self._database = database
        self._client = client
        self._members: dict[tuple[int, int], tuple[float, bool]] = {}

    async def role(self, telegram_id: int) -> Role:
        """The role somebody has beyond staff."""
        return await membership.role_of(self._database, telegram_id)

    async def is_staff(self, telegram_id: int, chat_id: int) -> bool:
        """Whether somebody works in a team: writes in its chat, or is a member of it (asked at most once a minute)."""
        chats = await membership.team_chats(self._database)
        if any(chat.chat_id == chat_id for chat in chats):
            return True
        for chat in chats:
            if await self._is_member(chat.chat_id, telegram_id):
                return True
        return False

    async def _is_member(self, chat_id: int, telegram_id: int) -> bool:
        known = self._members.get((chat_id, telegram_id))
        now = time.monotonic()
        if known is not None and now - known[0] < _MEMBERSHIP_KEPT_SECONDS:
            return known[1]
        try:
            member = await self._client.call("getChatMember", chat_id=chat_id, user_id=telegram_id)
        except TelegramCallError:
            return False
        is_member = isinstance(member, dict) and member.get("status") in _MEMBER_STATES
        self._members[chat_id, telegram_id] = (now, is_member)
        return is_member


class HasRole(BaseFilter):
    """Passes those with at least this role."""

    def __init__(self, roles: Roles, role: Role) -> None:
        self._roles = roles
        self._role = role

    async def __call__(self, event: Message | CallbackQuery) -> bool:
        """Whether the sender may."""
        return event.from_user is not None and await self._roles.role(event.from_user.id) >= self._role


class IsStaff(BaseFilter):
    """Passes the members of a team's chat, and everybody with a role."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles

    async def __call__(self, message: Message) -> bool:
        """Whether the sender may."""
        if message.from_user is None:
            return False
        if await self._roles.is_staff(message.from_user.id, message.chat.id):
            return True
        return await self._roles.role(message.from_user.id) > Role.NOBODY
