"""Counting that takes long is announced on the terminal, apart from what is printed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

import typer

Found = TypeVar("Found")

WORTH_SAYING_SECONDS: Final = 1.5


async def announced(counting: Awaitable[Found]) -> Found:
    """What is counted; whoever waits longer than WORTH_SAYING_SECONDS is told so on the standard error."""
    task = asyncio.ensure_future(counting)
    done, _ = await asyncio.wait((task,), timeout=WORTH_SAYING_SECONDS)
    if not done:
        typer.echo("There is a lot of data; counting takes up to a minute.", err=True)
    return await task
