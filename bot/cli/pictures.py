"""Pictures written into files: their options, and having them drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.faults import CommandError

if TYPE_CHECKING:
    from bot.drawing.kinds import Drawable, Theme

Picture = Annotated[
    str | None, typer.Option("--picture", metavar="FILE.png", help="Also draw it into this file.", show_default=False)
]
PaperTheme = Annotated[str, typer.Option("--theme", help="light or dark, for the picture.")]


def check_options(picture: str | None, theme: str) -> Theme:
    """The paper; raises CommandError for another, and for a file in no folder, before anything is counted."""
    from bot.drawing.kinds import Theme

    if theme not in tuple(Theme):
        raise CommandError(f"--theme: {theme!r} is neither light nor dark")
    if picture is not None and not Path(picture).absolute().parent.is_dir():
        raise CommandError(f"--picture: {picture} cannot be written: there is no such folder")
    return Theme(theme)


async def draw(drawable: Drawable) -> bytes:
    """The file's content; raises CommandError."""
    from bot.drawing.painting import PaintingError, open_painter

    async with open_painter() as painter:
        try:
            return await painter.paint(drawable)
        except PaintingError as error:
            raise CommandError(f"it could not be drawn: {error}") from error


def write_picture(picture: str, drawable: Drawable) -> None:
    """Draw it into the file; raises CommandError."""
    import asyncio

    drawn = asyncio.run(draw(drawable))
    try:
        Path(picture).write_bytes(drawn)
    except OSError as error:
        raise CommandError(f"--picture: {picture} cannot be written: {error.strerror}") from error
