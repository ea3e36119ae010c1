"""Managers, owners, their invitations, and the chats teams work in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a role beyond staff."""

    telegram_id: int
    role: str
    name: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class TeamChat:
    """Where a team works, and since when the messenger refuses to deliver there."""

    chat: str
    chat_id: int
    title: str | None
    failing_since: datetime | None
    failure: str | None
    set_by_setting: int | None
    thread_id: int | None


@dataclass(frozen=True, slots=True)
class Invite:
    """A one-time link that gives a role."""

    role: str
    expires_at: datetime
    used_by: int | None
    created_by: int
    scope: Mapping[str, list[str]]


async def role_of(transaction: Transaction, telegram_id: int) -> str | None:
    """`owner`, `manager` or None."""
    role = await transaction.value("select role from members where telegram_id = $1", telegram_id)
    assert role is None or isinstance(role, str)
    return role


async def find_member(transaction: Transaction, telegram_id: int) -> Member | None:
    """The member of this id."""
    row = await transaction.row(
        "select telegram_id, role, name, since from members where telegram_id = $1", telegram_id
    )
    return None if row is None else Member(*row)


async def list_members(transaction: Transaction) -> list[Member]:
    """Owners first, then managers, oldest first."""
    rows = await transaction.rows(
        "select telegram_id, role, name, since from members order by role desc, since, telegram_id"
    )
    return [Member(*row) for row in rows]


async def set_owners(transaction: Transaction, telegram_ids: Sequence[int], now: datetime) -> None:
    """Make exactly these the owners that the settings name; owners named otherwise stay."""
    await transaction.run(
        "delete from members where role = 'owner' and added_by is null and telegram_id <> all($1::bigint[])",
        list(telegram_ids),
    )
    await transaction.run(
        """
        insert into members (telegram_id, role, since)
        select id, 'owner', $2 from unnest($1::bigint[]) as id
        on conflict (telegram_id) do update set role = 'owner', added_by = null
        """,
        list(telegram_ids),
        now,
    )


async def add_member(
    transaction: Transaction,
    telegram_id: int,
    *,
    role: str,
    name: str | None,
    added_by: int,
    now: datetime,
    scope: Mapping[str, list[str]],
) -> None:
    """Give somebody a role; an owner stays one."""
    await transaction.run(
        """
        insert into members (telegram_id, role, name, since, added_by, scope) values ($1, $2, $3, $4, $5, $6)
        on conflict (telegram_id) do update
           set name = excluded.name,
               scope = excluded.scope,
               role = case when members.role = 'owner' then 'owner' else excluded.role end
        """,
        telegram_id,
        role,
        name,
        now,
        added_by,
        scope,
    )


async def keep_name(transaction: Transaction, telegram_id: int, name: str) -> None:
    """Remember what a member is called now."""
    await transaction.run("update members set name = $2 where telegram_id = $1", telegram_id, name)


async def remove_member(transaction: Transaction, telegram_id: int) -> Member | None:
    """Take a manager's role away; owners named in the settings cannot be removed here."""
    row = await transaction.row(
        """
        delete from members where telegram_id = $1 and not (role = 'owner' and added_by is null)
        returning telegram_id, role, name, since
        """,
        telegram_id,
    )
    return None if row is None else Member(*row)


async def add_invite(
    transaction: Transaction,
    key: str,
    *,
    role: str,
    created_by: int,
    now: datetime,
    expires_at: datetime,
    scope: Mapping[str, list[str]],
) -> None:
    """Keep a one-time link."""
    await transaction.run(
        "insert into member_invites (key, role, created_by, created_at, expires_at, scope)"
        " values ($1, $2, $3, $4, $5, $6)",
        key,
        role,
        created_by,
        now,
        expires_at,
        scope,
    )


async def lock_invite(transaction: Transaction, key: str) -> Invite | None:
    """The invite, locked until the transaction ends."""
    row = await transaction.row(
        "select role, expires_at, used_by, created_by, scope from member_invites where key = $1 for update", key
    )
    return None if row is None else Invite(*row)


async def use_invite(transaction: Transaction, key: str, telegram_id: int, now: datetime) -> None:
    """Mark the invite as used."""
    await transaction.run("update member_invites set used_by = $2, used_at = $3 where key = $1", key, telegram_id, now)


async def set_team_chat(
    transaction: Transaction,
    chat: str,
    chat_id: int,
    *,
    title: str | None,
    now: datetime,
    set_by_setting: int | None = None,
    thread_id: int | None = None,
) -> None:
    """Let a team work in this chat (and topic) from now on.

    `set_by_setting` is the setting's value when that named it.
    """
    await transaction.run(
        """
        insert into team_chats (chat, chat_id, title, set_at, set_by_setting, thread_id)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (chat) do update
           set chat_id = excluded.chat_id, title = excluded.title, set_at = excluded.set_at,
               set_by_setting = excluded.set_by_setting, failing_since = null, failure = null,
               thread_id = excluded.thread_id
        """,
        chat,
        chat_id,
        title,
        now,
        set_by_setting,
        thread_id,
    )


async def topic_gone(transaction: Transaction, chat_id: int, thread_id: int) -> None:
    """The topic was closed or deleted: its team works in the chat itself from now on."""
    await transaction.run(
        "update team_chats set thread_id = null where chat_id = $1 and thread_id = $2", chat_id, thread_id
    )


_TEAM_CHATS = "select chat, chat_id, title, failing_since, failure, set_by_setting, thread_id from team_chats"


async def team_chat(transaction: Transaction, chat: str) -> TeamChat | None:
    """The chat of this name, falling back to none when it was never set."""
    row = await transaction.row(f"{_TEAM_CHATS} where chat = $1", chat)
    return None if row is None else TeamChat(*row)


async def hold_team_chat(transaction: Transaction, chat: str) -> int | None:
    """The id of the chat of this name, which does not change until the transaction ends."""
    chat_id = await transaction.value("select chat_id from team_chats where chat = $1 for share", chat)
    assert chat_id is None or isinstance(chat_id, int)
    return chat_id


async def list_team_chats(transaction: Transaction) -> list[TeamChat]:
    """Every chat that was set, by name."""
    rows = await transaction.rows(f"{_TEAM_CHATS} order by chat")
    return [TeamChat(*row) for row in rows]


async def team_chat_failed(transaction: Transaction, chat_id: int, failure: str, now: datetime) -> None:
    """Remember that the messenger refuses to deliver to this chat, and since when."""
    await transaction.run(
        "update team_chats set failing_since = coalesce(failing_since, $2), failure = $3 where chat_id = $1",
        chat_id,
        now,
        failure,
    )


async def team_chat_works(transaction: Transaction, chat_id: int) -> None:
    """A message arrived there again."""
    await transaction.run(
        "update team_chats set failing_since = null, failure = null where chat_id = $1 and failing_since is not null",
        chat_id,
    )


async def team_chat_migrated(transaction: Transaction, from_chat_id: int, to_chat_id: int) -> None:
    """The group became a supergroup with another id."""
    await transaction.run(
        "update team_chats set chat_id = $2, thread_id = null where chat_id = $1", from_chat_id, to_chat_id
    )


async def owner_ids(transaction: Transaction) -> list[int]:
    """The owners' Telegram ids, which are also their private chats."""
    rows = await transaction.rows("select telegram_id from members where role = 'owner' order by telegram_id")
    return [row["telegram_id"] for row in rows]
