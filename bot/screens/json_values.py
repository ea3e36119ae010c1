"""Values as plain JSON: per cent and points to two digits, durations in ISO 8601."""

from __future__ import annotations

from datetime import timedelta

from surveys.findings import Json
from surveys.rules.metrics import Interval

Document = dict[str, Json]


def iso_duration(duration: timedelta | None) -> str | None:
    """The duration like `PT11M` or `P1DT2H`, in whole seconds; a day is 24 hours."""
    if duration is None:
        return None
    seconds = max(round(duration.total_seconds()), 0)
    days, rest = divmod(seconds, 86400)
    parts = ((rest // 3600, "H"), (rest % 3600 // 60, "M"), (rest % 60, "S"))
    clock = "".join(f"{count}{unit}" for count, unit in parts if count)
    if not days:
        return f"PT{clock or '0S'}"
    return f"P{days}D" + (f"T{clock}" if clock else "")


def rounded(value: float | None, digits: int = 2) -> float | None:
    """The value rounded; a rounded -0.0 is 0.0."""
    return None if value is None else round(value, digits) + 0.0


def limits(interval: Interval | None) -> tuple[float | None, float | None]:
    """The ends of the interval, rounded."""
    return (None, None) if interval is None else (rounded(interval.low), rounded(interval.high))
