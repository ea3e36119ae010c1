"""The last sheet of an exported workbook: its range, and what every column of every sheet means."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.files.book import Book, Heading
from bot.files.columns import Cell
from bot.files.export_columns import NAMES, ExportKind
from bot.screens.wording import Wording
from surveys.exporting import Export

OWN_MEANINGS = frozenset(
    {
        "answers.id",
        "answers.reasons",
        "events.id",
        "events.reason",
        "events.answered_at",
        "events.touchpoint",
        "cases.id",
        "cases.score",
        "scores.score",
        "scores.answers",
        "distribution.answers",
        "reasons.answers",
    }
)
"""Columns that mean something else here than under their name elsewhere."""


def meaning(wording: Wording, kind: ExportKind, column: str) -> str:
    """What a column of the kind holds."""
    if column.startswith("attributes."):
        return wording.text("export.attribute")
    own = f"{kind}.{column}"
    return wording.text(f"export.column.{own if own in OWN_MEANINGS else column}")


def add_about(book: Book, export: Export, wording: Wording, kinds: Collection[ExportKind], now: datetime) -> None:
    """The sheet; `kinds` are those the workbook has, `now` is when it was made."""
    sheet = book.add_sheet(
        wording.text("export.sheet.about"),
        [
            Heading(wording.text("export.about.sheet"), Cell.INSTANT),
            Heading(wording.text("export.about.column"), Cell.INSTANT),
            Heading(wording.text("export.about.meaning"), Cell.LONG_TEXT),
        ],
    )
    for name, told in _facts(export, wording, now).items():
        sheet.write((wording.text(f"export.about.{name}"), None, told))
    attributes = {ExportKind.ANSWERS: export.answer_attributes, ExportKind.EVENTS: export.event_attributes}
    for kind in kinds:
        title = wording.text(f"export.sheet.{kind}")
        for column in (*NAMES[kind], *(f"attributes.{name}" for name in attributes.get(kind, ()))):
            sheet.write((title, column, meaning(wording, kind, column)))
    sheet.finish()


def _facts(export: Export, wording: Wording, now: datetime) -> dict[str, str]:
    zone, scope = export.catalogue.business.timezone, export.scope

    def bound(instant: datetime | None) -> str:
        return wording.text("export.about.open") if instant is None else wording.moment(instant, zone, with_year=True)

    return {
        "business": export.catalogue.business.name,
        "from": bound(scope.start),
        "to": bound(scope.end),
        "touchpoint": scope.touchpoint or wording.text("export.about.every_touchpoint"),
        "zone": zone.key,
        "made": wording.moment(now, zone, with_year=True),
        "masked": wording.text("export.about.masking"),
    }
