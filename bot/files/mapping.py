"""How a shop's own columns become the fields of events, answers or links."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

ATTRIBUTE = "attributes."


class Purpose(StrEnum):
    """What the rows of a file are."""

    EVENTS = "events"
    ANSWERS = "answers"
    LINKS = "links"


FIELDS: Mapping[Purpose, tuple[str, ...]] = {
    Purpose.EVENTS: (
        "id",
        "touchpoint",
        "occurred_at",
        "order_id",
        "amount",
        "currency",
        "customer.id",
        "customer.name",
        "customer.phone",
        "customer.language",
        "customer.timezone",
        "customer.telegram_id",
        "customer.vk_id",
        "customer.offers",
    ),
    Purpose.ANSWERS: (
        "id",
        "touchpoint",
        "answered_at",
        "score",
        "comment",
        "reasons",
        "order_id",
        "customer.id",
    ),
    Purpose.LINKS: ("customer.id", "order_id"),
}
REQUIRED: Mapping[Purpose, tuple[str, ...]] = {
    Purpose.EVENTS: ("id", "touchpoint", "occurred_at", "customer.id"),
    Purpose.ANSWERS: ("id", "touchpoint", "answered_at", "score"),
    Purpose.LINKS: ("customer.id",),
}


class ReadAs(StrEnum):
    """What an attribute's cell is read as."""

    AS_FOUND = "found"
    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    INSTANT = "instant"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class FromColumn:
    """The value of a column."""

    column: str
    read_as: ReadAs = ReadAs.AS_FOUND


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value for every row."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Joined:
    """Several values written one after the other; empty when one of the columns is."""

    parts: tuple[FromColumn | Constant, ...]
    separator: str


@dataclass(frozen=True, slots=True)
class IsAfter:
    """Whether one instant is after another, by the instant or by the date alone; empty when one of them is."""

    first: str
    second: str
    by_date: bool


Source = FromColumn | Constant | Joined | IsAfter


@dataclass(frozen=True, slots=True)
class FileMapping:
    """Where each field comes from; `timezone` is the zone of naive times, None the business's own."""

    sources: Mapping[str, Source]
    timezone: ZoneInfo | None = None
    formats: tuple[str, ...] = ()
    sheet: str | None = None
    skips_empty_instants: bool = True


class HeaderFaultError(Exception):
    """The file's columns do not fit the mapping, or the names of the interface when there is none."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def default_mapping(header: Sequence[str], purpose: Purpose, *, ignored: Iterable[str] = ()) -> FileMapping:
    """The mapping of a file whose columns carry the names of the interface.

    Raises HeaderFaultError for a column that is none of them and for a required one that is absent.
    """
    known = FIELDS[purpose]
    names = [name for name in header if name and name not in set(ignored)]
    faults = []
    strange = [name for name in names if name not in known and not is_attribute(name, purpose)]
    if purpose is not Purpose.LINKS:
        for name in strange:
            meant = nearest(name, known)
            guess = f"did you mean `{meant}`?" if meant else f"name it `{ATTRIBUTE}{name}` to keep it as an attribute"
            faults.append(f"column `{name}` is not known; {guess}")
    missing = [name for name in REQUIRED[purpose] if name not in names]
    if missing:
        faults.append(
            f"no column {listed(missing)}; the file has {listed(names)}. "
            "Rename the columns, or say with --mapping where each field comes from"
        )
    if faults:
        raise HeaderFaultError("\n".join(faults))
    fields = [name for name in names if name not in strange]
    return FileMapping({name: FromColumn(name) for name in fields}, skips_empty_instants=False)


def check_columns(mapping: FileMapping, header: Sequence[str]) -> None:
    """Raise HeaderFaultError for every column the mapping names and the file does not have."""
    faults = []
    for name, source in mapping.sources.items():
        for column in _columns_of(source):
            if column not in header:
                meant = nearest(column, header)
                guess = f"did you mean `{meant}`?" if meant else f"the file has {listed([c for c in header if c])}"
                faults.append(f"{name}: the file has no column `{column}`; {guess}")
    if faults:
        raise HeaderFaultError("\n".join(faults))


def _columns_of(source: Source) -> tuple[str, ...]:
    match source:
        case FromColumn():
            return (source.column,)
        case Constant():
            return ()
        case Joined():
            return tuple(part.column for part in source.parts if isinstance(part, FromColumn))
        case IsAfter():
            return (source.first, source.second)


def is_attribute(name: str, purpose: Purpose) -> bool:
    """Whether the field is an attribute, which files of links do not have."""
    return purpose is not Purpose.LINKS and name.startswith(ATTRIBUTE) and len(name) > len(ATTRIBUTE)


def listed(names: Sequence[str]) -> str:
    """The names as they are shown in a message."""
    return ", ".join(f"`{name}`" for name in names)
