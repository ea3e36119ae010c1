"""Who may do what: owners, managers by one-time links, and the chats teams work in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from db import case_cards, members, schedule
from db.database import Database, Transaction
from db.members import Member, TeamChat
from surveys.scopes import Scope

INVITE_PREFIX = "team-"
"""Begins every start key that makes somebody a member, so that it is never taken for a customer's link."""

_INVITE_LASTS = timedelta(hours=24)

STAFF_CHAT = "staff"
"""The catalogue's name of the chat that OTKLIK_STAFF_CHAT sets."""


class Role(IntEnum):
    """What somebody may do; a larger one may do everything a smaller one may."""

    NOBODY = 0
    MANAGER = 1
    OWNER = 2


class InviteUse(StrEnum):
    """What became of opening a one-time link."""

    WELCOME = "welcome"
    ALREADY = "already"
    USED = "used"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class IssuedInvite:
    """A one-time link's key and until when it works."""

    key: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Crew:
    """Everybody with a role, and every team's chat."""

    members: tuple[Member, ...]
    team_chats: tuple[TeamChat, ...]


async def settle_in(database: Database, *, owners: Sequence[int], staff_chat: int | None, now: datetime) -> None:
    """Take over what the settings say: the owners, and the staff chat unless /here named another since.

    A setting that has not changed changes nothing: its group may have become a supergroup with another id.
    """
    async with database.transaction() as transaction:
        await members.set_owners(transaction, owners, now)
        if staff_chat is None:
            return
        known = await members.team_chat(transaction, STAFF_CHAT)
        if known is None or known.set_by_setting not in (None, staff_chat):
            await _move_team(transaction, STAFF_CHAT, staff_chat, title=None, set_by_setting=staff_chat, now=now)


async def role_of(database: Database, telegram_id: int) -> Role:
    """The role somebody has."""
    async with database.autocommit() as transaction:
        return _role(await members.role_of(transaction, telegram_id))


async def recognise(database: Database, telegram_id: int, name: str | None) -> Role:
    """The role somebody who is here under this name has; the list of people shows a member's latest name."""
    async with database.autocommit() as transaction:
        member = await members.find_member(transaction, telegram_id)
        if member is None:
            return Role.NOBODY
        if name is not None and name != member.name:
            await members.keep_name(transaction, telegram_id, name)
        return _role(member.role)


async def invite(
    database: Database, *, by: int, now: datetime, role: Role = Role.MANAGER, scope: Scope | None = None
) -> IssuedInvite:
    """Make a one-time link that gives the role for the next 24 hours; `scope` is all a manager may see."""
    issued = IssuedInvite(INVITE_PREFIX + secrets.token_urlsafe(24), now + _INVITE_LASTS)
    async with database.transaction() as transaction:
        await members.add_invite(
            transaction,
            issued.key,
            role=role.name.lower(),
            created_by=by,
            now=now,
            expires_at=issued.expires_at,
            scope=scope or {},
        )
    return issued


async def accept_invite(database: Database, key: str, *, telegram_id: int, name: str, now: datetime) -> InviteUse:
    """Give the role of a one-time link to the first who opens it in time."""
    async with database.transaction() as transaction:
        found = await members.lock_invite(transaction, key)
        if found is None:
            return InviteUse.UNKNOWN
        if found.used_by is not None:
            return InviteUse.ALREADY if found.used_by == telegram_id else InviteUse.USED
        if now >= found.expires_at:
            return InviteUse.EXPIRED
        await members.use_invite(transaction, key, telegram_id, now)
        await members.add_member(
            transaction,
            telegram_id,
            role=found.role,
            name=name,
            added_by=found.created_by,
            now=now,
            scope=found.scope,
        )
        return InviteUse.WELCOME


async def list_crew(database: Database) -> Crew:
    """Everybody with a role, and every team's chat."""
    async with database.transaction() as transaction:
        return Crew(tuple(await members.list_members(transaction)), tuple(await members.list_team_chats(transaction)))


async def remove(database: Database, telegram_id: int) -> Member | None:
    """Take a role away; None for those who have none or are owners by the settings."""
    async with database.transaction() as transaction:
        return await members.remove_member(transaction, telegram_id)


async def set_team_chat(
    database: Database, chat: str, chat_id: int, *, title: str | None, thread_id: int | None = None, now: datetime
) -> None:
    """Let a team work in this chat, and there in this topic of a forum, from now on.

    What could not be delivered to it is tried at once.
    """
    async with database.transaction() as transaction:
        await _move_team(transaction, chat, chat_id, title=title, thread_id=thread_id, set_by_setting=None, now=now)


async def team_chats(database: Database) -> tuple[TeamChat, ...]:
    """Every team's chat."""
    async with database.autocommit() as transaction:
        return tuple(await members.list_team_chats(transaction))


async def report_chats(transaction: Transaction) -> list[int]:
    """The private chats of those who are told how the business does: owners and managers."""
    return [member.telegram_id for member in await members.list_members(transaction)]


async def team_chat_moved(database: Database, from_chat_id: int, to_chat_id: int) -> None:
    """A group became a supergroup: its team works on in the new chat, and unsettled cases get their cards there."""
    async with database.transaction() as transaction:
        await members.team_chat_migrated(transaction, from_chat_id, to_chat_id)
        await case_cards.post_cards_anew(transaction, from_chat_id)


async def _move_team(
    transaction: Transaction,
    chat: str,
    chat_id: int,
    *,
    title: str | None,
    set_by_setting: int | None,
    now: datetime,
    thread_id: int | None = None,
) -> None:
    before = await members.team_chat(transaction, chat)
    await members.set_team_chat(
        transaction, chat, chat_id, title=title, set_by_setting=set_by_setting, thread_id=thread_id, now=now
    )
    await schedule.release(transaction, f"team:{chat}")
    if before is not None and before.chat_id != chat_id:
        await case_cards.post_cards_anew(transaction, before.chat_id)


def _role(name: str | None) -> Role:
    return Role.NOBODY if name is None else Role[name.upper()]
