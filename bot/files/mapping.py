"""The mapping file: how a shop's own columns become the fields of events, answers or links."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase, CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

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
INSTANT_FIELD: Mapping[Purpose, str] = {Purpose.EVENTS: "occurred_at", Purpose.ANSWERS: "answered_at"}


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


@dataclass(frozen=True, slots=True)
class MappingFault:
    """One thing wrong with a mapping file."""

    line: int
    key: str
    message: str
    fix: str


class MappingFaultsError(Exception):
    """The mapping cannot be used; `faults` names every line, key and fix."""

    def __init__(self, name: str, faults: Sequence[MappingFault]) -> None:
        self.name = name
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        lines = [f"{name}:{fault.line}: {fault.key}: {fault.message}; {fault.fix}" for fault in self.faults]
        super().__init__("\n".join(lines))


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
    strange = [name for name in names if name not in known and not _is_attribute(name, purpose)]
    if purpose is not Purpose.LINKS:
        for name in strange:
            meant = nearest(name, known)
            guess = f"did you mean `{meant}`?" if meant else f"name it `{ATTRIBUTE}{name}` to keep it as an attribute"
            faults.append(f"column `{name}` is not known; {guess}")
    missing = [name for name in REQUIRED[purpose] if name not in names]
    if missing:
        faults.append(
            f"no column {_listed(missing)}; the file has {_listed(names)}. "
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
                guess = f"did you mean `{meant}`?" if meant else f"the file has {_listed([c for c in header if c])}"
                faults.append(f"{name}: the file has no column `{column}`; {guess}")
    if faults:
        raise HeaderFaultError("\n".join(faults))


def read_mapping(source: str, *, name: str, purpose: Purpose) -> FileMapping:
    """The mapping written in `source`; raises MappingFaultsError with all faults at once."""
    return _MappingReader(name, purpose).read(source)


class _MappingReader:
    def __init__(self, name: str, purpose: Purpose) -> None:
        self._name = name
        self._purpose = purpose
        self._faults: list[MappingFault] = []

    def read(self, source: str) -> FileMapping:
        top = self._load(source)
        allowed = ("touchpoint", "timezone", "formats", "sheet", "columns")
        self._refuse_unknown(top, allowed, "")
        sources: dict[str, Source] = {}
        if "touchpoint" in top:
            text = self._text(top, "touchpoint", "touchpoint")
            if text is not None:
                sources["touchpoint"] = Constant(text)
        self._read_columns(top, sources)
        mapping = FileMapping(
            sources,
            timezone=self._timezone(top),
            formats=self._formats(top),
            sheet=self._text(top, "sheet", "sheet") if "sheet" in top else None,
        )
        for field_name in REQUIRED[self._purpose]:
            if field_name not in sources and not self._faults:
                self._fault(top, "columns", f"{field_name} is required and comes from nowhere", _hint(field_name))
        self._raise_faults()
        return mapping

    def _load(self, source: str) -> CommentedMap:
        try:
            loaded = YAML(typ="rt").load(source)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            problem = " ".join(str(error.problem or error.context or "not YAML").split())
            raise MappingFaultsError(
                self._name, [MappingFault(line, "-", problem, "mind the indentation, colons and quotation marks")]
            ) from error
        except YAMLError as error:
            raise MappingFaultsError(
                self._name, [MappingFault(1, "-", "not YAML", "see the examples in docs/events.md")]
            ) from error
        if not isinstance(loaded, CommentedMap):
            fault = MappingFault(1, "-", "not a mapping of keys", "begin with `columns:`; see docs/events.md")
            raise MappingFaultsError(self._name, [fault])
        return loaded

    def _read_columns(self, top: CommentedMap, sources: dict[str, Source]) -> None:
        columns = top.get("columns")
        if columns is None:
            self._fault(top, "columns", "is missing", "say there which column each field comes from")
            return
        if not isinstance(columns, CommentedMap):
            self._fault(top, "columns", "is not a mapping", "write `field: column` lines under it")
            return
        for key, value in columns.items():
            path = f"columns.{key}"
            if not isinstance(key, str) or not (key in FIELDS[self._purpose] or _is_attribute(key, self._purpose)):
                meant = nearest(str(key), FIELDS[self._purpose])
                fix = f"did you mean `{meant}`?" if meant else f"write `{ATTRIBUTE}{key}` for an attribute"
                self._fault(columns, key, "is not a field", fix, path)
            elif key in sources:
                self._fault(columns, key, "is also given as a constant above", "keep one of the two", path)
            else:
                found = self._source(columns, key, value, path)
                if found is not None:
                    sources[key] = found

    def _source(self, columns: CommentedMap, key: str, value: object, path: str) -> Source | None:
        if isinstance(value, str) and value:
            return FromColumn(value)
        if isinstance(value, CommentedMap):
            for form, read in self._forms().items():
                if form in value:
                    return read(value, path)
        fix = "write a column's name, {column: …, as: …}, {value: …}, {join: […], with: …} or {after: [a, b], by: date}"
        self._fault(columns, key, "does not say where the value comes from", fix, path)
        return None

    def _forms(self) -> Mapping[str, Callable[[CommentedMap, str], Source | None]]:
        return {"column": self._column, "value": self._constant, "join": self._join, "after": self._after}

    def _column(self, value: CommentedMap, path: str) -> FromColumn | None:
        self._refuse_unknown(value, ("column", "as"), path)
        name = self._text(value, "column", f"{path}.column")
        wished = value.get("as", ReadAs.AS_FOUND.value)
        kinds = [kind.value for kind in ReadAs if kind is not ReadAs.AS_FOUND]
        if "as" in value and wished not in kinds:
            self._fault(value, "as", f"`{wished}` is not a kind of value", f"use {_listed(kinds)}", f"{path}.as")
            return None
        if "as" in value and ATTRIBUTE not in path:
            self._fault(value, "as", "is for attributes alone", "the other fields know what they are", f"{path}.as")
            return None
        return FromColumn(name, ReadAs(wished)) if name is not None else None

    def _constant(self, value: CommentedMap, path: str) -> Constant | None:
        self._refuse_unknown(value, ("value",), path)
        constant = value["value"]
        if not isinstance(constant, (str, int, float, bool)):
            self._fault(value, "value", "is not a single value", "write a text, a number, true or false", path)
            return None
        return Constant(constant)

    def _join(self, value: CommentedMap, path: str) -> Joined | None:
        self._refuse_unknown(value, ("join", "with"), path)
        parts: list[FromColumn | Constant] = []
        listed = value["join"]
        if not isinstance(listed, CommentedSeq) or not listed:
            self._fault(value, "join", "is not a list", "write join: [first_column, second_column]", f"{path}.join")
            return None
        for place, part in enumerate(listed):
            if isinstance(part, str) and part:
                parts.append(FromColumn(part))
            elif isinstance(part, CommentedMap) and set(part) == {"value"} and isinstance(part["value"], (str, int)):
                parts.append(Constant(part["value"]))
            else:
                fix = "write a column's name or {value: text}"
                self._fault(listed, place, "is neither a column nor a constant", fix, f"{path}.join[{place}]")
        separator = value.get("with", "")
        if not isinstance(separator, str):
            self._fault(value, "with", "is not a text", 'write with: ":"', f"{path}.with")
            return None
        return Joined(tuple(parts), separator)

    def _after(self, value: CommentedMap, path: str) -> IsAfter | None:
        self._refuse_unknown(value, ("after", "by"), path)
        columns = value["after"]
        by = value.get("by", "instant")
        if by not in ("instant", "date"):
            self._fault(value, "by", f"`{by}` is not known", "use date or instant", f"{path}.by")
            return None
        pair = isinstance(columns, CommentedSeq) and len(columns) == 2 and all(isinstance(one, str) for one in columns)
        if not pair:
            fix = "write after: [delivered_at, promised_at]: true when the first is after the second"
            self._fault(value, "after", "does not name two columns", fix, f"{path}.after")
            return None
        if ATTRIBUTE not in path:
            self._fault(value, "after", "makes a flag", f"put it under an {ATTRIBUTE}… field", path)
            return None
        return IsAfter(columns[0], columns[1], by_date=by == "date")

    def _timezone(self, top: CommentedMap) -> ZoneInfo | None:
        name = self._text(top, "timezone", "timezone") if "timezone" in top else None
        if name is None:
            return None
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            fix = "use a name of the IANA list, such as Europe/Moscow"
            self._fault(top, "timezone", f"zone `{name}` is not known", fix)
            return None

    def _formats(self, top: CommentedMap) -> tuple[str, ...]:
        listed = top.get("formats", [])
        if isinstance(listed, str):
            listed = [listed]
        good = isinstance(listed, list) and all(isinstance(one, str) and "%" in one for one in listed)
        if not good:
            self._fault(top, "formats", "is not a list of date formats", 'write formats: ["%d.%m.%Y %H:%M"]')
            return ()
        return tuple(listed)

    def _text(self, parent: CommentedMap, key: str, path: str) -> str | None:
        value = parent[key]
        if isinstance(value, str) and value.strip():
            return value
        self._fault(parent, key, "is not a text", "write it in quotation marks", path)
        return None

    def _refuse_unknown(self, parent: CommentedMap, allowed: Sequence[str], path: str) -> None:
        for key in parent:
            if key not in allowed:
                meant = nearest(str(key), allowed)
                fix = f"did you mean `{meant}`?" if meant else f"known are {_listed(allowed)}"
                self._fault(parent, key, "is not a known key", fix, f"{path}.{key}" if path else str(key))

    def _fault(self, parent: CommentedBase, key: object, message: str, fix: str, path: str | None = None) -> None:
        place = parent.lc.data or {}
        found = place.get(key)
        line = (found[0] if found else parent.lc.line or 0) + 1
        self._faults.append(MappingFault(line, path or str(key), message, fix))

    def _raise_faults(self) -> None:
        if self._faults:
            raise MappingFaultsError(self._name, self._faults)


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


def _is_attribute(name: str, purpose: Purpose) -> bool:
    return purpose is not Purpose.LINKS and name.startswith(ATTRIBUTE) and len(name) > len(ATTRIBUTE)


def _hint(field_name: str) -> str:
    if field_name == "touchpoint":
        return "write `touchpoint: delivery` at the top, or name its column under columns"
    return f"add `{field_name}: its_column` under columns"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
