"""The sweep: what time alone has changed, in bulk; run it as often as you like, in any number of processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from db import claims, sweeps
from db.claims import ClaimedRow
from db.database import Database
from surveys.due import Due, DueWork
from surveys.joining import MovedMeanwhileError
from surveys.outbreaks import close_outbreaks
from surveys.publishing import Catalogues
from surveys.relationship import create_relationship_events
from surveys.rules.asking import SkipReason
from surveys.rules.identity import MESSENGER_CHANNELS
from surveys.rules.sending import LEASE, Unknown
from surveys.settling import settle_step
from surveys.telling import tidy_webhooks
from surveys.watching import watch
from surveys.weekly import ensure_weekly_reports

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class SweepCounts:
    """How many of each were dealt with."""

    expired: int = 0
    unreachable: int = 0
    stale: int = 0
    unknown: int = 0
    relational: int = 0
    weekly_reports: int = 0
    outbreaks_over: int = 0
    alarms_risen: int = 0
    alarms_ended: int = 0


async def sweep(database: Database, catalogues: Catalogues, *, now: datetime) -> SweepCounts:
    """Expire questions, give up what nobody was asked about in time, settle rows a dead process left, create
    relational events and reports, watch for alarms.

    At most 1,000 of each at once; the rest follow with the next sweep.
    """
    async with database.transaction() as transaction:
        unknown = await claims.rows_left_behind(transaction, LEASE, _BATCH)
        if unknown:
            outcome = Unknown("the process that sent it is gone")
            await settle_step(transaction, catalogues, [(_due(row), outcome, None) for row in unknown], now=now)
        expired = await sweeps.expire(transaction, now=now, limit=_BATCH)
        unreachable = await sweeps.give_up_waiting(transaction, SkipReason.UNREACHABLE, now=now, limit=_BATCH)
        stale = await sweeps.give_up_planned(transaction, MESSENGER_CHANNELS, SkipReason.STALE, now=now, limit=_BATCH)
        weekly_reports = await ensure_weekly_reports(transaction, catalogues, now=now)
        outbreaks_over = await close_outbreaks(transaction, catalogues, now=now, limit=_BATCH)
        await tidy_webhooks(transaction, now=now)
    relational = await _create_relationship_events(database, catalogues, now=now)
    watched = await watch(database, catalogues, now=now)
    return SweepCounts(
        expired,
        unreachable,
        stale,
        len(unknown),
        relational,
        weekly_reports,
        outbreaks_over,
        watched.risen,
        watched.ended,
    )


async def _create_relationship_events(database: Database, catalogues: Catalogues, *, now: datetime) -> int:
    try:
        async with database.transaction() as transaction:
            return await create_relationship_events(transaction, catalogues, now=now)
    except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, MovedMeanwhileError):
        return 0  # an intake was faster; nothing was kept and the next sweep looks again


def _due(row: ClaimedRow) -> Due:
    return Due(
        row.id,
        row.kind,
        row.subject_id,
        row.recipient,
        row.channel,
        0,
        row.attempts,
        is_repeat=False,
        work=DueWork(),
        detail=row.detail,
    )
