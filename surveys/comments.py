"""/comments: what people write about, for managers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from db import reports
from db.database import Database
from surveys.comment_figures import CommentFigures, read_comment_figures
from surveys.publishing import Catalogues
from surveys.reading_comments import IN_A_ROUND, read_comments
from surveys.reporting import UnknownTouchpointError
from surveys.rules.languages import Texts
from surveys.rules.weeks import Period, day_start


@dataclass(frozen=True, slots=True)
class CommentsReport:
    """What the comments of a period of whole days say, of one touchpoint or all."""

    business_name: str
    language: str
    timezone: str
    period: Period
    touchpoint: str | None
    titles: Mapping[str, Texts] = field(hash=False)
    figures: CommentFigures


async def comments_report(
    database: Database,
    catalogues: Catalogues,
    *,
    start: date,
    end: date,
    touchpoint: str | None = None,
    read_all: bool = False,
    now: datetime,
) -> CommentsReport:
    """What people wrote on the days from `start` to `end` (not included), against as many days before.

    Comments that nobody has read yet are read first, 5,000 at most unless all are wished; how many are left is told.
    Raises PeriodError and UnknownTouchpointError.
    """
    catalogue = catalogues.in_force.catalogue
    period, zone = Period(start, end), catalogue.business.timezone
    previous_starts_at, starts_at, ends_at = (
        day_start(day, zone) for day in (period.previous.start, period.start, period.end)
    )
    most = None if read_all else IN_A_ROUND
    await read_comments(database, catalogues, start=previous_starts_at, end=ends_at, most=most, now=now)
    async with database.transaction() as transaction:
        await reports.take_snapshot(transaction)
        figures = await read_comment_figures(
            transaction,
            catalogue,
            previous_starts_at=previous_starts_at,
            starts_at=starts_at,
            ends_at=ends_at,
            touchpoint=touchpoint,
        )
    is_empty = not (figures.comments or figures.comments_before or figures.unread)
    if touchpoint is not None and touchpoint not in catalogue.touchpoints and is_empty:
        raise UnknownTouchpointError(touchpoint, tuple(catalogue.touchpoints))
    return CommentsReport(
        business_name=catalogue.business.name,
        language=catalogue.business.languages[0],
        timezone=zone.key,
        period=period,
        touchpoint=touchpoint,
        titles=catalogues.titles,
        figures=figures,
    )
