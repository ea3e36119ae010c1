"""Alarms as a sheet: when each rose and ended, and by what, in words and as numbers."""

from __future__ import annotations

import json

from bot.files.columns import Cell, Column
from bot.files.figure_cells import hours
from bot.files.kind_rows import KindRows, together
from bot.screens.alarm_wording import AlarmWording
from bot.screens.wording import Wording
from surveys.alarms import AlarmView
from surveys.exporting import ExportedFigures
from surveys.rules.alarm_evidence import Numbers, clearing_numbers_of, numbers_of


async def alarm_rows(figures: ExportedFigures, wording: Wording) -> KindRows:
    """A row for each alarm that rose in the period, in that order."""
    found = await figures.alarms()
    alarms = [view for view in found.alarms if figures.concerns(view.touchpoint)]
    return together(_columns(AlarmWording(wording, found.titles, found.zone)), alarms)


def _columns(words: AlarmWording) -> tuple[Column[AlarmView], ...]:
    return (
        Column("id", Cell.NUMBER, lambda one: one.id),
        Column("kind", Cell.TEXT, lambda one: one.kind.value),
        Column("what", Cell.LONG_TEXT, words.name),
        Column("touchpoint", Cell.TEXT, lambda one: one.touchpoint),
        Column("location", Cell.TEXT, lambda one: one.location),
        Column("risen_at", Cell.INSTANT, lambda one: one.risen_at),
        Column("evidence", Cell.LONG_TEXT, words.told),
        Column("numbers", Cell.LONG_TEXT, lambda one: _plain(numbers_of(one.evidence))),
        Column("cleared_at", Cell.INSTANT, lambda one: one.cleared_at),
        Column(
            "lasted_hours", Cell.NUMBER, lambda one: hours(one.cleared_at - one.risen_at) if one.cleared_at else None
        ),
        Column("withdrawn", Cell.FLAG, lambda one: one.is_withdrawn),
        Column("ended", Cell.LONG_TEXT, lambda one: words.ended(one) if one.cleared_at else None),
        Column(
            "ended_numbers",
            Cell.LONG_TEXT,
            lambda one: None if one.clearing is None else _plain(clearing_numbers_of(one.clearing)),
        ),
    )


def _plain(numbers: Numbers) -> str:
    return json.dumps(numbers, ensure_ascii=False)
