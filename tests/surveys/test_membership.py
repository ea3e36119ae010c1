from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from db.database import Database
from surveys import membership
from surveys.membership import InviteUse, Role

NOON = datetime(2026, 11, 18, 9, tzinfo=UTC)
OWNER, ANNA, BORIS = 1, 2, 3


async def _settled(database: Database) -> None:
    await membership.settle_in(database, owners=[OWNER], staff_chat=-100, now=NOON)


async def test_the_settings_name_the_owners(database: Database) -> None:
    await _settled(database)
    assert await membership.role_of(database, OWNER) is Role.OWNER
    assert await membership.role_of(database, ANNA) is Role.NOBODY
    await membership.settle_in(database, owners=[ANNA], staff_chat=None, now=NOON)
    assert await membership.role_of(database, OWNER) is Role.NOBODY
    assert await membership.role_of(database, ANNA) is Role.OWNER


async def test_a_one_time_link_makes_one_manager(database: Database) -> None:
    await _settled(database)
    issued = await membership.invite(database, by=OWNER, now=NOON)
    assert len(issued.key) <= 64
    uses = await asyncio.gather(
        *(
            membership.accept_invite(database, issued.key, telegram_id=who, name=name, now=NOON)
            for who, name in ((ANNA, "Анна"), (BORIS, "Борис"))
        )
    )
    assert sorted(uses) == [InviteUse.USED, InviteUse.WELCOME]
    managers = [who for who in (ANNA, BORIS) if await membership.role_of(database, who) is Role.MANAGER]
    assert len(managers) == 1
    again = await membership.accept_invite(database, issued.key, telegram_id=managers[0], name="?", now=NOON)
    assert again is InviteUse.ALREADY


async def test_a_one_time_link_expires_to_the_second(database: Database) -> None:
    await _settled(database)
    issued = await membership.invite(database, by=OWNER, now=NOON)
    late = await membership.accept_invite(
        database, issued.key, telegram_id=ANNA, name="Анна", now=NOON + timedelta(hours=24)
    )
    assert late is InviteUse.EXPIRED
    in_time = await membership.accept_invite(
        database, issued.key, telegram_id=ANNA, name="Анна", now=NOON + timedelta(hours=24, seconds=-1)
    )
    assert in_time is InviteUse.WELCOME


async def test_an_unknown_link_gives_nothing(database: Database) -> None:
    await _settled(database)
    use = await membership.accept_invite(database, "team-guess", telegram_id=ANNA, name="Анна", now=NOON)
    assert use is InviteUse.UNKNOWN
    assert await membership.role_of(database, ANNA) is Role.NOBODY


async def test_an_owner_who_opens_a_managers_link_stays_owner(database: Database) -> None:
    await _settled(database)
    issued = await membership.invite(database, by=OWNER, now=NOON)
    await membership.accept_invite(database, issued.key, telegram_id=OWNER, name="Ольга", now=NOON)
    assert await membership.role_of(database, OWNER) is Role.OWNER


async def test_managers_can_be_removed_and_owners_of_the_settings_cannot(database: Database) -> None:
    await _settled(database)
    issued = await membership.invite(database, by=OWNER, now=NOON)
    await membership.accept_invite(database, issued.key, telegram_id=ANNA, name="Анна", now=NOON)
    removed = await membership.remove(database, ANNA)
    assert removed is not None
    assert removed.name == "Анна"
    assert await membership.role_of(database, ANNA) is Role.NOBODY
    assert await membership.remove(database, OWNER) is None


async def test_here_holds_over_the_setting_and_follows_a_group_that_moves(database: Database) -> None:
    await _settled(database)
    await membership.set_team_chat(database, "staff", -200, title="Кухня", now=NOON)
    await membership.settle_in(database, owners=[OWNER], staff_chat=-100, now=NOON)
    (chat,) = await membership.team_chats(database)
    assert (chat.chat_id, chat.title) == (-200, "Кухня")
    await membership.team_chat_moved(database, -200, -100200)
    (chat,) = await membership.team_chats(database)
    assert chat.chat_id == -100200


async def test_a_changed_setting_replaces_its_own_earlier_value_and_not_what_here_said(database: Database) -> None:
    async def place() -> int:
        (chat,) = await membership.team_chats(database)
        return chat.chat_id

    await _settled(database)
    await membership.settle_in(database, owners=[OWNER], staff_chat=-101, now=NOON)
    assert await place() == -101
    await membership.settle_in(database, owners=[OWNER], staff_chat=None, now=NOON)
    assert await place() == -101
    # the group became a supergroup, and nobody touched the setting
    await membership.team_chat_moved(database, -101, -100101)
    await membership.settle_in(database, owners=[OWNER], staff_chat=-101, now=NOON)
    assert await place() == -100101
    await membership.settle_in(database, owners=[OWNER], staff_chat=-102, now=NOON)
    assert await place() == -102
    await membership.set_team_chat(database, "staff", -200, title="Кухня", now=NOON)
    await membership.settle_in(database, owners=[OWNER], staff_chat=-103, now=NOON)
    assert await place() == -200


async def test_a_member_is_listed_by_the_name_they_last_had(database: Database) -> None:
    await _settled(database)
    assert await membership.recognise(database, OWNER, "Ольга") is Role.OWNER
    assert await membership.recognise(database, OWNER, None) is Role.OWNER
    assert await membership.recognise(database, ANNA, "Анна") is Role.NOBODY
    (owner,) = (await membership.list_crew(database)).members
    assert owner.name == "Ольга"
