"""Ticks wake work; they neither pile up nor cut it off."""

from __future__ import annotations

import asyncio

from bot.scheduler import Ticks


async def test_work_begins_at_once_and_repeats() -> None:
    ticks, done = Ticks(), asyncio.Semaphore(0)

    async def work() -> None:
        done.release()

    ticks.work("work", 0.01, work)
    ticks.start()
    async with asyncio.timeout(5):
        for _ in range(3):
            await done.acquire()
    await ticks.stop()


async def test_work_is_never_done_twice_at_a_time_and_is_finished_on_stop() -> None:
    ticks = Ticks()
    begun, may_end = asyncio.Event(), asyncio.Event()
    running, most, finished = 0, 0, 0

    async def work() -> None:
        nonlocal running, most, finished
        running += 1
        most = max(most, running)
        begun.set()
        await may_end.wait()
        running -= 1
        finished += 1

    other = asyncio.Event()
    ticked = 0

    def count() -> None:
        nonlocal ticked
        ticked += 1
        if ticked >= 5:
            other.set()

    ticks.work("slow", 0.01, work)
    ticks.call("quick", 0.01, count)
    ticks.start()
    async with asyncio.timeout(5):
        await begun.wait()
        await other.wait()
    stopping = asyncio.create_task(ticks.stop())
    await asyncio.sleep(0)
    may_end.set()
    await stopping
    assert (most, finished) == (1, 1)


async def test_work_that_fails_is_tried_again() -> None:
    ticks, tries = Ticks(), asyncio.Semaphore(0)

    async def work() -> None:
        tries.release()
        raise ConnectionRefusedError(111, "the database is away") if tries.locked() else ValueError("odd")

    ticks.work("failing", 0.01, work)
    ticks.start()
    async with asyncio.timeout(5):
        for _ in range(3):
            await tries.acquire()
    await ticks.stop()
