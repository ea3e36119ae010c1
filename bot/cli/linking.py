"""`otklik links`: the shop's own export with a column of personal links."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
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

COLUMNS = {"telegram": "telegram_link", "vk": "vk_link"}
"""The column of each messenger; only those that are set up are added."""

_ADDRESSES = {"telegram": "https://t.me/{name}?start={key}", "vk": "https://vk.me/{name}?ref={key}"}


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
            names = {channel: (await channel_state(database, channel)).username for channel in COLUMNS}
            known = {channel: name for channel, name in names.items() if name is not None}
            if not known:
                raise CommandError(
                    "the bot's name is not known yet; set OTKLIK_TELEGRAM_TOKEN (or VK's), start `otklik run` once, "
                    "and try again"
                )
            return await _link(request, mapping, database, known)

    return asyncio.run(work())


async def _link(
    request: LinkFileRequest, mapping: FileMapping | None, database: Database, names: Mapping[str, str]
) -> int:
    with request.open(Purpose.LINKS, mapping) as (table, used):
        columns = [COLUMNS[channel] for channel in names]
        for column in columns:
            if column in table.header:
                raise CommandError(f"{request.file.name}: there is a column `{column}` already; rename or delete it")
        zone = ZoneInfo("UTC")
        rows = convert_rows(table, link_reader(used, table.header, zone))
        output = request.output or _beside(request.file, table)
        if output.resolve() == request.file.resolve():
            raise CommandError("the output would overwrite the file itself; name another with --output")
        written = without = 0
        with _writer(output, table, zone, columns) as writer:
            while batch := list(islice(rows, BATCH)):
                keys = await _keys(database, [owner for _, owner, _ in batch if owner is not None])
                for row, owner, fault in batch:
                    key = None if owner is None else next(keys)
                    writer.write([*_cells(row, len(table.header)), *_addresses(names, key)])
                    written += owner is not None
                    without += owner is None
                    if fault is not None:
                        typer.echo(f"{request.file.name}, line {row.line}: no link: {fault}", err=True)
    typer.echo(f"{written:,} links are in {output}")
    return 1 if without else 0


async def _keys(database: Database, owners: list[LinkOwner]) -> Iterator[str]:
    wanted = [LinkRequest(owner.customer_id, owner.order_id) for owner in owners]
    return iter(await make_link_keys(database, wanted, now=SystemClock().now()))


def _addresses(names: Mapping[str, str], key: str | None) -> list[str]:
    """The link in each messenger; nothing for a row that belongs to nobody."""
    return ["" if key is None else _ADDRESSES[channel].format(name=name, key=key) for channel, name in names.items()]


def _cells(row: Row, width: int) -> list[Value]:
    """The row's own cells, as wide as the header."""
    cells = [cell if isinstance(cell, (str, int, float)) else str(cell) for cell in row.cells[:width]]
    return [*cells, *[""] * (width - len(cells))]


def _beside(file: Path, table: Table) -> Path:
    ending = ".csv" if isinstance(table, DelimitedTable) else ".xlsx"
    return file.with_name(f"{file.stem}.links{ending}")


def _writer(output: Path, table: Table, zone: ZoneInfo, columns: list[str]) -> RowWriter:
    """A writer in the dialect of the file, so that what reads the one reads the other."""
    header = [*table.header, *columns]
    if isinstance(table, DelimitedTable) and output.suffix.lower() == ".csv":
        return CsvWriter(output, header, zone, encoding=table.encoding, delimiter=table.delimiter, guards=False)
    try:
        return open_writer(output, header, zone)
    except ValueError as error:
        raise CommandError(str(error)) from error
