"""XLSX and its relatives, read with calamine: cells keep their types."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from bot.files.table import FileFaultError, Row, check_header

LARGEST_SHEET = 80_000_000
"""Bytes of a sheet's XML with its texts. calamine holds a sheet whole, about 1.8 bytes for each of them; with this an
import stays under 300 MB."""


class WorkbookTable:
    """The first sheet of a workbook, or the one named, as a table."""

    def __init__(self, path: Path, *, sheet: str | None = None) -> None:
        self._name = path.name
        _check_size(path)
        try:
            workbook = CalamineWorkbook.from_path(str(path))
            self._sheet = _choose_sheet(workbook, sheet, file=self._name)
        except PasswordError as error:
            raise FileFaultError(f"{self._name}: the workbook has a password; save it without one") from error
        except (CalamineError, OSError) as error:
            raise FileFaultError(f"{self._name}: not a readable workbook ({error}); save it as XLSX or CSV") from error
        self._rows = self._sheet.iter_rows()
        self._first_line = 1 + (self._sheet.start[0] if self._sheet.start else 0)
        self.size = self._sheet.height
        self.position = 1
        first = next(self._rows, None)
        if first is None:
            raise FileFaultError(f"{self._name}: the sheet is empty; its first row must name the columns")
        self.header = check_header([str(cell) for cell in first], file=self._name)

    @property
    def description(self) -> str:
        """The sheet's name."""
        return f"workbook, sheet {self._sheet.name}"

    def rows(self) -> Iterator[Row]:
        """The rows after the header; empty ones are left out."""
        for line, cells in enumerate(self._rows, start=self._first_line + 1):
            self.position += 1
            if all(cell == "" for cell in cells):
                continue
            yield Row(line, cells)

    def close(self) -> None:
        """Nothing is open: the sheet was read at once."""


def is_workbook(path: Path) -> bool:
    """Whether the file is a ZIP or an old Office file, by its first bytes."""
    with path.open("rb") as file:
        start = file.read(8)
    return start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))


def _choose_sheet(workbook: CalamineWorkbook, wished: str | None, *, file: str) -> CalamineSheet:
    names = workbook.sheet_names
    if wished is not None and wished not in names:
        raise FileFaultError(f"{file}: no sheet `{wished}`; the workbook has {', '.join(names)}")
    if not names:
        raise FileFaultError(f"{file}: the workbook has no sheet")
    return workbook.get_sheet_by_name(wished or names[0])


def _check_size(path: Path) -> None:
    """Raise FileFaultError for a sheet too large to be held in memory, and for a ZIP that is not whole."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as parts:
        sizes = {part.filename: part.file_size for part in parts.infolist()}
    sheets = [size for name, size in sizes.items() if name.startswith("xl/worksheets/")]
    largest = max(sheets, default=0) + sizes.get("xl/sharedStrings.xml", 0)
    if largest > LARGEST_SHEET:
        raise FileFaultError(
            f"{path.name}: the sheet is too large to be read at once ({largest // 1_000_000} MB unpacked, "
            f"{LARGEST_SHEET // 1_000_000} MB at most); save it as CSV, which is read row by row"
        )
