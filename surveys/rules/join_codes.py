"""One-time codes by which somebody joins their own accounts, and how often one may be wrong."""

from __future__ import annotations

import re
from datetime import timedelta

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which are taken for one another."""

LENGTH = 6
LASTS = timedelta(minutes=10)

WRONG_ALLOWED = 5
"""So many wrong codes within the hour; 32^6 codes make guessing hopeless then."""

WRONG_COUNTED_FOR = timedelta(hours=1)

_CYRILLIC = str.maketrans("АВЕЗКМНРСТУХ", "ABE3KMHPCTYX")
_SEPARATORS = re.compile(r"[\s\-–—_.]+")
_CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def make_code(numbers: bytes) -> str | None:
    """The code of six random bytes; None for one that could be a word or a number, so other bytes are needed."""
    code = "".join(ALPHABET[number % len(ALPHABET)] for number in numbers[:LENGTH])
    return code if _is_mixed(code) and len(code) == LENGTH else None


def read_code(written: str) -> str | None:
    """The code somebody typed, in any case, with a dash or a space, or with Cyrillic letters that look the same.

    None for what no code looks like: a code has both letters and digits, so no word is one.
    """
    plain = _SEPARATORS.sub("", written).upper().translate(_CYRILLIC)
    return plain if _CODE.fullmatch(plain) and _is_mixed(plain) else None


def show_code(code: str) -> str:
    """The code in two halves, easier to type."""
    return f"{code[:3]}-{code[3:]}"


def may_try(wrong_lately: int) -> bool:
    """Whether one who typed so many wrong codes within the hour may try another."""
    return wrong_lately < WRONG_ALLOWED


def _is_mixed(code: str) -> bool:
    return any(character.isdigit() for character in code) and any(character.isalpha() for character in code)
