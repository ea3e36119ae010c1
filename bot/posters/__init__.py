"""Print-ready sheets with QR codes, drawn by a child process: the drawing library is large and slow to load."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, Literal

Format = Literal["png", "svg", "pdf"]
FORMATS: Final[tuple[Format, ...]] = ("png", "svg", "pdf")

DEADLINE: Final = 60.0
"""Seconds after which the drawing is given up."""


class PosterError(RuntimeError):
    """The sheet could not be drawn; says why."""


@dataclass(frozen=True, slots=True)
class Poster:
    """An A5 sheet: the business, the question, how to answer it, a code for each messenger, and the place in small."""

    business: str
    question: str
    invitation: str
    codes: Mapping[str, str]
    place: str | None = None


async def draw_poster(poster: Poster, form: Format) -> bytes:
    """The sheet as a file of this format; raises PosterError."""
    request = json.dumps({**asdict(poster), "form": form}).encode()
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.posters.drawing",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(DEADLINE):
            drawn, told = await child.communicate(request)
    except TimeoutError:
        raise PosterError(f"drawing took longer than {DEADLINE:.0f} seconds") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        lines = told.decode(errors="replace").strip().splitlines()
        raise PosterError(lines[-1] if lines else f"drawing ended with {child.returncode}")
    return drawn
