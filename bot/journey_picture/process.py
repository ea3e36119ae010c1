"""Draws in a child process: matplotlib is large and slow to load, and a crash of it must stop nothing."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from bot.journey_picture.scene import Scene, Theme, build_scene

if TYPE_CHECKING:
    from surveys.stations import Journey

LONGEST_SECONDS: Final = 60.0


class PictureError(RuntimeError):
    """The picture could not be drawn; says why."""


async def draw_journey(journey: Journey, language: str, theme: Theme) -> bytes:
    """The picture as PNG, 1,080 pixels wide; raises PictureError."""
    return await draw_scene(build_scene(journey, language, theme))


async def draw_scene(scene: Scene) -> bytes:
    """Have a child of this interpreter draw; raises PictureError."""
    environment = {"MPLCONFIGDIR": tempfile.gettempdir()} | os.environ
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.journey_picture.drawing",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            drawn, complaint = await child.communicate(json.dumps(asdict(scene)).encode())
    except TimeoutError as error:
        raise PictureError(f"the picture was not drawn within {LONGEST_SECONDS:.0f} s") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0 or not drawn:
        said = complaint.decode(errors="replace").strip().splitlines()
        raise PictureError(f"the picture could not be drawn: {said[-1] if said else child.returncode}")
    return drawn
