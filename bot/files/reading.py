"""Opens a shop's own file, whatever its format."""

from __future__ import annotations

from pathlib import Path

from bot.files.delimited import DelimitedTable
from bot.files.table import FileFaultError, Table
from bot.files.workbook import WorkbookTable, is_workbook


def open_table(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None
) -> Table:
    """The file's rows; raises FileFaultError, whose text names the place and the fix.

    `encoding` and `delimiter` are recognised when not given; `sheet` is the first one of a workbook.
    """
    try:
        if is_workbook(path):
            return WorkbookTable(path, sheet=sheet)
        return DelimitedTable(path, encoding=encoding, delimiter=delimiter)
    except FileNotFoundError as error:
        raise FileFaultError(f"{path}: no such file") from error
    except IsADirectoryError as error:
        raise FileFaultError(f"{path}: is a folder; name the file in it") from error
    except PermissionError as error:
        raise FileFaultError(f"{path}: may not be read; check its permissions") from error
