"""What is wrong with a catalogue, where, and what would be right."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

Path = tuple[str | int, ...]
"""The way to a value of the catalogue: keys, and places in lists."""


class Severity(StrEnum):
    """Whether a fault keeps the catalogue from being used."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; lines and columns count from 1, `key` is dotted (`touchpoints.delivery.ask_by`)."""

    line: int
    column: int
    key: str
    message: str
    fix: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault that knows its path and not yet its line.

    `depends_on` are other values it was derived from; `at_key` says that the key is to blame, not its value.
    """

    path: Path
    message: str
    fix: str
    severity: Severity = Severity.ERROR
    depends_on: tuple[Path, ...] = ()
    at_key: bool = False


def dotted(path: Path) -> str:
    """The path as people write it: `surveys.visit.reasons.negative[0].key`."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        else:
            shown += f".{part}" if shown else part
    return shown


def nearest(name: str, known: Collection[str]) -> str | None:
    """The known name that was most likely meant."""
    close = get_close_matches(name, known, n=1) or get_close_matches(name.lower(), known, n=1)
    return close[0] if close else None


def did_you_mean(name: str, known: Collection[str], *, otherwise: str | None = None) -> str:
    """The nearest known name as a question; the names there are when none is near."""
    close = nearest(name, known)
    if close is not None:
        return f"Did you mean {close}?"
    if otherwise is not None:
        return otherwise
    return f"There are: {', '.join(known)}" if known else "There are none yet"
