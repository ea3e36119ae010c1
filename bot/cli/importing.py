"""`otklik import events` and `otklik import answers`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot.cli.faults import USAGE
from bot.cli.opening import read_settings
from bot.cli.opening_files import INTERRUPTED, FileRequest, is_interactive, load_catalogues
from bot.cli.storage import open_database
from bot.clock import SystemClock
from bot.files.converting import Cells
from bot.files.importing import BATCH, ImportCounts, ItemResult, convert_rows, import_table
from bot.files.mapping import FileMapping, Purpose
from bot.files.records import answer_reader, event_reader
from bot.files.rejects import RejectsFile
from bot.files.table import Table
from bot.screens.reasons import describe_reason
from bot.screens.wording import Wording
from bot.settings import Settings
from surveys.history import PastAnswer, import_answers
from surveys.intake import take_in
from surveys.publishing import Catalogues
from surveys.rules.incoming import IncomingEvent
from surveys.rules.journey import Catalogue
from surveys.storage import Database

Item = TypeVar("Item")
ASK_FREELY = 500
"""Importing a file may ask so many people without a question first (DESIGN rule 12)."""

_REASONS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ImportRequest(FileRequest):
    """A file to import; `rejects` is where rejected rows go."""

    rejects: Path | None


@dataclass(frozen=True, slots=True)
class WouldAsk:
    """How many an import would ask at once, and how many more as they connect a messenger."""

    at_once: int
    on_connecting: int


def run_event_import(request: ImportRequest, *, yes: bool) -> int:
    """Import events; the exit status."""
    counts = ImportCounts()

    async def work() -> int:
        settings = read_settings()
        mapping = request.read_mapping(Purpose.EVENTS)
        async with open_database(settings) as database:
            catalogues = await load_catalogues(database, settings)
            now = SystemClock().now()
            if not await _may_ask(request, mapping, database, catalogues, now=now, yes=yes):
                return USAGE

            def store(events: Sequence[IncomingEvent]) -> Awaitable[Sequence[ItemResult]]:
                return take_in(database, catalogues, events, now=SystemClock().now())

            zone = catalogues.in_force.catalogue.business.timezone
            with request.open(Purpose.EVENTS, mapping) as (table, used):
                read = event_reader(used, table.header, zone)
                return await _import(request, settings, table, read, store, purpose=Purpose.EVENTS, counts=counts)

    return _run(work, counts)


def run_answer_import(request: ImportRequest) -> int:
    """Import past answers; the exit status."""
    counts = ImportCounts()

    async def work() -> int:
        settings = read_settings()
        mapping = request.read_mapping(Purpose.ANSWERS)
        async with open_database(settings) as database:
            catalogues = await load_catalogues(database, settings)

            def store(answers: Sequence[PastAnswer]) -> Awaitable[Sequence[ItemResult]]:
                return import_answers(database, catalogues, answers, now=SystemClock().now())

            zone = catalogues.in_force.catalogue.business.timezone
            with request.open(Purpose.ANSWERS, mapping) as (table, used):
                read = answer_reader(used, table.header, zone)
                return await _import(request, settings, table, read, store, purpose=Purpose.ANSWERS, counts=counts)

    return _run(work, counts)


def _run(work: Callable[[], Awaitable[int]], counts: ImportCounts) -> int:
    async def main() -> int:
        return await work()

    try:
        return asyncio.run(main())
    except KeyboardInterrupt:
        typer.echo(
            f"\nInterrupted after {counts.rows:,} {'row' if counts.rows == 1 else 'rows'}; all of them are kept. "
            "Run the same command again to go on: what is there already is recognised.",
            err=True,
        )
        return INTERRUPTED


async def _import(
    request: ImportRequest,
    settings: Settings,
    table: Table,
    read: Callable[[Cells], Item | None],
    store: Callable[[Sequence[Item]], Awaitable[Sequence[ItemResult]]],
    *,
    purpose: Purpose,
    counts: ImportCounts,
) -> int:
    path = request.rejects or settings.data_dir / "rejects" / f"{request.file.stem}.{purpose.value}.csv"
    began = time.monotonic()
    with RejectsFile(path, table.header) as rejects, _progress() as progress:
        bar = progress.add_task(request.file.name, total=table.size)
        await import_table(
            table,
            read,
            store,
            rejects,
            counts=counts,
            on_progress=lambda: progress.update(bar, completed=table.position),
        )
        progress.update(bar, completed=table.size)
    _print_summary(table, counts, None if rejects.is_empty else path, seconds=time.monotonic() - began)
    return 1 if counts.rejected else 0


async def _may_ask(
    request: ImportRequest,
    mapping: FileMapping | None,
    database: Database,
    catalogues: Catalogues,
    *,
    now: datetime,
    yes: bool,
) -> bool:
    """Whether the import may go on: says how many it would ask when it is more than 500, and asks back."""
    catalogue = catalogues.in_force.catalogue
    if not await asyncio.to_thread(_more_than_freely, request, mapping, catalogue, now):
        return True
    found = await count_would_ask(request, mapping, database, catalogues, now=now)
    if found.at_once <= ASK_FREELY:
        return True
    more = f", and about {found.on_connecting:,} more as they connect a messenger" if found.on_connecting else ""
    typer.echo(f"This import would ask about {found.at_once:,} people{more}.", err=True)
    if yes:
        return True
    if is_interactive():
        return typer.confirm("Ask them?", err=True)
    typer.echo(
        f"That is more than {ASK_FREELY}: nothing was imported. "
        "Add --yes to go on, or look first with `otklik simulate`.",
        err=True,
    )
    return False


def _more_than_freely(request: ImportRequest, mapping: FileMapping | None, catalogue: Catalogue, now: datetime) -> bool:
    """Whether more events than may be asked freely are still fresh enough: a cheap upper bound."""
    askable = islice(_askable_events(request, mapping, catalogue, now), ASK_FREELY + 1)
    return sum(1 for _ in askable) > ASK_FREELY


def _askable_events(
    request: ImportRequest, mapping: FileMapping | None, catalogue: Catalogue, now: datetime
) -> Iterator[IncomingEvent]:
    with request.open(Purpose.EVENTS, mapping) as (table, used):
        read = event_reader(used, table.header, catalogue.business.timezone)
        for _, event, _ in convert_rows(table, read):
            touchpoint = None if event is None else catalogue.touchpoints.get(event.touchpoint)
            if event is None or touchpoint is None or touchpoint.survey is None:
                continue
            if event.occurred_at + touchpoint.ask_by > now:
                yield event


async def count_would_ask(
    request: ImportRequest,
    mapping: FileMapping | None,
    database: Database,
    catalogues: Catalogues,
    *,
    now: datetime,
) -> WouldAsk:
    """About how many the file's events would ask: each batch that can still be asked is taken in and undone at once.

    So nothing stays locked for longer than while importing the batch, and the batches do not see each other: who is
    found in two of them may be counted twice.
    """
    at_once = on_connecting = 0
    events = _askable_events(request, mapping, catalogues.in_force.catalogue, now)
    while batch := await asyncio.to_thread(_take, events, BATCH):
        for result in await take_in(database, catalogues, batch, now=now, dry_run=True):
            at_once += result.status == "accepted" and result.outcome == "planned"
            on_connecting += result.status == "accepted" and result.outcome == "waiting"
    return WouldAsk(at_once, on_connecting)


def _take(items: Iterator[Item], count: int) -> list[Item]:
    return list(islice(items, count))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _print_summary(table: Table, counts: ImportCounts, rejects: Path | None, *, seconds: float) -> None:
    typer.echo(f"{counts.rows:,} {'row' if counts.rows == 1 else 'rows'} ({table.description}) in {seconds:.1f} s")
    typer.echo(f"  accepted {counts.accepted:,}")
    for (outcome, reason), count in counts.outcomes.most_common():
        typer.echo(f"    {count:,} {outcome}{f': {_because(reason)}' if reason else ''}")
    if counts.duplicates:
        differing = f", {counts.differing_duplicates:,} of them with other content: the first stands"
        typer.echo(f"  known already {counts.duplicates:,}{differing if counts.differing_duplicates else ''}")
    if counts.without_instant:
        typer.echo(f"  without an instant {counts.without_instant:,}: nothing has happened yet")
    if rejects is not None:
        typer.echo(f"  rejected {counts.rejected:,}")
        for reason, count in counts.reject_reasons.most_common(_REASONS_SHOWN):
            typer.echo(f"    {count:,} {reason}")
        typer.echo(f"  rejected rows are in {rejects}; correct them there and import that file")


def _because(reason: str) -> str:
    """The reason's key, as reports and the API have it, and what it means."""
    words = describe_reason(reason, Wording("en"))
    return reason if words == reason else f"{reason}, {words}"
