"""Parameters of calls: which a method takes, of what type; the real server would ignore what it does not know."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.sandbox.forms import Upload
from bot.sandbox.telegram.errors import bad_request

Kind = Callable[[str, object], object]
Value = TypeVar("Value")

_TRUE = frozenset(("true", "True", "1"))
_FALSE = frozenset(("false", "False", "0", ""))


def integer(name: str, value: object) -> object:
    """A whole number; forms carry it as digits."""
    if value.__class__ is int:
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    raise bad_request(f'parameter "{name}" must be of type Integer')


def text(name: str, value: object) -> object:
    """A string that is valid Unicode."""
    if not isinstance(value, str):
        raise bad_request(f'parameter "{name}" must be of type String')
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
    return value


def boolean(name: str, value: object) -> object:
    """A truth value; forms carry it as a word."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _TRUE | _FALSE:
        return value in _TRUE
    raise bad_request(f'parameter "{name}" must be of type Boolean')


def chat(name: str, value: object) -> object:
    """A chat's number; names in the form @name are never found here."""
    if value.__class__ is int:
        return value
    if isinstance(value, str):
        if not value:
            raise bad_request(f"{name} is empty")
        try:
            return int(value)
        except ValueError:
            raise bad_request("chat not found") from None
    raise bad_request(f'parameter "{name}" must be of type Integer or String')


def structure(name: str, value: object) -> object:
    """An object or array, in forms as JSON text."""
    if isinstance(value, str) and value:
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None
    return value


def raw(_name: str, value: object) -> object:
    """As it came; the method itself checks it."""
    return value


def file(name: str, value: object) -> object:
    """An uploaded file, or the id of one that is there already."""
    if isinstance(value, Upload) or (isinstance(value, str) and value):
        return value
    raise bad_request(f"there is no {name} in the request")


@dataclass(frozen=True, slots=True)
class Signature:
    """What a method takes; `missing` maps each required parameter to how its absence is refused."""

    fields: Mapping[str, Kind]
    missing: Mapping[str, str]


def signature(missing: Mapping[str, str] | None = None, **fields: Kind) -> Signature:
    """Describe a method's parameters; `missing` holds the required ones."""
    return Signature(fields, missing or {})


class Parameters:
    """The checked parameters of one call."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, object]) -> None:
        self._values = values

    def get(self, name: str) -> object:
        """The value, or None when it was not given."""
        return self._values.get(name)

    def chat_id(self) -> int:
        """The chat the call is about."""
        value = self._values["chat_id"]
        assert isinstance(value, int)
        return value

    def number(self, name: str, default: int = 0) -> int:
        """A whole number."""
        value = self._values.get(name, default)
        assert isinstance(value, int)
        return value

    def string(self, name: str, default: str = "") -> str:
        """A string."""
        value = self._values.get(name, default)
        assert isinstance(value, str)
        return value

    def flag(self, name: str) -> bool:
        """A truth value, false unless given."""
        return self._values.get(name) is True


def read_call(given: Mapping[str, object], expected: Signature, *, refuse_unknown: bool = True) -> Parameters:
    """Check a call's parameters against what its method takes; raises ApiError."""
    fields = expected.fields
    values: dict[str, object] = {}
    for name, value in given.items():
        kind = fields.get(name)
        if kind is None:
            if refuse_unknown:
                raise bad_request(f'unknown parameter "{name}"')
            continue
        if value is not None:
            values[name] = kind(name, value)
    for name, reason in expected.missing.items():
        if name not in values:
            raise bad_request(reason)
    return Parameters(values)
