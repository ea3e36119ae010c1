"""ISO-8601 durations in days, hours, minutes and seconds."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.rules.durations import DURATION_PATTERN, LONGEST, DurationError, format_duration, parse_duration

durations = st.integers(0, int(LONGEST.total_seconds())).map(lambda seconds: timedelta(seconds=seconds))


@settings(max_examples=200, deadline=None)
@given(durations)
def test_what_is_written_is_read_back(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 3000), st.integers(0, 99), st.integers(0, 999), st.integers(0, 9999))
def test_all_units_add_up(days: int, hours: int, minutes: int, seconds: int) -> None:
    expected = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    assert parse_duration(f"P{days}DT{hours}H{minutes}M{seconds}S") == expected


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="PTDHMSWY0123456789-+., pt", max_size=10))
def test_a_text_is_a_duration_or_an_explained_error(text: str) -> None:
    """And what the explanation suggests is a duration."""
    if re.fullmatch(DURATION_PATTERN, text) and not text.endswith("\n"):
        assert timedelta(0) <= parse_duration(text) <= LONGEST
        return
    with pytest.raises(DurationError) as caught:
        parse_duration(text)
    assert caught.value.message
    for suggested in re.findall(r"\bP[0-9DTHMS]+\b", caught.value.fix):
        assert re.fullmatch(DURATION_PATTERN, suggested)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("PT2H", timedelta(hours=2)),
        ("P1D", timedelta(hours=24)),
        ("P1DT12H", timedelta(hours=36)),
        ("PT36H", timedelta(hours=36)),
        ("PT90M", timedelta(minutes=90)),
        ("PT0S", timedelta(0)),
        ("P90D", timedelta(days=90)),
    ],
)
def test_durations(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("2H", "lacks the P", "Write PT2H"),
        ("2h", "lacks the P", "Write PT2H"),
        ("1d 2h", "lacks the P", "Write P1DT2H"),
        ("P2H", "lacks the T", "Write PT2H"),
        ("PT2", "no unit", "PT2H for hours"),
        ("PT1H30", "no unit", "PT1H30M for minutes"),
        ("P2", "no unit", "P2D"),
        ("15", "no unit", "PT15M"),
        ("PT1D", "after the T", "Write P1D"),
        ("PT5M2H", "out of order", "Write PT2H5M"),
        ("pt2h", "capitals", "Write PT2H"),
        ("P1D\n", "capitals", "Write P1D"),
        ("P1M", "months", "P30D"),
        ("P1M", "months", "PT1M if minutes were meant"),
        ("P1Y", "years", "P365D"),
        ("P1Y2M3DT4H", "months", "P425D"),
        ("P1W", "weeks", "P7D"),
        ("PT1.5H", "fraction", "PT90M"),
        ("-PT2H", "negative", "Write PT2H"),
        ("P", "ends before", "PT2H"),
        ("P1DT", "ends before", "P1D"),
        ("P99999D", "ten years", "P3650D"),
        ("P" + "9" * 40 + "D", "ten years", "P3650D"),
        ("soon", "not a duration", "PT30M"),
        ("", "not a duration", "PT30M"),
        ("P١D", "not a duration", "PT30M"),
    ],
)
def test_a_typo_is_explained(text: str, message: str, fix: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse_duration(text)
    assert message in caught.value.message
    assert fix in caught.value.fix
