"""Filters that let only those through who may; for others a command does not exist."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message, User

from bot.telegram.client import TelegramCallError, TelegramClient
from surveys import membership
from surveys.membership import Role
from surveys.recovery import StaffActor

if TYPE_CHECKING:
    from surveys.storage import Database

_MEMBERSHIP_KEPT_SECONDS = 60.0
_MEMBER_STATES = {"creator", "administrator", "member"}


class Roles:
    """Who is who: roles from the database, staff from the messenger's own list of the team's chats."""

    def __init__(self, database: Database, client: TelegramClient) -> None:
        self._database = database
        self._client = client
        self._members: dict[tuple[int, int], tuple[float, bool]] = {}

    async def role(self, telegram_id: int) -> Role:
        """The role somebody has beyond staff."""
        return await membership.role_of(self._database, telegram_id)

    async def recognise(self, user: User) -> Role:
        """The role of whoever is here now; a member's name is kept up to date."""
        return await membership.recognise(self._database, user.id, user.full_name or None)

    async def chats_here(self, chat_id: int) -> frozenset[str]:
        """The catalogue's names of this chat: of the teams that work in it."""
        return frozenset(chat.chat for chat in await membership.team_chats(self._database) if chat.chat_id == chat_id)

    async def chats_of(self, telegram_id: int) -> frozenset[str]:
        """The catalogue's names of the teams' chats that somebody is a member of (asked at most once a minute)."""
        chats = await membership.team_chats(self._database)
        joined = {
            chat_id for chat_id in {chat.chat_id for chat in chats} if await self._is_member(chat_id, telegram_id)
        }
        return frozenset(chat.chat for chat in chats if chat.chat_id in joined)

    async def actor_of(self, callback: CallbackQuery) -> StaffActor:
        """Who pressed a button, and in which chat."""
        user = callback.from_user
        return await self.acting(user, user.id if callback.message is None else callback.message.chat.id)

    async def acting(self, user: User, chat_id: int) -> StaffActor:
        """Who acts on cases; in private, what they are a member of says what is theirs."""
        member_of = await self.chats_of(user.id) if chat_id == user.id else frozenset()
        return StaffActor(user.id, shown_name(user), chat_id, member_of)

    async def _is_member(self, chat_id: int, telegram_id: int) -> bool:
        known = self._members.get((chat_id, telegram_id))
        now = time.monotonic()
        if known is not None and now - known[0] < _MEMBERSHIP_KEPT_SECONDS:
            return known[1]
        try:
            member = await self._client.call("getChatMember", chat_id=chat_id, user_id=telegram_id)
        except TelegramCallError:
            return False
        is_member = isinstance(member, dict) and bool(
            member.get("status") in _MEMBER_STATES or (member.get("status") == "restricted" and member.get("is_member"))
        )
        self._members[chat_id, telegram_id] = (now, is_member)
        return is_member


def shown_name(user: User) -> str:
    """What somebody is called in lists and on cards."""
    return user.full_name or str(user.id)


class HasRole(BaseFilter):
    """Passes those with at least this role."""

    def __init__(self, roles: Roles, role: Role) -> None:
        self._roles = roles
        self._role = role

    async def __call__(self, event: Message | CallbackQuery) -> bool:
        """Whether the sender may."""
        return event.from_user is not None and await self._roles.recognise(event.from_user) >= self._role


class SeesCases(BaseFilter):
    """Passes where cases may be listed: in a team's chat that team's, in private staff's own and managers' all.

    Hands on `chats`: the names of the teams' chats whose cases may be shown, None for every team's.
    """

    def __init__(self, roles: Roles) -> None:
        self._roles = roles

    async def __call__(self, event: Message | CallbackQuery) -> bool | dict[str, object]:
        """Whose cases may be shown here, if any."""
        message = event.message if isinstance(event, CallbackQuery) else event
        if event.from_user is None or message is None:
            return False
        if message.chat.type != "private":
            chats = await self._roles.chats_here(message.chat.id)
        elif await self._roles.recognise(event.from_user) > Role.NOBODY:
            return {"chats": None}
        else:
            chats = await self._roles.chats_of(event.from_user.id)
        return {"chats": chats} if chats else False
