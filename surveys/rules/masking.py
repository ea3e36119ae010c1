"""Hiding what names or reaches a person in a text that people wrote: phones, card numbers, e-mail addresses."""

from __future__ import annotations

import re
from typing import Final

PHONE: Final = "☎ ••"
CARD: Final = "💳 ••"
EMAIL: Final = "✉ ••"

_GAP: Final = r"[ \t\u00a0\u2009\u202f.\-‐‑‒–—()/]{0,3}"
"""What people put between the digits of a phone."""
_SPACE: Final = r"[ \u00a0\u2009\u202f\-‐‑‒–—]{0,2}"

_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]+ ?@ ?[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,24}(?![\w-])")
_CARD: Final = re.compile(
    rf"(?<!\d)\d{{4}}(?:{_SPACE}\d{{4}}){{3}}(?:{_SPACE}\d{{1,3}})?(?!\d)|(?<!\d)\d{{16,19}}(?!\d)"
)
_PHONES: Final = (
    # Russian with +7, 7 or 8: a code never begins with 0, 1 or 2
    re.compile(rf"(?<!\d)(?:\+{_GAP})?[78]{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)"),
    # any other country's behind a plus (E.164)
    re.compile(rf"\+\(?\d(?:{_GAP}\d){{9,14}}"),
    # Russian without a code of the country: 900 123-45-67, (3812) 45-67-89; ten bare digits only where a mobile begins
    re.compile(rf"(?<!\d)\(?[3-9]\d{{2}}\)?{_SPACE}\d{{3}}{_SPACE}\d{{2}}[\-‐‑‒–— \u00a0]\d{{2}}(?!\d)"),
    re.compile(rf"(?<!\d)\([3-9]\d{{3,4}}\){_SPACE}\d{{1,2}}{_SPACE}\d{{2}}{_SPACE}\d{{2}}(?!\d)"),
    re.compile(r"(?<!\d)9\d{9}(?!\d)"),
    # of a city, written like a phone
    re.compile(r"(?<![\d-])\d{2,3}[\-‐‑]\d{2}[\-‐‑]\d{2}(?![\d-])"),
)


def mask(text: str) -> str:
    """The text with phones, card numbers and e-mail addresses replaced by a sign; everything else stays as it is.

    A card has 16 to 19 digits and Luhn's check digit (ISO/IEC 7812). A phone is a Russian one with +7, 8 or neither, or
    any of 10 to 15 digits behind a plus (E.164). A number that is not written like a phone, as of an order, stays.
    """
    masked = _CARD.sub(_mask_card, _EMAIL.sub(EMAIL, text))
    for phone in _PHONES:
        masked = phone.sub(PHONE, masked)
    return masked


def _mask_card(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return CARD if _passes_luhn(digits) or _passes_luhn(digits[:16]) else found[0]


def _passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
