"""Writes an export as one workbook, as a folder of CSV files, or as a single CSV file."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.files.book import Book, Heading
from bot.files.columns import Cell
from bot.files.export_about import add_about
from bot.files.export_charts import add_charts
from bot.files.export_kinds import OF_COMMENTS, RAW, ExportKind, kinds_of
from bot.files.export_rows import ExportRows
from bot.files.kind_rows import Page
from bot.files.writing import MOST_XLSX_ROWS, CsvWriter, Value
from bot.screens.wording import Wording
from surveys.exporting import Export

Progress = Callable[[ExportKind, int], None]
"""Told the kind at work and how many rows are written, all kinds together."""


async def write_workbook(
    export: Export,
    path: Path,
    *,
    now: datetime,
    language: str | None = None,
    kinds: Collection[ExportKind] | None = None,
    progress: Progress | None = None,
    most_rows: int = MOST_XLSX_ROWS,
) -> Counter[ExportKind]:
    """An XLSX with a sheet for each kind, charts and a page about its columns; how many rows each kind has.

    Without `kinds` it has all there are: figures, their charts, and then what they were counted from.

    The file appears under its name once it is whole. Rows are written in a thread: the loop goes on meanwhile.
    """
    wording = Wording(language or export.catalogue.business.languages[0])
    rows, written, zone = ExportRows(export, wording), _Count(progress), export.catalogue.business.timezone
    wanted = _wanted(kinds, export)
    figures = [kind for kind in wanted if kind not in RAW]
    columns: dict[ExportKind, list[str]] = {}
    # beside the file and not in /tmp, which may be small, or memory
    with _whole_only(path) as unfinished, TemporaryDirectory(prefix=".otklik-", dir=path.parent) as scratch:
        book = Book(unfinished, zone, scratch=Path(scratch), most_rows=most_rows)

        async def add_sheet(kind: ExportKind) -> None:
            found = await rows.of(kind)
            columns[kind] = [name for name, _ in found.columns]
            headings = [Heading(_shown(name, cell, zone.key), cell) for name, cell in found.columns]
            sheet = book.add_sheet(wording.text(f"export.sheet.{kind}"), headings)
            await written.put(kind, found.pages, sheet.write_all)
            sheet.finish()

        try:
            for kind in figures:
                await add_sheet(kind)
            await add_charts(book, wording, export, rows, figures)
            for kind in wanted[len(figures) :]:
                await add_sheet(kind)
            unread = (await export.figures.comments()).unread if OF_COMMENTS & set(wanted) else 0
            add_about(book, export, wording, columns, unread=unread, now=now)
        finally:
            await asyncio.to_thread(book.close)
    return written.counts


async def write_csv(
    export: Export, path: Path, kind: ExportKind, *, progress: Progress | None = None
) -> Counter[ExportKind]:
    """A CSV file of one kind; how many rows it has."""
    written = _Count(progress)
    await _write_csv(ExportRows(export, _wording(export)), path, kind, export, written)
    return written.counts


async def write_csv_folder(
    export: Export, folder: Path, *, kinds: Collection[ExportKind] | None = None, progress: Progress | None = None
) -> Counter[ExportKind]:
    """A CSV file for each kind, named after it, in the folder, which must be there; how many rows each kind has."""
    rows, written = ExportRows(export, _wording(export)), _Count(progress)
    for kind in _wanted(kinds, export):
        await _write_csv(rows, folder / f"{kind}.csv", kind, export, written)
    return written.counts


def _wording(export: Export) -> Wording:
    return Wording(export.catalogue.business.languages[0])


def _wanted(kinds: Collection[ExportKind] | None, export: Export) -> list[ExportKind]:
    """In the order of the sheets, in which what figures were counted from comes last."""
    return [kind for kind in kinds_of(export.scope.touchpoint) if kinds is None or kind in kinds]


async def _write_csv(rows: ExportRows, path: Path, kind: ExportKind, export: Export, written: _Count) -> None:
    found = await rows.of(kind)
    header = [name for name, _ in found.columns]
    with _whole_only(path) as unfinished, CsvWriter(unfinished, header, export.catalogue.business.timezone) as writer:

        def write(values: Sequence[Sequence[Value]]) -> None:
            for row in values:
                writer.write(row)

        await written.put(kind, found.pages, write)


class _Count:
    """Counts rows on their way into whatever takes them."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.counts: Counter[ExportKind] = Counter()

    async def put(
        self, kind: ExportKind, pages: AsyncIterator[Page], write: Callable[[Sequence[Sequence[Value]]], None]
    ) -> None:
        """Write the pages of the kind, one after the other."""
        self.counts[kind] = 0

        def turn_and_write(page: Page) -> int:
            rows = page()
            write(rows)
            return len(rows)

        async for page in pages:
            self.counts[kind] += await asyncio.to_thread(turn_and_write, page)
            if self._progress is not None:
                self._progress(kind, self.counts.total())


def _shown(name: str, cell: Cell, zone: str) -> str:
    """The name over a column of a sheet, whose instants have lost their zone."""
    return f"{name} ({zone})" if cell is Cell.INSTANT else name


@contextmanager
def _whole_only(path: Path) -> Generator[Path, None, None]:
    """A name beside the file's, which takes its place when all went well and is gone otherwise."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
