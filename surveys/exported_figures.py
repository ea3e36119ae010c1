"""What managers see in reports, by commands and as JSON, for an export: the same steps, in its snapshot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from db.database import Transaction
from db.reports import EVERYTHING, Narrowing
from surveys.alarms import AlarmsOfPeriod, alarms_of_period
from surveys.auditing import Audit, read_audit
from surveys.comment_figures import CommentFigures, read_comment_figures
from surveys.publishing import Catalogues
from surveys.reach import Reach, read_reach
from surveys.recovery_figures import RecoveryFigures
from surveys.reporting import Report, read_report
from surveys.rules.journey import Catalogue
from surveys.rules.weeks import LONGEST, Period, day_start, local_day
from surveys.stations import Journey
from surveys.tracing import read_journey
from surveys.trials import TrialView, read_trials
from surveys.weighing import Drivers, read_drivers

_Found = TypeVar("_Found")


class Once(Generic[_Found]):
    """Reads when first asked, and has it ready from then on."""

    def __init__(self, read: Callable[[], Awaitable[_Found]]) -> None:
        self._read = read
        self._found: list[_Found] = []

    async def __call__(self) -> _Found:
        """What was read."""
        if not self._found:
            self._found.append(await self._read())
        return self._found[0]


class ExportedFigures:
    """The figures of whole days; each is read when first asked for.

    The report, recovery and comments are narrowed to the touchpoint, if one is given; the others come whole, and
    `concerns` tells what of them is meant. The audit is of the last quarter and the trials are all there ever were, as
    everywhere.
    """

    def __init__(
        self,
        transaction: Transaction,
        catalogues: Catalogues,
        catalogue: Catalogue,
        period: Period,
        touchpoint: str | None,
        *,
        now: datetime,
    ) -> None:
        zone = catalogue.business.timezone
        previous_start, start, end = (day_start(day, zone) for day in (period.previous.start, period.start, period.end))
        narrowing = EVERYTHING if touchpoint is None else Narrowing(touchpoints=(touchpoint,))
        self.catalogue = catalogue
        self.period = period
        self.touchpoint = touchpoint
        self.report: Once[Report] = Once(
            lambda: read_report(transaction, catalogues, period, narrowing=narrowing, trend_weeks=1, now=now)
        )
        self.journey: Once[Journey] = Once(lambda: read_journey(transaction, catalogue, period, now=now))
        self.audit: Once[Audit] = Once(lambda: read_audit(transaction, catalogue, now=now))
        self.drivers: Once[Drivers] = Once(lambda: read_drivers(transaction, catalogue, period, now=now))
        self.comments: Once[CommentFigures] = Once(
            lambda: read_comment_figures(
                transaction,
                catalogue,
                previous_starts_at=previous_start,
                starts_at=start,
                ends_at=end,
                touchpoint=touchpoint,
            )
        )
        self.trials: Once[tuple[TrialView, ...]] = Once(lambda: read_trials(transaction, catalogue, now=now))
        self.alarms: Once[AlarmsOfPeriod] = Once(
            lambda: alarms_of_period(transaction, catalogues, start=period.start, end=period.end)
        )
        self.reach: Once[Reach] = Once(lambda: read_reach(transaction, catalogues, period))

    async def recovery(self) -> RecoveryFigures:
        """What recovery brought, which the report has."""
        recovery = (await self.report()).recovery
        assert recovery is not None
        return recovery

    def concerns(self, touchpoint: str | None) -> bool:
        """Whether it is the touchpoint that was asked for; with none asked for, each is, and the whole business."""
        return self.touchpoint is None or touchpoint == self.touchpoint


def period_of(first: datetime, last: datetime, catalogue: Catalogue) -> Period:
    """The days from the one instant to the other, both included, in the business's zone; at most the last ten years."""
    zone = catalogue.business.timezone
    start, end = local_day(first, zone), local_day(last, zone) + timedelta(days=1)
    return Period(max(min(start, end - timedelta(days=1)), end - LONGEST), end)
