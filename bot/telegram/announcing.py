"""Counting that takes long is announced, so that nobody asks twice."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Final, TypeVar

from bot.answers import DirectAnswers
from bot.screens.journey import said_screen

Found = TypeVar("Found")

WORTH_SAYING_SECONDS: Final = 1.5


async def counted(
    answers: DirectAnswers, chat_id: int, language: str, counting: Coroutine[object, object, Found]
) -> Found:
    """What the use case finds; whoever waits longer than WORTH_SAYING_SECONDS is told that it is being counted."""
    task = asyncio.ensure_future(counting)
    done, _ = await asyncio.wait((task,), timeout=WORTH_SAYING_SECONDS)
    if not done:
        await answers.send(chat_id, said_screen("journey.counting", language))
    return await task
