"""Cells become values: texts, instants, numbers and flags, each refusal naming the field and the fix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.files.mapping import ATTRIBUTE, Constant, FileMapping, FromColumn, IsAfter, Joined, ReadAs, Source
from bot.files.table import Cell

Value = TypeVar("Value")
Cells = Sequence[Cell]
Attribute = str | int | float | bool
Getter = Callable[[Cells], Value]

DAY_FIRST_FORMATS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")
"""Read beside ISO 8601 without being asked for: with dots the day always comes first."""

_FLAGS = {
    **dict.fromkeys(("true", "yes", "1", "y", "да", "истина"), True),
    **dict.fromkeys(("false", "no", "0", "n", "нет", "ложь"), False),
}


_FLAGS_OF_JSON = {"true": True, "false": False}
"""What is a flag without being asked for, in any case."""


class RowFaultError(Exception):
    """The row cannot be taken; the text names the field, what it holds and the fix."""


@dataclass(frozen=True, slots=True)
class Instants:
    """How the instants of a file are written: the zone of naive ones, and formats beside ISO 8601."""

    zone: ZoneInfo
    formats: tuple[str, ...] = ()

    def read(self, cell: Cell, field: str) -> datetime | None:
        """The instant in UTC, None for an empty cell; raises RowFaultError for anything else."""
        if isinstance(cell, datetime):
            moment = cell
        elif isinstance(cell, date):
            moment = datetime.combine(cell, time())
        elif isinstance(cell, str):
            text = cell.strip()
            if not text:
                return None
            moment = self._parse(text, field)
        else:
            raise RowFaultError(f"{field}: {_shown(cell)} is not an instant; {self._fix()}")
        # in UTC, because Python compares the instants of one zone by the clock on the wall, and those of an hour that
        # occurs twice as different from every other zone's
        return (moment.replace(tzinfo=self.zone) if moment.tzinfo is None else moment).astimezone(UTC)

    def _parse(self, text: str, field: str) -> datetime:
        if not self.formats:
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass
        for form in self.formats or DAY_FIRST_FORMATS:
            try:
                return datetime.strptime(text, form)  # noqa: DTZ007 - read() gives naive ones the file's zone
            except ValueError:
                continue
        if self.formats:
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass
        raise RowFaultError(f"{field}: {_shown(text)} is not an instant; {self._fix()}")

    def _fix(self) -> str:
        return "write 2026-11-20T14:05:00+03:00 or 2026-11-20 14:05, or add its pattern to `formats` of the mapping"


class RowReader:
    """Reads the fields of a file's rows as the mapping says."""

    def __init__(self, mapping: FileMapping, header: Sequence[str], zone: ZoneInfo) -> None:
        self._mapping = mapping
        self._place = {name: place for place, name in enumerate(header) if name}
        self.instants = Instants(mapping.timezone or zone, mapping.formats)

    def has(self, field: str) -> bool:
        """Whether the mapping says where the field comes from."""
        return field in self._mapping.sources

    def text(self, field: str) -> Getter[str | None]:
        """The field as text without surrounding blanks; None where it is empty."""
        source = self._mapping.sources.get(field)
        if source is None:
            return _always_none
        if isinstance(source, FromColumn):
            place = self._place[source.column]

            def from_column(cells: Cells) -> str | None:
                cell = cells[place]
                return (cell.strip() if isinstance(cell, str) else written(cell)) or None

            return from_column
        if isinstance(source, Joined):
            return self._joined(source)
        if isinstance(source, Constant):
            constant = written(source.value) or None
            return lambda cells: constant
        raise AssertionError(f"{field} cannot be made of {source}")

    def required_text(self, field: str) -> Getter[str]:
        """The field as text; raises RowFaultError where it is empty."""
        get = self.text(field)

        def required(cells: Cells) -> str:
            text = get(cells)
            if text is None:
                raise RowFaultError(f"{field}: is empty; every row needs one")
            return text

        return required

    def instant(self, field: str) -> Getter[datetime | None]:
        """The field as an aware instant; None where it is empty."""
        source = self._mapping.sources.get(field)
        if source is None:
            return _always_none
        if isinstance(source, FromColumn):
            place = self._place[source.column]
            read = self.instants.read
            return lambda cells: read(cells[place], field)
        get = self.text(field)
        return lambda cells: self.instants.read(get(cells) or "", field)

    def integer(self, field: str) -> Getter[int | None]:
        """The field as a whole number; None where it is empty."""
        get = self.text(field)

        def integer(cells: Cells) -> int | None:
            text = get(cells)
            if text is None:
                return None
            try:
                return int(text)
            except ValueError:
                raise RowFaultError(f"{field}: {_shown(text)} is not a whole number; write digits alone") from None

        return integer

    def flag(self, field: str) -> Getter[bool | None]:
        """The field as yes or no; None where it is empty."""
        get = self.text(field)
        return lambda cells: _read_flag(get(cells) or "", field)

    def amount(self, field: str) -> Getter[Decimal | None]:
        """The field as a sum of money: blanks between thousands and a decimal comma are understood."""
        get = self.text(field)

        def amount(cells: Cells) -> Decimal | None:
            text = get(cells)
            return None if text is None else _read_amount(text, field)

        return amount

    def attributes(self) -> Getter[Mapping[str, Attribute]]:
        """All attributes of the mapping; those whose cell is empty are absent."""
        getters = [
            (name.removeprefix(ATTRIBUTE), self._attribute(name, source))
            for name, source in self._mapping.sources.items()
            if name.startswith(ATTRIBUTE)
        ]
        if not getters:
            return lambda cells: {}

        def attributes(cells: Cells) -> Mapping[str, Attribute]:
            found: dict[str, Attribute] = {}
            for name, get in getters:
                value = get(cells)
                if value is not None:
                    found[name] = value
            return found

        return attributes

    def _joined(self, source: Joined) -> Getter[str | None]:
        parts = [self._part(part) for part in source.parts]
        separator = source.separator

        def joined(cells: Cells) -> str | None:
            texts = [part(cells) for part in parts]
            return separator.join(texts) if all(texts) else None

        return joined

    def _part(self, part: FromColumn | Constant) -> Getter[str]:
        if isinstance(part, Constant):
            text = written(part.value)
            return lambda cells: text
        place = self._place[part.column]
        return lambda cells: written(cells[place])

    def _attribute(self, name: str, source: Source) -> Getter[Attribute | None]:
        if isinstance(source, Constant):
            return lambda cells: source.value
        if isinstance(source, Joined):
            return self._joined(source)
        if isinstance(source, IsAfter):
            return self._is_after(name, source)
        place = self._place[source.column]
        read = self._reading(source.read_as)
        return lambda cells: read(cells[place], name)

    def _is_after(self, name: str, source: IsAfter) -> Getter[bool | None]:
        first, second = self._place[source.first], self._place[source.second]
        instants = self.instants
        zone = instants.zone

        def is_after(cells: Cells) -> bool | None:
            one = instants.read(cells[first], name)
            other = instants.read(cells[second], name)
            if one is None or other is None:
                return None
            if source.by_date:
                return one.astimezone(zone).date() > other.astimezone(zone).date()
            return one > other

        return is_after

    def _reading(self, read_as: ReadAs) -> Callable[[Cell, str], Attribute | None]:
        match read_as:
            case ReadAs.AS_FOUND:
                return self._as_found
            case ReadAs.TEXT:
                return lambda cell, field: written(cell) or None
            case ReadAs.NUMBER:
                return _read_number
            case ReadAs.FLAG:
                return _read_flag
            case ReadAs.INSTANT:
                return self._instant_attribute
            case ReadAs.DATE:
                return self._date_attribute

    def _as_found(self, cell: Cell, field: str) -> Attribute | None:
        if isinstance(cell, str):
            text = cell.strip()
            return _FLAGS_OF_JSON.get(text.lower(), text or None)
        if isinstance(cell, datetime):
            return self._instant_attribute(cell, field)
        if isinstance(cell, float) and cell.is_integer():
            return int(cell)
        return cell if isinstance(cell, (bool, int, float)) else written(cell)

    def _instant_attribute(self, cell: Cell, field: str) -> str | None:
        moment = self.instants.read(cell, field)
        return None if moment is None else moment.astimezone(self.instants.zone).isoformat()

    def _date_attribute(self, cell: Cell, field: str) -> str | None:
        moment = self.instants.read(cell, field)
        return None if moment is None else moment.astimezone(self.instants.zone).date().isoformat()


def written(cell: Cell) -> str:
    """The cell as people write it: whole numbers without a point, flags as true and false, instants in ISO 8601."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def _always_none(cells: Cells) -> None:
    return None


def _shown(cell: Cell) -> str:
    text = written(cell)
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def _read_amount(text: str, field: str) -> Decimal:
    plain = "".join(text.split())
    if "," in plain and "." not in plain and plain.count(",") == 1:
        plain = plain.replace(",", ".")
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise RowFaultError(f"{field}: {_shown(text)} is not a sum of money; write 1990.00")
    return amount


def _read_number(cell: Cell, field: str) -> int | float | None:
    text = written(cell)
    if not text:
        return None
    amount = _read_amount(text, field)
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _read_flag(cell: Cell, field: str) -> bool | None:
    text = written(cell).lower()
    if not text:
        return None
    if text not in _FLAGS:
        raise RowFaultError(f"{field}: {_shown(text)} is neither true nor false; write true or false")
    return _FLAGS[text]
