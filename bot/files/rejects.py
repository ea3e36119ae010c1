"""The rejects file: rows that were not taken, with line and reason, ready to be corrected and imported again."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from bot.files.converting import written
from bot.files.table import REJECT_COLUMNS, Row


class RejectsFile:
    """Appears with the first reject; one left by an earlier import of the same file goes."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path = path
        self._header = [name for name in header if name not in REJECT_COLUMNS]
        self._places = [place for place, name in enumerate(header) if name not in REJECT_COLUMNS]
        self._file: IO[str] | None = None

    def __enter__(self) -> RejectsFile:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was rejected, and so there is no file."""
        return self._file is None

    def add(self, row: Row, reason: str) -> None:
        """Write one row; raises OSError when the file cannot be written."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            csv.writer(self._file).writerow([*REJECT_COLUMNS, *self._header])
        cells = row.cells
        if len(cells) >= max(self._places, default=0) + 1 and row.fault is None:
            cells = [cells[place] for place in self._places]
        csv.writer(self._file).writerow([row.line, reason, *(written(cell) for cell in cells)])

    def flush(self) -> None:
        """Have what was added on the disk, so that an interruption loses none of it."""
        if self._file is not None:
            self._file.flush()
