"""What there is, for a spreadsheet or another program: figures, answers, events, and cases with their moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from db import exported_cases, exported_counts, exported_events, exporting, reports
from db.database import Database, Transaction
from db.exported_cases import ExportedCase, ExportedMove
from db.exported_counts import RowCounts
from db.exported_events import ExportedEvent
from db.exporting import ExportScope, Place
from db.exporting import StoredAnswerInContext as ExportedAnswer
from surveys.exported_figures import ExportedFigures, period_of
from surveys.publishing import Catalogues
from surveys.reading_comments import IN_A_ROUND, read_comments
from surveys.reporting import ScoresRequest, UnknownTouchpointError, read_scores_request
from surveys.rules.journey import Catalogue, Metric
from surveys.rules.languages import pick
from surveys.rules.metrics import Measured, measure
from surveys.rules.quoting import conceal
from surveys.rules.weeks import Period, PeriodError, day_start, local_day, week_containing

__all__ = [
    "DEFAULT_EXPORT_PERIOD",
    "Export",
    "ExportScope",
    "ExportedAnswer",
    "ExportedCase",
    "ExportedEvent",
    "ExportedFigures",
    "ExportedMove",
    "ReasonOfWeek",
    "RowCounts",
    "ScoreOfWeek",
    "ScoresRequest",
    "open_export",
    "read_export_request",
    "scope_of",
]

PAGE = 2_000
DEFAULT_EXPORT_PERIOD = "30d"

_Row = TypeVar("_Row", ExportedAnswer, ExportedCase, ExportedEvent, ExportedMove)
_ReadPage = Callable[[Place | None, int], Awaitable[list[_Row]]]


@dataclass(frozen=True, slots=True)
class ScoreOfWeek:
    """What the answers of a week say about a touchpoint; the week begins on that Monday, in the business's zone."""

    week: date
    touchpoint: str
    measured: Measured


@dataclass(frozen=True, slots=True)
class ReasonOfWeek:
    """How many answers of a week chose a reason; `title` is the catalogue's, the key where it has none any more."""

    week: date
    touchpoint: str
    metric: str
    reason: str
    title: str
    count: int


class Export:
    """What a scope has as of one moment; each kind is read once, page by page, in bounded memory.

    What people wrote is concealed. Scores and reasons count answers that were first given, not those asked again.
    """

    def __init__(
        self,
        transaction: Transaction,
        catalogue: Catalogue,
        scope: ExportScope,
        counts: RowCounts,
        figures: ExportedFigures,
        *,
        answer_attributes: tuple[str, ...],
        event_attributes: tuple[str, ...],
        page_size: int,
    ) -> None:
        self._transaction = transaction
        self._page_size = page_size
        self.catalogue = catalogue
        self.scope = scope
        self.counts = counts
        self.figures = figures
        self.answer_attributes = answer_attributes
        self.event_attributes = event_attributes

    async def answers(self) -> AsyncGenerator[Sequence[ExportedAnswer], None]:
        """All answers first given in the scope, in the order they were given."""

        async def read(after: Place | None, limit: int) -> list[ExportedAnswer]:
            found = await exporting.page(self._transaction, self.scope, after=after, limit=limit)
            return [one if not one.comment else replace(one, comment=conceal(one.comment)) for one in found]

        async for page in self._pages(read, lambda one: (one.answered_at, one.response_id)):
            yield page

    async def events(self) -> AsyncGenerator[Sequence[ExportedEvent], None]:
        """All events that happened in the scope, in that order, with what became of them."""

        async def read(after: Place | None, limit: int) -> list[ExportedEvent]:
            return await exported_events.page(self._transaction, self.scope, after=after, limit=limit)

        async for page in self._pages(read, lambda one: (one.occurred_at, one.id)):
            yield page

    async def cases(self) -> AsyncGenerator[Sequence[ExportedCase], None]:
        """All cases opened in the scope, in that order."""

        async def read(after: Place | None, limit: int) -> list[ExportedCase]:
            found = await exported_cases.page(self._transaction, self.scope, after=after, limit=limit)
            return [one if not one.note else replace(one, note=conceal(one.note)) for one in found]

        async for page in self._pages(read, lambda one: (one.opened_at, one.id)):
            yield page

    async def moves(self) -> AsyncGenerator[Sequence[ExportedMove], None]:
        """All moves of cases in the scope, each by its own instant."""

        async def read(after: Place | None, limit: int) -> list[ExportedMove]:
            found = await exported_cases.moves_page(self._transaction, self.scope, after=after, limit=limit)
            return [one if not one.note else replace(one, note=conceal(one.note)) for one in found]

        async for page in self._pages(read, lambda one: (one.moved_at, one.id)):
            yield page

    async def scores(self) -> tuple[ScoreOfWeek, ...]:
        """The score of each touchpoint, week by week; a week without answers has none."""
        weeks = await self._weeks()
        if not weeks:
            return ()
        starts = [day_start(week, self.catalogue.business.timezone) for week in weeks]
        found: dict[tuple[str, str, int], dict[int, int]] = defaultdict(dict)
        for row in await exported_counts.score_counts(self._transaction, self.scope, starts):
            found[row.touchpoint, row.metric, row.week][row.score] = row.count
        return tuple(
            ScoreOfWeek(weeks[week], touchpoint, measure(Metric(metric), counts))
            for (touchpoint, metric, week), counts in sorted(found.items())
        )

    async def reasons(self) -> tuple[ReasonOfWeek, ...]:
        """How often each reason was chosen, week by week."""
        weeks = await self._weeks()
        if not weeks:
            return ()
        starts = [day_start(week, self.catalogue.business.timezone) for week in weeks]
        return tuple(
            ReasonOfWeek(
                weeks[row.week],
                row.touchpoint,
                row.metric,
                row.reason,
                _reason_title(self.catalogue, row.survey, row.reason),
                row.count,
            )
            for row in await exported_counts.reason_counts(self._transaction, self.scope, starts)
        )

    async def _weeks(self) -> list[date]:
        """The Mondays from the first answer to the last."""
        between = await exported_counts.answered_between(self._transaction, self.scope)
        if between is None:
            return []
        zone = self.catalogue.business.timezone
        first, last = (week_containing(local_day(instant, zone)).start for instant in between)
        return [first + timedelta(days=days) for days in range(0, (last - first).days + 1, 7)]

    async def _pages(
        self, read: _ReadPage[_Row], place_of: Callable[[_Row], Place]
    ) -> AsyncGenerator[Sequence[_Row], None]:
        after: Place | None = None
        while True:
            page = await read(after, self._page_size)
            if page:
                yield page
            if len(page) < self._page_size:
                return
            after = place_of(page[-1])


@asynccontextmanager
async def open_export(
    database: Database,
    catalogues: Catalogues,
    scope: ExportScope,
    *,
    comments_to_read: int | None = IN_A_ROUND,
    page_size: int = PAGE,
    now: datetime,
) -> AsyncGenerator[Export, None]:
    """Everything of the scope, figures too, from one snapshot; raises NoCatalogueError, and UnknownTouchpointError for
    one that is neither in the catalogue nor has anything in the scope.

    Comments of the time that nobody has read yet are read first, at most so many; None: all of them.
    """
    catalogue = catalogues.in_force.catalogue
    period = await _days_of(database, catalogue, scope, now)
    if comments_to_read != 0:
        start, end = (day_start(day, catalogue.business.timezone) for day in (period.previous.start, period.end))
        await read_comments(database, catalogues, start=start, end=end, most=comments_to_read, now=now)
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        counts = await exported_counts.row_counts(transaction, scope)
        if scope.touchpoint is not None and scope.touchpoint not in catalogue.touchpoints and not counts.total:
            raise UnknownTouchpointError(scope.touchpoint, tuple(catalogue.touchpoints))
        yield Export(
            transaction,
            catalogue,
            scope,
            counts,
            ExportedFigures(transaction, catalogues, catalogue, period, scope.touchpoint, now=now),
            answer_attributes=await exporting.attribute_names(transaction, scope),
            event_attributes=await exported_events.attribute_names(transaction, scope),
            page_size=page_size,
        )


async def _days_of(database: Database, catalogue: Catalogue, scope: ExportScope, now: datetime) -> Period:
    """The days figures are of: the scope's, and where it is open those since the first thing known, up to today."""
    first = scope.start
    if first is None:
        async with database.autocommit() as statement:
            known = await exported_counts.known_since(statement)
        first = min(now if known is None else known, now if scope.end is None else scope.end)
    last = max(now, first) if scope.end is None else scope.end - timedelta(microseconds=1)
    return period_of(first, last, catalogue)


def read_export_request(arguments: str, catalogue: Catalogue, *, now: datetime) -> ScoresRequest:
    """What stands behind `/export`: a touchpoint, a period, both or neither, as behind `/scores`.

    Without a period the last 30 days with today; raises PeriodError for what is neither.
    """
    try:
        # only a touchpoint, or nothing, can stand before a period
        return read_scores_request(f"{arguments} {DEFAULT_EXPORT_PERIOD}", catalogue, now=now)
    except PeriodError:
        return read_scores_request(arguments, catalogue, now=now)


def scope_of(request: ScoresRequest, catalogue: Catalogue) -> ExportScope:
    """The instants of the request's days, in the business's zone."""
    zone = catalogue.business.timezone
    start, end = day_start(request.period.start, zone), day_start(request.period.end, zone)
    return ExportScope(start, end, request.touchpoint)


def _reason_title(catalogue: Catalogue, survey: str, reason: str) -> str:
    configured = catalogue.surveys.get(survey)
    if configured is None:
        return reason
    reasons = configured.reasons
    for one in (*reasons.negative, *reasons.neutral, *reasons.positive):
        if one.key == reason:
            return pick(one.title, catalogue.business.languages[0]) or reason
    return reason
