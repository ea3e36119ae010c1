"""Reads a mapping file: every fault with its line, its key and the fix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase, CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.files.mapping import (
    ATTRIBUTE,
    FIELDS,
    REQUIRED,
    Constant,
    FileMapping,
    FromColumn,
    IsAfter,
    Joined,
    Purpose,
    ReadAs,
    Source,
    is_attribute,
    listed,
    nearest,
)


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
            if not isinstance(key, str) or not (key in FIELDS[self._purpose] or is_attribute(key, self._purpose)):
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
            self._fault(value, "as", f"`{wished}` is not a kind of value", f"use {listed(kinds)}", f"{path}.as")
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
                fix = f"did you mean `{meant}`?" if meant else f"known are {listed(allowed)}"
                self._fault(parent, key, "is not a known key", fix, f"{path}.{key}" if path else str(key))

    def _fault(self, parent: CommentedBase, key: object, message: str, fix: str, path: str | None = None) -> None:
        place = parent.lc.data or {}
        found = place.get(key)
        line = (found[0] if found else parent.lc.line or 0) + 1
        self._faults.append(MappingFault(line, path or str(key), message, fix))

    def _raise_faults(self) -> None:
        if self._faults:
            raise MappingFaultsError(self._name, self._faults)


def _hint(field_name: str) -> str:
    if field_name == "touchpoint":
        return "write `touchpoint: delivery` at the top, or name its column under columns"
    return f"add `{field_name}: its_column` under columns"
