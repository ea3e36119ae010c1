"""`otklik export`: everything there is as a workbook or as CSV."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot.cli.faults import CommandError
from bot.cli.opening import read_settings
from bot.cli.storage import open_database
from bot.clock import SystemClock
from bot.files.export_kinds import OF_COMMENTS, OF_THE_WHOLE_BUSINESS, ExportKind
from bot.files.exporting import Progress as Told
from bot.files.exporting import write_csv, write_csv_folder, write_workbook
from bot.screens.wording import Wording
from surveys.exporting import Export, ExportScope, open_export
from surveys.publishing import Catalogues
from surveys.reporting import UnknownTouchpointError
from surveys.rules.journey import Catalogue
from surveys.rules.weeks import PeriodError, day_start, parse_day


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Where to, of which days, of which touchpoint, and of what; None: all of it."""

    path: Path
    first: str | None
    to: str | None
    touchpoint: str | None
    kind: ExportKind | None
    is_folder: bool


def run_export(request: ExportRequest) -> int:
    """Write the file or the folder; the exit status."""
    ending = request.path.suffix.lower()
    if not request.is_folder and ending not in (".csv", ".xlsx"):
        raise CommandError(
            f"{request.path.name}: files end in .csv or .xlsx, not in {ending or 'nothing'}; "
            "a folder of CSV files ends in /"
        )
    if not request.is_folder and not request.path.parent.is_dir():
        raise CommandError(f"there is no folder {request.path.parent}: make it, or name another place")
    if request.touchpoint is not None and request.kind in OF_THE_WHOLE_BUSINESS:
        raise CommandError(f"{request.kind} is of the whole business: leave --touchpoint out")
    try:
        written = asyncio.run(_export(request))
    except UnknownTouchpointError as error:
        raise CommandError(str(error)) from error
    told = ", ".join(f"{_worded(kind)} {count:,}" for kind, count in written.items())
    typer.echo(f"Rows in {request.path}: {told or 'none, for there is nothing there yet'}")
    return 0


async def _export(request: ExportRequest) -> Counter[ExportKind]:
    now = SystemClock().now()
    async with open_database(read_settings()) as database:
        catalogues = Catalogues()
        await catalogues.refresh(database)
        scope = _scope(request, catalogues.in_force.catalogue)
        comments_to_read = None if request.kind in (None, *OF_COMMENTS) else 0
        async with open_export(database, catalogues, scope, comments_to_read=comments_to_read, now=now) as export:
            with _progress() as shown:
                task = shown.add_task("exporting", total=export.counts.total or None)
                return await _write(
                    export,
                    request,
                    lambda kind, rows: shown.update(task, completed=rows, description=_worded(kind)),
                    now=now,
                )


async def _write(export: Export, request: ExportRequest, told: Told, *, now: datetime) -> Counter[ExportKind]:
    kinds = None if request.kind is None else (request.kind,)
    if request.is_folder:
        request.path.mkdir(parents=True, exist_ok=True)
        return await write_csv_folder(export, request.path, kinds=kinds, progress=told)
    if request.path.suffix.lower() == ".csv":
        return await write_csv(export, request.path, request.kind or ExportKind.ANSWERS, progress=told)
    return await write_workbook(export, request.path, now=now, kinds=kinds, progress=told)


def _worded(kind: ExportKind) -> str:
    """What the kind's sheet is called."""
    return Wording("en").text(f"export.sheet.{kind}").lower()


def _scope(request: ExportRequest, catalogue: Catalogue) -> ExportScope:
    zone = catalogue.business.timezone
    try:
        start, end = (None if day is None else day_start(parse_day(day), zone) for day in (request.first, request.to))
    except PeriodError as error:
        raise CommandError(str(error)) from error
    if start is not None and end is not None and end <= start:
        raise CommandError("--to is the day after the last one, so it must be after --from")
    return ExportScope(start, end, request.touchpoint)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
