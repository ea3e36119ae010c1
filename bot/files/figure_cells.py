"""Columns that many sheets of figures have: an interval, a share with its interval, a duration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from bot.files.columns import Cell, Column
from bot.screens.json_values import rounded
from surveys.rules.metrics import Interval
from surveys.rules.shares import Share

Row = TypeVar("Row")


def hours(took: timedelta | None) -> float | None:
    """In hours, to the thousandth."""
    return None if took is None else round(took / timedelta(hours=1), 3)


def interval_columns(low: str, high: str, of: Callable[[Row], Interval | None]) -> tuple[Column[Row], Column[Row]]:
    """The two ends; empty without an interval."""

    def end(row: Row, name: str) -> float | None:
        interval = of(row)
        return None if interval is None else rounded(interval.low if name == "low" else interval.high)

    return (
        Column(low, Cell.NUMBER, lambda row: end(row, "low")),
        Column(high, Cell.NUMBER, lambda row: end(row, "high")),
    )


def share_columns(names: tuple[str, str, str, str, str], of: Callable[[Row], Share | None]) -> tuple[Column[Row], ...]:
    """The count, of how many, the share in per cent and its interval; under five nothing but the counts."""
    count, n, share, low, high = names

    def shown(row: Row) -> Share | None:
        found = of(row)
        return found if found is not None and found.is_shown else None

    def counted(row: Row, name: str) -> int | None:
        found = of(row)
        return None if found is None else found.count if name == "count" else found.n

    def value(row: Row) -> float | None:
        found = shown(row)
        return None if found is None else rounded(found.value)

    def interval(row: Row) -> Interval | None:
        found = shown(row)
        return None if found is None else found.interval

    return (
        Column(count, Cell.NUMBER, lambda row: counted(row, "count")),
        Column(n, Cell.NUMBER, lambda row: counted(row, "n")),
        Column(share, Cell.NUMBER, value),
        *interval_columns(low, high, interval),
    )
