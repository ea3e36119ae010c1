"""Promo codes: `otklik codes import|list|withdraw`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.faults import CommandError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from surveys.publishing import Catalogues
    from surveys.storage import Database

PoolArgument = Annotated[str, typer.Argument(metavar="POOL", help="The pool's name under recovery.pools.")]
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="TXT or CSV with one code a line, or XLSX with them in the first column.")
]

_BATCH = 5_000
_FAULTS_SHOWN = 10


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    codes = typer.Typer(name="codes", help="Promo codes given as an apology: each is given once.", no_args_is_help=True)
    codes.command("import")(import_file)
    codes.command("list")(list_all)
    codes.command("withdraw")(withdraw)
    application.add_typer(codes)


def import_file(pool: PoolArgument, file: FileArgument) -> None:
    """Fill a pool from a file; codes it has already are counted and left alone.

    Exits 0, 1 when lines hold no usable code, 2 when there is no such pool or the file cannot be read.
    """

    async def work(database: Database, catalogues: Catalogues) -> int:
        from bot.clock import SystemClock

        return await fill_pool(database, catalogues, pool, file, now=SystemClock().now())

    if _within(work):
        raise typer.Exit(1)


def list_all() -> None:
    """How many codes of each pool are free and given, and how many were given today."""
    _within(_list)


def withdraw(pool: PoolArgument) -> None:
    """Take the free codes of a pool out of use, once and for all; those given stay given."""

    async def work(database: Database, catalogues: Catalogues) -> int:
        from surveys.pools import UnknownPoolError, withdraw_pool

        try:
            count = await withdraw_pool(database, catalogues, pool)
        except UnknownPoolError as error:
            raise CommandError(str(error)) from error
        typer.echo(f"{count:,} {'code is' if count == 1 else 'codes are'} withdrawn from {pool}.")
        return 0

    _within(work)


async def fill_pool(database: Database, catalogues: Catalogues, pool: str, file: Path, *, now: datetime) -> int:
    """Fill a pool from a file and print what came of it; how many lines held no usable code. Raises CommandError."""
    from rich.console import Console
    from rich.progress import track

    from bot.files.codes import read_codes
    from bot.files.table import FileFaultError
    from surveys.pools import UnknownPoolError, check_pool, import_codes

    try:
        check_pool(catalogues, pool)
    except UnknownPoolError as error:
        raise CommandError(str(error)) from error
    try:
        lines = list(read_codes(file))
    except FileFaultError as error:
        raise CommandError(str(error)) from error
    found = [line.code for line in lines if line.code is not None]
    distinct = list(dict.fromkeys(found))
    added = 0
    batches = [distinct[start : start + _BATCH] for start in range(0, len(distinct), _BATCH)]
    for batch in track(batches, description=file.name, console=Console(stderr=True), transient=True):
        added += await import_codes(database, catalogues, pool, batch, now=now)
    faulty = [line for line in lines if line.fault is not None]
    blank = len(lines) - len(found) - len(faulty)
    typer.echo(f"{added:,} new {'code' if added == 1 else 'codes'} in {pool}")
    if len(found) > added:
        typer.echo(f"  known already, or twice in the file: {len(found) - added:,}")
    if blank:
        typer.echo(f"  blank lines: {blank:,}")
    for line in faulty[:_FAULTS_SHOWN]:
        typer.echo(f"  line {line.line} {line.fault}", err=True)
    if len(faulty) > _FAULTS_SHOWN:
        typer.echo(f"  and {len(faulty) - _FAULTS_SHOWN:,} more lines like these", err=True)
    return len(faulty)


async def _list(database: Database, catalogues: Catalogues) -> int:
    from rich.console import Console
    from rich.table import Table

    from bot.clock import SystemClock
    from surveys.pools import list_pools
    from surveys.rules.languages import pick

    standings = await list_pools(database, catalogues, now=SystemClock().now())
    if not standings:
        typer.echo("There are no pools: add them under recovery.pools of the catalogue.")
        return 0
    table = Table("pool", "title", "free", "given", "today", "withdrawn", "", box=None, pad_edge=False)
    for one in standings:
        title = "not in the catalogue" if one.title is None else pick(one.title, catalogues.language)
        today = f"{one.given_today}" if one.per_day is None else f"{one.given_today} of {one.per_day}"
        low = "low" if one.low else ""
        table.add_row(one.name, title, f"{one.free:,}", f"{one.given:,}", today, f"{one.withdrawn:,}", low)
    Console().print(table)
    return 0


def _within(work: Callable[[Database, Catalogues], Awaitable[int]]) -> int:
    import asyncio

    from bot.cli.opening import read_settings
    from bot.cli.opening_files import load_catalogues
    from bot.cli.storage import open_database

    async def run() -> int:
        settings = read_settings()
        async with open_database(settings) as database:
            return await work(database, await load_catalogues(database, settings))

    return asyncio.run(run())
