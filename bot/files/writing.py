"""Writes rows as CSV or XLSX in bounded memory, so that a spreadsheet takes no text for a formula."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol
from zoneinfo import ZoneInfo

import xlsxwriter

Value = str | int | float | bool | Decimal | datetime | date | None

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
LONGEST_XLSX_TEXT = 32_767
MOST_XLSX_ROWS = 1_048_576
LARGEST_XLSX_INTEGER = 10**15


class TooManyRowsError(Exception):
    """A sheet holds 1,048,576 rows; the rest has to go to a CSV file."""


class RowWriter(Protocol):
    """A file that takes rows under a header."""

    def write(self, values: Sequence[Value]) -> None:
        """Add a row."""
        ...

    def __enter__(self) -> RowWriter:
        """Open the file and write the header."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file."""
        ...


def open_writer(path: Path, header: Sequence[str], zone: ZoneInfo) -> RowWriter:
    """A writer by the ending of the name; raises ValueError for neither `.csv` nor `.xlsx`."""
    match path.suffix.lower():
        case ".csv":
            return CsvWriter(path, header, zone)
        case ".xlsx":
            return XlsxRowWriter(path, header, zone)
        case ending:
            raise ValueError(f"{path.name}: files end in .csv or .xlsx, not in {ending or 'nothing'}")


class CsvWriter:
    """CSV in UTF-8 with a byte order mark, which Excel needs to see letters beyond ASCII.

    `guards` keeps texts from being taken for formulas; a shop's own file given back to it stays as it was.
    """

    def __init__(
        self,
        path: Path,
        header: Sequence[str],
        zone: ZoneInfo,
        *,
        encoding: str = "utf-8-sig",
        delimiter: str = ",",
        guards: bool = True,
    ) -> None:
        self._path = path
        self._header = header
        self._zone = zone
        self._encoding = encoding
        self._delimiter = delimiter
        self._guards = guards

    def __enter__(self) -> CsvWriter:
        self._file: IO[str] = self._path.open("w", encoding=self._encoding, errors="replace", newline="")
        self._writer = csv.writer(self._file, delimiter=self._delimiter)
        self._writer.writerow([self._cell(name) for name in self._header])
        return self

    def write(self, values: Sequence[Value]) -> None:
        """Add a row; instants in ISO 8601 with their offset."""
        self._writer.writerow([self._cell(value) for value in values])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _cell(self, value: Value) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return guarded(value) if self._guards else value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, datetime):
            return value.astimezone(self._zone).isoformat(timespec="seconds")
        if isinstance(value, date):
            return value.isoformat()
        return str(value)


class XlsxRowWriter:
    """One sheet with typed cells and a frozen header; instants in the zone, which their column's name tells."""

    def __init__(self, path: Path, header: Sequence[str], zone: ZoneInfo) -> None:
        self._path = path
        self._header = header
        self._zone = zone

    def __enter__(self) -> XlsxRowWriter:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._workbook = xlsxwriter.Workbook(str(self._path), options)
        self._instant = self._workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day = self._workbook.add_format({"num_format": "yyyy-mm-dd"})
        bold = self._workbook.add_format({"bold": True})
        self._sheet = self._workbook.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, max(len(self._header) - 1, 0), 18)
        for column, name in enumerate(self._header):
            shown = f"{name} ({self._zone.key})" if name.endswith("_at") else name
            self._sheet.write_string(0, column, shown, bold)
        self._row = 0
        return self

    def write(self, values: Sequence[Value]) -> None:
        """Add a row; raises TooManyRowsError when the sheet is full."""
        self._row += 1
        if self._row >= MOST_XLSX_ROWS:
            raise TooManyRowsError(f"{self._path.name}: a sheet holds {MOST_XLSX_ROWS:,} rows; write a .csv file")
        for column, value in enumerate(values):
            if value is not None:
                self._write_cell(column, value)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._workbook.close()

    def _write_cell(self, column: int, value: str | int | float | bool | Decimal | datetime | date) -> None:
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, column, value)
        elif isinstance(value, datetime):
            local = value.astimezone(self._zone).replace(tzinfo=None)
            self._sheet.write_datetime(self._row, column, local, self._instant)
        elif isinstance(value, date):
            self._sheet.write_datetime(self._row, column, value, self._day)
        elif isinstance(value, str):
            self._sheet.write_string(self._row, column, value[:LONGEST_XLSX_TEXT])
        elif -LARGEST_XLSX_INTEGER < value < LARGEST_XLSX_INTEGER:
            self._sheet.write_number(self._row, column, value)
        else:
            self._sheet.write_string(self._row, column, str(value))


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
