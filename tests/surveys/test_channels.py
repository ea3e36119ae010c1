"""What the processes of one installation share about a channel."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from db.database import Database
from surveys.channels import (
    channel_state,
    forget_idle_limits,
    go_on,
    hold_back,
    pause_channel,
    release_polling,
    remember_bot,
    remember_offset,
    reserve_slots,
    set_update_aside,
    take_polling,
)
from surveys.rules.pace import SCHEDULED_BURST

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


async def reserve(
    database: Database, chats: list[int], *, direct: bool = False, longest_wait: float = 60
) -> list[float]:
    slots = await reserve_slots(database, "telegram", chats, rate=30, direct=direct, longest_wait=longest_wait)
    return [slot.wait for slot in slots if not slot.refused]


async def test_processes_share_one_pace(database: Database, database_url: str) -> None:
    other = await Database.connect(database_url)
    try:
        groups = await asyncio.gather(
            *[reserve(member, list(range(n * 10 + 1, n * 10 + 11))) for n, member in enumerate([database, other] * 3)]
        )
    finally:
        await other.close()
    waits = sorted(wait for group in groups for wait in group)
    assert len(waits) == 60
    # reserving took some milliseconds itself, which came back as slots
    assert waits[-1] == pytest.approx((60 - SCHEDULED_BURST) / 30, abs=0.3)
    gaps = [
        later - earlier
        for earlier, later in zip(waits[SCHEDULED_BURST + 5 :], waits[SCHEDULED_BURST + 6 :], strict=False)
    ]
    assert sum(gaps) / len(gaps) == pytest.approx(1 / 30, rel=0.25)


async def test_a_direct_answer_does_not_queue_behind_the_schedule(database: Database) -> None:
    await reserve(database, list(range(1, SCHEDULED_BURST + 11)))
    assert await reserve(database, [500], direct=True) == [0]
    assert (await reserve(database, [501]))[0] > 0.2


async def test_a_hold_stops_everybody_until_it_ends(database: Database) -> None:
    await hold_back(database, "telegram", 3)
    await hold_back(database, "telegram", 1)
    assert (await reserve(database, [1], direct=True))[0] == pytest.approx(3, abs=0.2)
    assert await reserve(database, [2], longest_wait=1) == []


async def test_idle_limits_are_forgotten_and_busy_ones_are_not(database: Database) -> None:
    await reserve(database, [1, 2])
    assert await forget_idle_limits(database) == 1  # the hold that never was
    async with database.autocommit() as transaction:
        await transaction.run("update budgets set next_at = next_at - 600 where chat_id = 1")
    assert await forget_idle_limits(database) == 1


async def test_one_process_polls_until_it_gives_up_or_dies(database: Database) -> None:
    assert await take_polling(database, "telegram", "a")
    assert not await take_polling(database, "telegram", "b")
    assert await take_polling(database, "vk", "b")
    assert await take_polling(database, "telegram", "a")
    await release_polling(database, "telegram", "b")
    assert not await take_polling(database, "telegram", "b")
    await release_polling(database, "telegram", "a")
    assert await take_polling(database, "telegram", "b", lasting=timedelta(0))
    assert await take_polling(database, "telegram", "a")


async def test_what_is_known_of_a_channel(database: Database) -> None:
    assert (await channel_state(database, "telegram")).username is None
    await remember_bot(database, "telegram", "bakery_bot")
    await remember_offset(database, "telegram", 42)
    await pause_channel(database, "telegram", lasting=timedelta(minutes=1))
    state = await channel_state(database, "telegram")
    assert (state.username, state.poll_offset) == ("bakery_bot", 42)
    assert state.last_update_at is not None
    assert state.paused_until is not None
    await go_on(database, "telegram")
    assert (await channel_state(database, "telegram")).paused_until is None


async def test_an_update_is_set_aside_once_with_anything_in_it(database: Database) -> None:
    for _ in range(2):
        for update_id, content in ((7, "a\x00b"), (None, "no id"), (None, "another")):
            await set_update_aside(
                database, "telegram", update_id=update_id, error="odd", content=content, received_at=NOW
            )
    async with database.autocommit() as transaction:
        rows = await transaction.rows("select update_id, content from updates_set_aside order by id")
    assert [tuple(row) for row in rows] == [(7, "a�b"), (None, "no id"), (None, "another")]
