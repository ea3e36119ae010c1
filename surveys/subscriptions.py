"""How somebody gets the weekly report: whether, on which day and hour, on light or dark paper, and what of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time

from db import subscriptions
from db.database import Database
from db.reports import EVERYTHING, Narrowing
from db.subscriptions import Reader
from surveys.publishing import Catalogues
from surveys.rules.journey import Catalogue
from surveys.rules.report_wishes import ReportWish
from surveys.rules.weeks import last_complete_week, week_name
from surveys.scopes import narrowing_of
from surveys.weekly import report_due_at, report_key

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Subscription:
    """A reader's weekly report as it stands; Monday is 0, `at` in the business's zone."""

    paused: bool
    weekday: int
    at: time
    theme: str
    scope: Mapping[str, list[str]] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody may see of reports, and on which paper."""

    scope: Narrowing
    theme: str

    @property
    def sees_everything(self) -> bool:
        """Whether nothing is kept from them."""
        return self.scope == EVERYTHING


async def reading_of(database: Database, catalogues: Catalogues, telegram_id: int) -> Reading:
    """What somebody may see; of a stranger that is nothing."""
    async with database.autocommit() as transaction:
        reader = await subscriptions.find_reader(transaction, telegram_id)
    if reader is None:
        return Reading(Narrowing(touchpoints=()), THEMES[0])
    return Reading(
        narrowing_of(reader.scope, catalogues.in_force.catalogue) if reader.scope else EVERYTHING, reader.theme
    )


async def read_subscription(database: Database, catalogues: Catalogues, telegram_id: int) -> Subscription | None:
    """How somebody gets the report, None for whoever may not read it."""
    async with database.autocommit() as transaction:
        reader = await subscriptions.find_reader(transaction, telegram_id)
    return None if reader is None else _shown(reader, catalogues.in_force.catalogue)


async def change_subscription(
    database: Database,
    catalogues: Catalogues,
    telegram_id: int,
    wish: ReportWish,
    *,
    now: datetime,
) -> Subscription | None:
    """Change what is wished for; a report that waits to be sent moves with it. None for whoever may not read it."""
    catalogue = catalogues.in_force.catalogue
    week = last_complete_week(now, catalogue.business.timezone)
    async with database.transaction() as transaction:
        reader = await subscriptions.find_reader(transaction, telegram_id)
        if reader is None:
            return None
        changed = replace(
            reader,
            paused=reader.paused if wish.paused is None else wish.paused,
            weekday=reader.weekday if wish.weekday is None else wish.weekday,
            at=reader.at if wish.at is None else wish.at,
            theme=reader.theme if wish.theme is None else wish.theme,
        )
        await subscriptions.keep_reader(transaction, changed)
        key = report_key(telegram_id, week_name(week.start))
        if changed.paused:
            await subscriptions.drop_report(transaction, key)
        else:
            await subscriptions.move_report(transaction, key, report_due_at(changed, week, catalogue))
    return _shown(changed, catalogue)


def _shown(reader: Reader, catalogue: Catalogue) -> Subscription:
    weekly = catalogue.reports.weekly
    return Subscription(
        paused=reader.paused,
        weekday=weekly.weekday if reader.weekday is None else reader.weekday,
        at=weekly.at if reader.at is None else reader.at,
        theme=reader.theme,
        scope=reader.scope,
    )
