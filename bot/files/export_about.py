"""The last sheet of an exported workbook: its range, and what every column of every sheet means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.files.book import Book, Heading
from bot.files.columns import Cell
from bot.files.export_kinds import RAW, ExportKind
from bot.screens.wording import Wording
from surveys.exporting import Export

OWN_MEANINGS = frozenset(
    {
        "flows.from",
        "flows.to",
        "flows.count",
        "flows.of",
        "ways.title",
        "ways.count",
        "ways.of",
        "distribution.answers",
        "distribution.share",
        "reasons.answers",
        "reasons.title",
        "scores.score",
        "report.planned",
        "themes.change",
        "audit.events",
        "drivers.cause",
        "drivers.reason",
        "drivers.low",
        "drivers.high",
        "drivers.of",
        "drivers.share",
        "drivers.difference",
        "drivers.preliminary",
        "themes.title",
        "themes.count",
        "themes.negative",
        "themes.preliminary",
        "words.sentiment",
        "words.negative",
        "words.positive",
        "words.preliminary",
        "trials.trial",
        "trials.state",
        "trials.people",
        "trials.value",
        "trials.difference",
        "alarms.id",
        "alarms.what",
        "reach.value",
        "reach.count",
        "recovery.value",
        "recovery.title",
        "recovery.people",
        "before_after.people",
        "before_after.difference",
        "bought_again.difference",
        "answers.id",
        "answers.reasons",
        "events.id",
        "events.reason",
        "events.answered_at",
        "events.touchpoint",
        "cases.id",
        "cases.score",
    }
)
"""Columns that mean something else here than under their name elsewhere."""

AS_ELSEWHERE = {f"{kind}.score": "scores.score" for kind in ("report", "journey", "audit")}
"""Columns that mean what another kind's own one does."""


def meaning_key(kind: ExportKind, column: str) -> str:
    """The message about a column that is no attribute."""
    own = AS_ELSEWHERE.get(f"{kind}.{column}", f"{kind}.{column}")
    return f"export.column.{own if own in OWN_MEANINGS else column}"


def meaning(wording: Wording, kind: ExportKind, column: str) -> str:
    """What a column of the kind holds."""
    if column.startswith("attributes."):
        return wording.text("export.attribute")
    return wording.text(meaning_key(kind, column))


def add_about(
    book: Book,
    export: Export,
    wording: Wording,
    columns: Mapping[ExportKind, Sequence[str]],
    *,
    unread: int = 0,
    now: datetime,
) -> None:
    """The sheet; `columns` are those of the kinds the workbook has, `now` is when it was made.

    `unread` comments are not in the themes yet.
    """
    sheet = book.add_sheet(
        wording.text("export.sheet.about"),
        [
            Heading(wording.text("export.about.sheet"), Cell.INSTANT),
            Heading(wording.text("export.about.column"), Cell.INSTANT),
            Heading(wording.text("export.about.meaning"), Cell.LONG_TEXT),
        ],
    )
    facts = _facts(export, wording, now)
    if set(columns) - RAW:
        period = export.figures.period
        facts["figures"] = wording.day_range(period.start, period.last_day)
    if unread:
        facts["unread"] = wording.number(unread)
    for name, told in facts.items():
        sheet.write((wording.text(f"export.about.{name}"), None, told))
    for kind, names in columns.items():
        title = wording.text(f"export.sheet.{kind}")
        for column in names:
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
