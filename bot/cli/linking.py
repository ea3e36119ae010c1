"""`otklik links`: the shop's own export with a column of personal links."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from bot.cli.faults import CommandError
from bot.cli.opening import read_settings
from bot.cli.opening_files import FileRequest
from bot.cli.storage import open_database
from bot.clock import SystemClock
from bot.files.delimited import DelimitedTable
from bot.files.importing import BATCH, convert_rows
from bot.files.mapping import FileMapping, Purpose
from bot.files.records import LinkOwner, link_reader
from bot.files.table import Row, Table
from bot.files.writing import CsvWriter, RowWriter, Value, open_writer
from surveys.channels import channel_state
from surveys.people import LinkRequest, make_link_keys
from surveys.storage import Database

COLUMN = "telegram_link"


@dataclass(frozen=True, slots=True)
class LinkFileRequest(FileRequest):
    """A file to add links to; `output` is where the result goes."""

    output: Path | None


def run_linking(request: LinkFileRequest) -> int:
    """Write the file with links; the exit status."""

    async def work() -> int:
        settings = read_settings()
        mapping = request.read_mapping(Purpose.LINKS)
        async with open_database(settings) as database:
            username = (await channel_state(database, "telegram")).username
            if username is None:
                raise CommandError(
                    "the bot's name is not known yet; set OTKLIK_TELEGRAM_TOKEN, start `otklik run` once, and try again"
                )
            return await _link(request, mapping, database, username)

    return asyncio.run(work())


async def _link(request: LinkFileRequest, mapping: FileMapping | None, database: Database, username: str) -> int:
    with request.open(Purpose.LINKS, mapping) as (table, used):
        if COLUMN in table.header:
            raise CommandError(f"{request.file.name}: there is a column `{COLUMN}` already; rename or delete it")
        zone = ZoneInfo("UTC")
        rows = convert_rows(table, link_reader(used, table.header, zone))
        output = request.output or _beside(request.file, table)
        if output.resolve() == request.file.resolve():
            raise CommandError("the output would overwrite the file itself; name another with --output")
        written = without = 0
        with _writer(output, table, zone) as writer:
            while batch := list(islice(rows, BATCH)):
                keys = await _keys(database, [owner for _, owner, _ in batch if owner is not None])
                for row, owner, fault in batch:
                    address = "" if owner is None else f"https://t.me/{username}?start={next(keys)}"
                    writer.write([*_cells(row, len(table.header)), address])
                    written += owner is not None
                    without += owner is None
                    if fault is not None:
                        typer.echo(f"{request.file.name}, line {row.line}: no link: {fault}", err=True)
    typer.echo(f"{written:,} links are in {output}")
    return 1 if without else 0


async def _keys(database: Database, owners: list[LinkOwner]) -> Iterator[str]:
    wanted = [LinkRequest(owner.customer_id, owner.order_id) for owner in owners]
    return iter(await make_link_keys(database, wanted, now=SystemClock().now()))


def _cells(row: Row, width: int) -> list[Value]:
    """The row's own cells, as wide as the header."""
    cells = [cell if isinstance(cell, (str, int, float)) else str(cell) for cell in row.cells[:width]]
    return [*cells, *[""] * (width - len(cells))]


def _beside(file: Path, table: Table) -> Path:
    ending = ".csv" if isinstance(table, DelimitedTable) else ".xlsx"
    return file.with_name(f"{file.stem}.links{ending}")


def _writer(output: Path, table: Table, zone: ZoneInfo) -> RowWriter:
    """A writer in the dialect of the file, so that what reads the one reads the other."""
    header = [*table.header, COLUMN]
    if isinstance(table, DelimitedTable) and output.suffix.lower() == ".csv":
        return CsvWriter(output, header, zone, encoding=table.encoding, delimiter=table.delimiter, guards=False)
    try:
        return open_writer(output, header, zone)
    except ValueError as error:
        raise CommandError(str(error)) from error
