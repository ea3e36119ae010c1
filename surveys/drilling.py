"""Into a report step by step: touchpoint, location, employee, reason, and at the end the comments themselves.

A step is a row (`report_views`): a button is too small for the value of an attribute, so it names a step and the place
of a choice among those the step offered, and such a place never changes its meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from db import report_views
from db.database import Database, Transaction
from db.report_views import GivenComment, StoredView
from db.reports import Json, Narrowing
from db.subscriptions import find_reader
from surveys.findings import Segment, TouchpointReport
from surveys.publishing import Catalogues
from surveys.reporting import read_scores
from surveys.rules.masking import mask
from surveys.rules.metrics import SHOWN_FROM
from surveys.rules.weeks import Period, day_start
from surveys.scopes import narrowing_of

PREFERRED: Final = ("location", "employee")
"""The attributes that are stepped through by themselves, in this order."""

TOUCHPOINTS, REASONS, COMMENTS = "touchpoints", "reasons", "comments"
"""Dimensions beside the attributes, whose names come behind `by`."""

ROWS: Final = 12
SWITCHES: Final = 4
PAGE: Final = 8
KEPT: Final = timedelta(days=60)
_LOOKED_AT: Final = 2000
"""Answers whose attributes are looked at to say which there are."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the choices that led here: `kind` is touchpoint, value, reason, by, reasons or comments."""

    kind: str
    name: str = ""
    value: Json = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the view; `place` is its choice."""

    place: int
    entry: TouchpointReport | None = None
    segment: Segment | None = None
    reason: str | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class DrillView:
    """What a step shows: all that was chosen (`entry`, None before a touchpoint is), split by a dimension.

    `too_few` counts the lines that are not shown because fewer than five answers stand behind them. `switches` are
    the other dimensions, each with its place.
    """

    id: int
    parent_id: int | None
    period: Period
    path: tuple[Step, ...]
    dimension: str
    entry: TouchpointReport | None
    rows: tuple[Row, ...] = ()
    too_few: int = 0
    switches: tuple[tuple[int, str], ...] = ()
    comments: tuple[GivenComment, ...] = ()
    more: int | None = None


class _Choices:
    """The choices of a step, each at the place it had before or at the end."""

    def __init__(self, known: Sequence[Json]) -> None:
        self.all = list(known)

    def place(self, step: Step) -> int:
        written: Json = [step.kind, step.name, step.value]
        if written not in self.all:
            self.all.append(written)
        return self.all.index(written)


@dataclass(frozen=True, slots=True)
class _Selection:
    """What the path selects."""

    touchpoint: str | None
    metric: str
    filters: tuple[tuple[str, Json], ...]
    reason: str | None
    dimension: str | None
    offset: int


async def open_drill(
    database: Database, catalogues: Catalogues, telegram_id: int, *, start: date, end: date, now: datetime
) -> DrillView | None:
    """The first step into the days from `start` to `end` (not included); None for whoever may not read reports.

    Raises PeriodError.
    """
    period = Period(start, end)
    async with database.transaction() as transaction:
        if await find_reader(transaction, telegram_id) is None:
            return None
        await report_views.forget_views(transaction, telegram_id, before=now - KEPT)
        view = await report_views.open_view(
            transaction,
            telegram_id,
            starts_on=period.start,
            ends_on=period.end,
            path=(),
            parent=None,
            now=now,
        )
    return await _show(database, catalogues, view, now=now)


async def follow(
    database: Database, catalogues: Catalogues, telegram_id: int, view_id: int, place: int, *, now: datetime
) -> DrillView | None:
    """The step a choice leads to; None where there is no such choice, or where it is somebody else's."""
    async with database.transaction() as transaction:
        view = await _own(transaction, view_id, telegram_id)
        if view is None or place >= len(view.choices):
            return None
        view = await report_views.open_view(
            transaction,
            telegram_id,
            starts_on=view.starts_on,
            ends_on=view.ends_on,
            path=(*view.path, view.choices[place]),
            parent=(view.id, place),
            now=now,
        )
    return await _show(database, catalogues, view, now=now)


async def go_back(
    database: Database, catalogues: Catalogues, telegram_id: int, view_id: int, *, now: datetime
) -> DrillView | None:
    """A step that was taken before, as it is now; None where it is gone, or somebody else's."""
    async with database.transaction() as transaction:
        view = await _own(transaction, view_id, telegram_id)
    return None if view is None else await _show(database, catalogues, view, now=now)


async def _own(transaction: Transaction, view_id: int, telegram_id: int) -> StoredView | None:
    view = await report_views.find_view(transaction, view_id)
    return view if view is not None and view.telegram_id == telegram_id else None


async def _show(database: Database, catalogues: Catalogues, stored: StoredView, *, now: datetime) -> DrillView | None:
    zone = catalogues.in_force.catalogue.business.timezone
    period = Period(stored.starts_on, stored.ends_on)
    path = tuple(_step(written) for written in stored.path)
    selection = _selection(path)
    bounds = day_start(period.start, zone), day_start(period.end, zone)
    async with database.transaction() as transaction:
        reader = await find_reader(transaction, stored.telegram_id)
        if reader is None:
            return None
        scope = narrowing_of(reader.scope, catalogues.in_force.catalogue)
        narrowing = replace(
            scope,
            attributes=(*scope.attributes, *((name, (value,)) for name, value in selection.filters)),
            reason=selection.reason,
        )
        one = narrowing if selection.touchpoint is None else _of(narrowing, selection.touchpoint)
        attributes = await report_views.common_attributes(transaction, *bounds, narrowing=one, looked_at=_LOOKED_AT)
        dimension = selection.dimension or _next_dimension(selection, attributes)
        comments: list[GivenComment] = []
        if dimension == COMMENTS:
            comments = await report_views.comments(
                transaction,
                *bounds,
                metric=selection.metric,
                narrowing=one,
                offset=selection.offset,
                limit=PAGE + 1,
            )
    by = dimension.removeprefix("by ") if dimension.startswith("by ") else None
    report = await read_scores(
        database,
        catalogues,
        start=period.start,
        end=period.end,
        by=by if by in attributes else None,
        touchpoint=selection.touchpoint,
        scope=narrowing,
        trend_weeks=0,
        now=now,
    )
    choices = _Choices(stored.choices)
    entry = next(
        (
            found
            for found in report.touchpoints
            if (found.touchpoint, found.metric.value) == (selection.touchpoint, selection.metric)
        ),
        None,
    )
    view = DrillView(stored.id, stored.parent_id, period, path, dimension, entry)
    if selection.touchpoint is None:
        view = _with_touchpoints(view, report.touchpoints, choices)
    elif entry is not None and entry.findings.measured.n >= SHOWN_FROM:
        view = _with_lines(view, entry, by, choices)
        if dimension == COMMENTS:
            view = _with_comments(view, comments, selection.offset, choices)
        view = replace(view, switches=_switches(selection, dimension, attributes, choices))
    async with database.transaction() as transaction:
        await report_views.keep_choices(transaction, stored.id, choices.all)
    return view


def _of(narrowing: Narrowing, touchpoint: str) -> Narrowing:
    seen = narrowing.touchpoints is None or touchpoint in narrowing.touchpoints
    return replace(narrowing, touchpoints=(touchpoint,) if seen else ())


def _step(written: Json) -> Step:
    assert isinstance(written, list)
    kind, name, value = written
    return Step(str(kind), str(name), value)


def _selection(path: Sequence[Step]) -> _Selection:
    selection = _Selection(None, "", (), None, None, 0)
    for step in path:
        selection = replace(selection, dimension=None, offset=0)
        match step:
            case Step("touchpoint", name, metric):
                selection = replace(selection, touchpoint=name, metric=str(metric))
            case Step("value", name, value):
                selection = replace(selection, filters=(*selection.filters, (name, value)))
            case Step("reason", name):
                selection = replace(selection, reason=name)
            case Step("by", name):
                selection = replace(selection, dimension=f"by {name}")
            case Step("comments", _, int(offset)):
                selection = replace(selection, dimension=COMMENTS, offset=offset)
            case Step(kind):
                selection = replace(selection, dimension=kind)
    return selection


def _next_dimension(selection: _Selection, attributes: Sequence[str]) -> str:
    """What is looked at next by itself: where, who, why, and then what was said."""
    if selection.touchpoint is None:
        return TOUCHPOINTS
    if selection.reason is not None:
        return COMMENTS
    chosen = {name for name, _ in selection.filters}
    # whoever chose an employee does not go back to locations
    furthest = max((PREFERRED.index(name) for name in chosen if name in PREFERRED), default=-1)
    for name in PREFERRED[furthest + 1 :]:
        if name in attributes:
            return f"by {name}"
    return REASONS


def _with_touchpoints(view: DrillView, entries: Sequence[TouchpointReport], choices: _Choices) -> DrillView:
    shown = [entry for entry in entries if entry.findings.measured.n >= SHOWN_FROM]
    rows = [
        Row(choices.place(Step("touchpoint", entry.touchpoint, entry.metric.value)), entry=entry)
        for entry in shown[: 2 * ROWS]
    ]
    return replace(view, rows=tuple(rows), too_few=len(entries) - len(shown))


def _with_lines(view: DrillView, entry: TouchpointReport, by: str | None, choices: _Choices) -> DrillView:
    if by is not None:
        segments = entry.segments or ()
        shown = ranked(segments)
        rows = [Row(choices.place(Step("value", by, segment.value)), segment=segment) for segment in shown[:ROWS]]
        return replace(view, rows=tuple(rows), too_few=len(segments) - len(shown))
    if view.dimension != REASONS:
        return view
    reasons = [(reason, count) for reason, count in entry.findings.reasons.items() if count >= SHOWN_FROM]
    rows = [Row(choices.place(Step("reason", reason)), reason=reason, count=count) for reason, count in reasons[:ROWS]]
    return replace(view, rows=tuple(rows), too_few=len(entry.findings.reasons) - len(reasons))


def ranked(segments: Sequence[Segment]) -> list[Segment]:
    """The segments that may be shown: the worst score first where 30 answers allow to rank, then the larger ones."""

    def order(segment: Segment) -> tuple[bool, float, int]:
        measured = segment.findings.measured
        return measured.preliminary, 0.0 if measured.preliminary else measured.score or 0.0, -measured.n

    return sorted((segment for segment in segments if segment.findings.measured.score is not None), key=order)


def _with_comments(view: DrillView, comments: Sequence[GivenComment], offset: int, choices: _Choices) -> DrillView:
    more = choices.place(Step(COMMENTS, "", offset + PAGE)) if len(comments) > PAGE else None
    masked = tuple(replace(comment, comment=mask(comment.comment)) for comment in comments[:PAGE])
    return replace(view, comments=masked, more=more)


def _switches(
    selection: _Selection, dimension: str, attributes: Sequence[str], choices: _Choices
) -> tuple[tuple[int, str], ...]:
    """The other ways to look at the same answers."""
    chosen = {name for name, _ in selection.filters}
    offered: list[tuple[str, Step]] = [
        (f"by {name}", Step("by", name)) for name in attributes if name not in chosen and f"by {name}" != dimension
    ][:SWITCHES]
    if selection.reason is None:
        offered.append((REASONS, Step(REASONS)))
    offered.append((COMMENTS, Step(COMMENTS, "", 0)))
    return tuple((choices.place(step), name) for name, step in offered if name != dimension)
