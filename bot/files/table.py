"""What every file of rows looks like, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

Cell = str | int | float | bool | date | datetime | time | timedelta
"""A value of a row; delimited files know only text, and an empty cell is the empty text."""

REJECT_COLUMNS = ("rejected_line", "rejected_reason")
"""What a rejects file has before the original columns; reading ignores them, so a corrected one can be imported."""


class FileFaultError(Exception):
    """The file cannot be read at all; the text says where and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in the file; `fault` says why it cannot be read."""

    line: int
    cells: Sequence[Cell]
    fault: str | None = None


class Table(Protocol):
    """A file of rows under a header, read once from its beginning to its end."""

    @property
    def header(self) -> tuple[str, ...]:
        """The column names, in order; an unnamed column is the empty text."""
        ...

    @property
    def description(self) -> str:
        """What was recognised, in words: `CSV, UTF-8, comma`."""
        ...

    @property
    def size(self) -> int:
        """How much there is to read, in the unit of `position`."""
        ...

    @property
    def position(self) -> int:
        """How much was read so far: bytes of a delimited file, rows of a workbook."""
        ...

    def rows(self) -> Iterator[Row]:
        """The rows after the header; may be called once."""
        ...

    def close(self) -> None:
        """Let the file go."""
        ...


def check_header(names: Sequence[str], *, file: str) -> tuple[str, ...]:
    """The column names without surrounding blanks; raises FileFaultError for none at all and for a name used twice."""
    header = tuple(name.strip().lstrip("\ufeff") for name in names)
    if not any(header):
        raise FileFaultError(f"{file}: the first row has no column names; put the names of the columns there")
    seen: dict[str, int] = {}
    for place, name in enumerate(header, start=1):
        if name and name in seen:
            raise FileFaultError(
                f"{file}: column `{name}` stands twice in the header (columns {seen[name]} and {place}); "
                "rename or delete one of them"
            )
        seen[name] = place
    return header
