"""`otklik qr`: printable sheets that open a survey, and the entry points behind them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.faults import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surveys.entering import EntryPoint


class SheetFormat(StrEnum):
    """What a sheet can be written as."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("qr")(qr)


def qr(
    touchpoint: Annotated[
        str | None, typer.Argument(help="The touchpoint whose survey opens.", show_default=False)
    ] = None,
    *,
    location: Annotated[
        str | None, typer.Option("--location", help="The place, as the events' attribute `location` names it.")
    ] = None,
    form: Annotated[
        SheetFormat | None, typer.Option("--format", help="By the name of FILE, else png.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where the sheet goes.", show_default=False)
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="ru or en; the business's first language by default.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the entry points there are.")] = False,
    revoke: Annotated[
        str | None, typer.Option("--revoke", metavar="TOKEN", help="End an entry point.", show_default=False)
    ] = None,
) -> None:
    """A print-ready sheet with a QR code for each messenger: scanning it opens the survey, without any order feed.

    Asking again for the same touchpoint and place gives the same code. The addresses are printed too, for short links.
    """
    import asyncio

    if listed:
        _print(asyncio.run(_listed()))
    elif revoke is not None:
        if not asyncio.run(_revoke(revoke)):
            raise CommandError(f"no entry point in force has the token {revoke}; see `otklik qr --list`")
        typer.echo(f"{revoke} is revoked: whoever scans it is told so.")
    elif touchpoint is None:
        raise CommandError("name the touchpoint whose survey opens, or give --list or --revoke TOKEN")
    else:
        chosen = (form or _form_of(out)).value
        file, addresses = asyncio.run(_draw(touchpoint, location, chosen, out, language))
        typer.echo(f"The sheet is in {file}")
        for address in addresses:
            typer.echo(address)


def _form_of(out: Path | None) -> SheetFormat:
    ending = "png" if out is None else out.suffix.lower().removeprefix(".")
    if ending not in set(SheetFormat):
        raise CommandError(f"{out}: name a file that ends in .png, .svg or .pdf, or give --format")
    return SheetFormat(ending)


async def _draw(
    touchpoint: str, location: str | None, form: str, out: Path | None, language: str | None
) -> tuple[Path, Sequence[str]]:
    from bot.cli.opening import read_settings
    from bot.cli.pictures import draw
    from bot.cli.storage import open_database
    from bot.clock import SystemClock
    from bot.drawing.poster.sheet import FORMATS
    from bot.entry_posters import file_name, poster_of
    from bot.links import deep_links
    from surveys.entering import ENTRY_KEY, EntryPointError, make_entry_point
    from surveys.publishing import Catalogues

    async with open_database(read_settings()) as database:
        catalogues = Catalogues()
        await catalogues.refresh(database)
        if not await deep_links(database, ENTRY_KEY):
            raise CommandError(
                "no messenger is known yet; set OTKLIK_TELEGRAM_TOKEN or OTKLIK_VK_TOKEN and start `otklik run` once"
            )
        try:
            point = await make_entry_point(database, catalogues, touchpoint, location, now=SystemClock().now())
        except EntryPointError as error:
            raise CommandError(str(error)) from error
        links = await deep_links(database, f"{ENTRY_KEY}{point.token}")
        chosen = next(known for known in FORMATS if known == form)
        poster = poster_of(catalogues.in_force.catalogue, point, links, language or catalogues.language, chosen)
    drawn = await draw(poster)
    file = out or Path(file_name(point, form))
    try:
        file.write_bytes(drawn)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}; name another with --out") from error
    return file, list(links.values())


async def _listed() -> Sequence[EntryPoint]:
    from bot.cli.opening import read_settings
    from bot.cli.storage import open_database
    from surveys.entering import list_entry_points

    async with open_database(read_settings()) as database:
        return await list_entry_points(database)


async def _revoke(token: str) -> bool:
    from bot.cli.opening import read_settings
    from bot.cli.storage import open_database
    from bot.clock import SystemClock
    from surveys.entering import revoke_entry_point

    async with open_database(read_settings()) as database:
        return await revoke_entry_point(database, token, now=SystemClock().now())


def _print(points: Sequence[EntryPoint]) -> None:
    from rich.console import Console
    from rich.table import Table

    if not points:
        typer.echo("There are no entry points yet; `otklik qr TOUCHPOINT` makes one.")
        return
    table = Table("token", "touchpoint", "location", "opened", "created", "revoked", box=None, pad_edge=False)
    for point in points:
        revoked = "" if point.revoked_at is None else f"{point.revoked_at:%Y-%m-%d %H:%M} UTC"
        table.add_row(
            point.token,
            point.touchpoint,
            point.location or "",
            str(point.opened),
            f"{point.created_at:%Y-%m-%d %H:%M} UTC",
            revoked,
        )
    Console().print(table)
