"""A column of a file we write: its name, what its cells hold, and where a row has its value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from bot.files.writing import Value

Row = TypeVar("Row")


class Cell(StrEnum):
    """What the cells of a column hold, which says how wide it is and how it is shown."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    INSTANT = "instant"
    DAY = "day"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column; `of` takes a row's value."""

    name: str
    cell: Cell
    of: Callable[[Row], Value]
