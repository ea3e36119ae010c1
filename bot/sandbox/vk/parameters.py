"""Parameters of calls: which a method takes, of what type. VK itself would ignore what it does not know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.sandbox.vk.errors import wrong

Kind = Callable[[str, object], object]

# Every method takes these; the token was taken out before.
GLOBAL = frozenset(("v", "lang", "test_mode", "captcha_sid", "captcha_key"))
_TRUE = frozenset(("1", "true"))
_FALSE = frozenset(("0", "false", ""))


def integer(name: str, value: object) -> object:
    """A whole number, as digits."""
    try:
        return int(str(value))
    except ValueError:
        raise wrong(f"{name} should be integer") from None


def text(name: str, value: object) -> object:
    """A string."""
    if not isinstance(value, str):
        raise wrong(f"{name} should be string")
    return value


def boolean(name: str, value: object) -> object:
    """0 or 1."""
    word = str(value).lower()
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise wrong(f"{name} should be 0 or 1")


def integers(name: str, value: object) -> object:
    """Whole numbers separated by commas."""
    try:
        return tuple(int(part) for part in str(value).split(",") if part.strip())
    except ValueError:
        raise wrong(f"{name} should be a list of integers separated by commas") from None


def words(_name: str, value: object) -> object:
    """Words separated by commas."""
    return tuple(part.strip() for part in str(value).split(",") if part.strip())


@dataclass(frozen=True, slots=True)
class Signature:
    """What a method takes, and what of it must be given."""

    fields: Mapping[str, Kind]
    required: tuple[str, ...] = ()


def signature(*required: str, **fields: Kind) -> Signature:
    """Describe a method's parameters."""
    return Signature(fields, required)


class Parameters:
    """The checked parameters of one call."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, object]) -> None:
        self._values = values

    def has(self, name: str) -> bool:
        """Whether it was given."""
        return name in self._values

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

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A truth value."""
        value = self._values.get(name, default)
        assert isinstance(value, bool)
        return value

    def numbers(self, name: str) -> tuple[int, ...]:
        """Whole numbers; empty when not given."""
        value = self._values.get(name, ())
        assert isinstance(value, tuple)
        return value

    def words(self, name: str) -> tuple[str, ...]:
        """Words; empty when not given."""
        value = self._values.get(name, ())
        assert isinstance(value, tuple)
        return value


def read_call(given: Mapping[str, object], expected: Signature, *, refuse_unknown: bool = True) -> Parameters:
    """Check a call's parameters against what its method takes; raises VKError 100."""
    values: dict[str, object] = {}
    for name, value in given.items():
        kind = expected.fields.get(name)
        if kind is not None:
            values[name] = kind(name, value)
        elif refuse_unknown and name not in GLOBAL:
            raise wrong(f"{name} is unknown to this method")
    for name in expected.required:
        if name not in values or values[name] == "":
            raise wrong(f"{name} is undefined")
    return Parameters(values)
