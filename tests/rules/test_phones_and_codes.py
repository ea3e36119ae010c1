"""Telephone numbers and one-time codes, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.join_codes import ALPHABET, make_code, may_try, read_code, show_code
from surveys.rules.phones import is_placeholder, normalise_phone


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("+7 (900) 123-45-67", "79001234567"),
        ("8 900 123 45 67", "79001234567"),
        ("9001234567", "79001234567"),
        ("79001234567", "79001234567"),
        ("00 49 30 1234567", "49301234567"),
        ("+4930123456", "4930123456"),
        ("+8 6 139 1234 5678", "8613912345678"),
        ("+80012345678", "80012345678"),
        ("12345", None),
        ("1234567890123456", None),
        ("+7 000 000-00-00", None),
        ("звоните вечером", None),
        ("", None),
        (None, None),
    ],
)
def test_numbers_are_compared_however_they_are_written(written: str | None, read: str | None) -> None:
    assert normalise_phone(written) == read


def test_a_number_that_eleven_customers_have_is_a_placeholder() -> None:
    assert not is_placeholder(range(10))
    assert is_placeholder(range(11))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("AB2-34C", "AB234C"),
        (" ab2 34c ", "AB234C"),
        ("АВ2-34С", "AB234C"),
        ("AB234", None),
        ("AB2345C", None),
        ("ABCDEF", None),
        ("thanks", None),
        ("234567", None),
        ("AB0-34C", None),
        ("код AB2-34C", None),
    ],
)
def test_codes_are_read_however_they_are_typed(written: str, read: str | None) -> None:
    assert read_code(written) == read


@given(st.binary(min_size=6, max_size=6))
def test_every_code_is_read_as_it_was_shown(numbers: bytes) -> None:
    code = make_code(numbers)
    if code is None:
        shown = "".join(ALPHABET[number % len(ALPHABET)] for number in numbers)
        assert shown.isalpha() or shown.isdigit()
    else:
        assert read_code(show_code(code).lower()) == code


def test_five_wrong_codes_are_allowed() -> None:
    assert may_try(4)
    assert not may_try(5)
