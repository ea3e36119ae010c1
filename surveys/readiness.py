"""Whether this installation can do its work, and how much of it is waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from db import migrating, readiness, webhooks
from db.database import Database
from db.outages import is_outage
from db.readiness import ChannelFigures, FailingChat, QueueFigure, SetAsideFigure
from db.webhooks import FailingFigure
from surveys.rules.webhooks import FAILURES_BEFORE_HOLD

SET_ASIDE_TOLD: Final = timedelta(days=1)
"""For so long an update that could not be handled is told of."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What stands in the way of work, and what only needs a look; `revision` is the schema's."""

    database_reachable: bool
    revision: str | None = None
    wanted_revision: str | None = None
    catalogue_version: int | None = None
    channels: tuple[ChannelFigures, ...] = ()
    failing_chats: tuple[FailingChat, ...] = ()
    set_aside: tuple[SetAsideFigure, ...] = ()
    failing_webhooks: tuple[FailingFigure, ...] = ()

    @property
    def migrations_current(self) -> bool:
        """Whether the schema is the one this program was written for."""
        return self.revision is not None and self.revision == self.wanted_revision

    @property
    def can_work(self) -> bool:
        """Whether requests may be sent here."""
        return self.database_reachable and self.migrations_current and self.catalogue_version is not None


@dataclass(frozen=True, slots=True)
class Workload:
    """What is waiting to be done, for graphs."""

    queue: tuple[QueueFigure, ...]
    open_cases: dict[str, int]
    waiting_invitations: int
    channels: tuple[ChannelFigures, ...]


async def check_readiness(database: Database, *, now: datetime) -> Readiness:
    """The state of everything that is stored; an unreachable database is an answer, not an error."""
    wanted = migrating.head()
    try:
        async with database.transaction() as transaction:
            found = await readiness.revision(transaction)
            if found != wanted:
                return Readiness(database_reachable=True, revision=found, wanted_revision=wanted)
            return Readiness(
                database_reachable=True,
                revision=found,
                wanted_revision=wanted,
                catalogue_version=await readiness.catalogue_version(transaction),
                channels=await readiness.channel_figures(transaction),
                failing_chats=await readiness.failing_chats(transaction),
                set_aside=await readiness.set_aside_figures(transaction, since=now - SET_ASIDE_TOLD),
                failing_webhooks=await webhooks.failing_figures(transaction, at_least=FAILURES_BEFORE_HOLD),
            )
    except Exception as error:
        if is_outage(error):
            return Readiness(database_reachable=False, wanted_revision=wanted)
        raise


async def measure_workload(database: Database, *, now: datetime) -> Workload:
    """The figures of the queues at this instant."""
    async with database.transaction() as transaction:
        return Workload(
            queue=await readiness.queue_figures(transaction, now=now),
            open_cases=await readiness.open_cases(transaction),
            waiting_invitations=await readiness.waiting_invitations(transaction),
            channels=await readiness.channel_figures(transaction),
        )


async def server_time(database: Database) -> datetime:
    """The database server's own clock, to hold this machine's against."""
    async with database.autocommit() as transaction:
        return await readiness.server_time(transaction)
