"""Promo codes out of a shop's file: one a line, or the first column of a table."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.files.converting import written
from bot.files.delimited import DELIMITERS, recognise_encoding
from bot.files.table import Cell, FileFaultError
from bot.files.workbook import WorkbookTable, is_workbook

LONGEST_CODE = 64
_HEADINGS = frozenset(("code", "codes", "promo code", "promocode", "coupon", "код", "коды", "промокод", "промокоды"))


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A line of the file; without a code it is blank, with a `fault` it holds none that can be used."""

    line: int
    code: str | None
    fault: str | None = None


def read_codes(path: Path) -> Iterator[CodeLine]:
    """The file's lines in order, without a heading; raises FileFaultError."""
    try:
        cells = _workbook_cells(path) if is_workbook(path) else _text_cells(path)
        for place, (line, text) in enumerate(cells):
            if place == 0 and text.lower() in _HEADINGS:
                continue
            yield _code_line(line, text)
    except FileNotFoundError as error:
        raise FileFaultError(f"{path}: no such file") from error
    except IsADirectoryError as error:
        raise FileFaultError(f"{path}: is a folder; name the file in it") from error
    except PermissionError as error:
        raise FileFaultError(f"{path}: may not be read; check its permissions") from error


def _code_line(line: int, text: str) -> CodeLine:
    if not text:
        return CodeLine(line, None)
    if len(text) > LONGEST_CODE:
        return CodeLine(line, None, f"has {len(text)} characters; a code has at most {LONGEST_CODE}")
    if any(one.isspace() for one in text):
        return CodeLine(line, None, "holds a space; a code is one word, alone on its line")
    if not text.isprintable():
        return CodeLine(line, None, "holds characters that cannot be shown; save the file as UTF-8")
    return CodeLine(line, text)


def _workbook_cells(path: Path) -> Iterator[tuple[int, str]]:
    table = WorkbookTable(path)
    yield 1, _first(table.header)
    for row in table.rows():
        yield row.line, _first(row.cells)


def _first(cells: Sequence[Cell]) -> str:
    return written(cells[0]) if cells else ""


def _text_cells(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding=recognise_encoding(path), errors="replace", newline=None) as file:
        for line, text in enumerate(file, start=1):
            yield line, _first_cell(text.strip("\ufeff \t\r\n"))


def _first_cell(text: str) -> str:
    for delimiter in DELIMITERS.values():
        if delimiter in text:
            return next(csv.reader([text], delimiter=delimiter), [""])[0].strip()
    return text.strip('"').strip()
