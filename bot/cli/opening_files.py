"""Opens a file, its mapping and the catalogue for a command, or says on stderr what is in the way."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.cli.faults import CommandError
from bot.files.mapping import FileMapping, HeaderFaultError, Purpose, check_columns, default_mapping
from bot.files.mapping_file import MappingFaultsError, read_mapping
from bot.files.reading import open_table
from bot.files.table import REJECT_COLUMNS, FileFaultError, Table
from bot.settings import Settings
from surveys.catalog.reading import CatalogueFileError, load_source, read_catalogue
from surveys.publishing import Catalogues, NoCatalogueError, publish
from surveys.rules.journey import Catalogue
from surveys.storage import Database

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class FileRequest:
    """A shop's file and how to read it."""

    file: Path
    mapping: Path | None
    encoding: str | None
    delimiter: str | None

    def read_mapping(self, purpose: Purpose) -> FileMapping | None:
        """The mapping, None when none was given; raises CommandError."""
        if self.mapping is None:
            return None
        try:
            source = self.mapping.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"the mapping {self.mapping} cannot be read: {error}") from error
        try:
            return read_mapping(source, name=str(self.mapping), purpose=purpose)
        except MappingFaultsError as error:
            raise CommandError(str(error)) from error

    @contextmanager
    def open(self, purpose: Purpose, mapping: FileMapping | None) -> Generator[tuple[Table, FileMapping], None, None]:
        """The file with the mapping to use, checked against its header; raises CommandError."""
        try:
            sheet = None if mapping is None else mapping.sheet
            table = open_table(self.file, encoding=self.encoding, delimiter=self.delimiter, sheet=sheet)
        except FileFaultError as error:
            raise CommandError(str(error)) from error
        with closing(table):
            try:
                if mapping is None:
                    used = default_mapping(table.header, purpose, ignored=REJECT_COLUMNS)
                else:
                    used = mapping
                    check_columns(used, table.header)
            except HeaderFaultError as error:
                raise CommandError("\n".join(f"{self.file.name}: {line}" for line in str(error).split("\n"))) from error
            yield table, used


async def load_catalogues(database: Database, settings: Settings) -> Catalogues:
    """The catalogue in force; where there is none yet, that of OTKLIK_CATALOG is put in force. Raises CommandError."""
    from bot.clock import SystemClock

    catalogues = Catalogues()
    await catalogues.refresh(database)
    try:
        _ = catalogues.in_force
    except NoCatalogueError:
        _, source = read_catalogue_file(settings.catalog)
        await publish(database, source, now=SystemClock().now())
        await catalogues.refresh(database)
    return catalogues


def read_catalogue_file(path: Path) -> tuple[Catalogue, str]:
    """The catalogue of the file, and its text; raises CommandError."""
    try:
        source = load_source(path)
    except CatalogueFileError as error:
        raise CommandError(f"{error}; write a catalogue (docs/catalogue.md), or point OTKLIK_CATALOG at it") from error
    reading = read_catalogue(source, name=str(path))
    if reading.catalogue is None:
        raise CommandError(f"the catalogue {path} has faults: see `otklik check {path}`")
    return reading.catalogue, source


def is_interactive() -> bool:
    """Whether somebody is there to answer a question."""
    return sys.stdin.isatty() and sys.stderr.isatty()
