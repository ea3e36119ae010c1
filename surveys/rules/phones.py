"""Telephone numbers, compared however they were written."""

from __future__ import annotations

from collections.abc import Iterable

MOST_CUSTOMERS = 10
"""A number that more customers have than this is a placeholder (+7 000 000-00-00), not somebody's telephone."""

COMPARED_DIGITS = 10
"""So many last digits are enough to look candidates up; the whole number decides."""

_SHORTEST, _LONGEST = 10, 15
_RUSSIAN_TRUNK, _RUSSIA = "8", "7"
_RUSSIAN_LENGTH = 11


def normalise_phone(written: str | None) -> str | None:
    """The number as digits with its country code, as in 79001234567 (E.164 without the plus); None when it is none.

    A Russian number may begin with 8, or lack its country code: ten digits that begin with 9 are a mobile one.
    """
    if written is None:
        return None
    digits = "".join(character for character in written if character.isascii() and character.isdigit())
    international = written.strip().startswith(("+", "00"))
    if written.strip().startswith("00"):
        digits = digits[2:]
    if not international and len(digits) == _RUSSIAN_LENGTH and digits.startswith(_RUSSIAN_TRUNK):
        digits = _RUSSIA + digits[1:]
    if not international and len(digits) == _RUSSIAN_LENGTH - 1 and digits.startswith("9"):
        digits = _RUSSIA + digits
    if not _SHORTEST <= len(digits) <= _LONGEST or len(set(digits[1:])) == 1:
        return None
    return digits


def is_placeholder(customers: Iterable[object]) -> bool:
    """Whether so many customers have the number that it cannot be one human's."""
    return len(list(customers)) > MOST_CUSTOMERS
