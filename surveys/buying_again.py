"""Whether customers buy again after they complained, against those who had nothing to complain of.

Counting reads three months of answers. Where that takes long the counts are kept for a day.
See docs/decisions/0014-days-are-counted-once.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from db import buyers, kept_buyers, reports, sweeps
from db.buyers import BuyerCount
from db.database import Database, Transaction
from db.kept_buyers import BuyersKey
from db.reports import EVERYTHING, Narrowing
from surveys.publishing import Catalogues
from surveys.rules.journey import Metric, Sentiment
from surveys.rules.metrics import sentiment
from surveys.rules.recovered import is_recovered
from surveys.rules.recovery_measures import Share, ShareDifference, compare_shares
from surveys.rules.weeks import day_start, last_complete_week, local_day

HORIZON: Final = timedelta(days=90)
"""How long after a complaint or an answer a purchase counts as buying again."""

WORTH_KEEPING: Final = 1000
"""So many people or more are kept as they were counted; a small shop sees every purchase at once."""

FRESH: Final = timedelta(hours=25)
"""How old kept counts may be to be shown; a little more than a day, so that prepared ones stay so."""

PREPARE_EVERY: Final = timedelta(minutes=10)
_ROUND: Final = "buyers"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class BoughtAgain:
    """Who bought again within the horizon: of the people whose time began in [since, until) and is over.

    `waiting` had a case after that: it is too early to say of them.
    """

    horizon: timedelta
    since: datetime
    until: datetime
    recovered: Share
    not_recovered: Share
    never_unhappy: Share
    waiting: int
    against_not_recovered: ShareDifference | None
    against_never_unhappy: ShareDifference | None

    @property
    def is_known(self) -> bool:
        """Whether the shop reports purchases at all, as far as one can see."""
        return any(share.successes for share in (self.recovered, self.not_recovered, self.never_unhappy))


@dataclass(frozen=True, slots=True)
class CountedBuyers:
    """What was counted, or read as it was kept before, and under what it is kept."""

    bought_again: BoughtAgain
    key: BuyersKey
    content: object
    is_kept: bool

    @property
    def people(self) -> int:
        """How many were looked at."""
        found = self.bought_again
        return found.recovered.n + found.not_recovered.n + found.never_unhappy.n + found.waiting


async def count_buyers(
    transaction: Transaction,
    *,
    starts_at: datetime,
    known_at: datetime,
    zone: ZoneInfo,
    narrowing: Narrowing,
    now: datetime,
) -> CountedBuyers:
    """A step of reporting: those whose horizon ended in the period, or in its last 90 days where it is shorter.

    What is kept of the same days may be shown instead; it says itself until when it was known.
    """
    until = known_at - HORIZON
    since = min(until - HORIZON, starts_at - HORIZON)
    # days that are over are not told by what was counted in the middle of the next one
    is_whole = known_at == day_start(local_day(known_at, zone), zone)
    key = BuyersKey(local_day(since, zone), local_day(until, zone), _digest(narrowing, is_whole=is_whole))
    kept = await kept_buyers.find(transaction, key, since=now - FRESH, now=now)
    if kept is not None and (read := _decode(kept)) is not None:
        return CountedBuyers(read, key, kept, is_kept=True)
    rows = await buyers.buyer_counts(transaction, start=since, end=until, horizon=HORIZON, narrowing=narrowing)
    waiting = await buyers.waiting_buyers(transaction, start=until, end=known_at, narrowing=narrowing)
    content = {
        "format": _FORMAT,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "rows": [list(astuple(row)) for row in rows],
        "waiting": waiting,
    }
    return CountedBuyers(_bought_again(since, until, rows, waiting), key, content, is_kept=False)


async def keep_buyers(
    database: Database, counted: CountedBuyers, *, now: datetime, worth_keeping: int = WORTH_KEEPING
) -> None:
    """Keep what takes long to count, and note that it was asked for; a snapshot only reads, so not in the report's."""
    if counted.people < worth_keeping:
        return
    async with database.autocommit() as transaction:
        if counted.is_kept:
            await kept_buyers.note_asked(transaction, counted.key, now=now)
        else:
            await kept_buyers.keep(transaction, counted.key, counted.content, counted_at=now, asked_at=now)


async def prepare_buyers(database: Database, catalogues: Catalogues, *, now: datetime) -> int:
    """Count the last complete week's and today's once a day, where they are many; how many were counted.

    Where nobody asked for such a report within a week there is nothing to prepare.
    """
    zone = catalogues.zone
    async with database.transaction() as transaction:
        if not await kept_buyers.tidy(transaction, now=now):
            return 0
        if not await sweeps.begin_round(transaction, _ROUND, PREPARE_EVERY, now=now):
            return 0
    counted = 0
    for known_at in (day_start(last_complete_week(now, zone).end, zone), now):
        async with database.transaction() as transaction:
            await reports.take_snapshot(transaction)
            found = await count_buyers(
                transaction, starts_at=known_at, known_at=known_at, zone=zone, narrowing=EVERYTHING, now=now
            )
        if not found.is_kept:
            async with database.autocommit() as transaction:
                await kept_buyers.keep(transaction, found.key, found.content, counted_at=now, asked_at=None)
            counted += 1
    return counted


def asked_again(metric: str | None, score: int | None) -> Sentiment | None:
    """How the customer rated it when asked again; None when they did not."""
    return None if metric is None or score is None else sentiment(Metric(metric), score)


def _digest(narrowing: Narrowing, *, is_whole: bool) -> str:
    return hashlib.sha256(json.dumps([asdict(narrowing), is_whole], sort_keys=True).encode()).hexdigest()


def _decode(content: object) -> BoughtAgain | None:
    """What was kept; None for what another program wrote."""
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        return None
    return _bought_again(
        datetime.fromisoformat(content["since"]),
        datetime.fromisoformat(content["until"]),
        [BuyerCount(*row) for row in content["rows"]],
        content["waiting"],
    )


def _bought_again(since: datetime, until: datetime, rows: Sequence[BuyerCount], waiting: int) -> BoughtAgain:
    recovered = _share(row for row in rows if row.unhappy and _is_recovered(row))
    not_recovered = _share(row for row in rows if row.unhappy and not _is_recovered(row))
    never_unhappy = _share(row for row in rows if not row.unhappy)
    return BoughtAgain(
        horizon=HORIZON,
        since=since,
        until=until,
        recovered=recovered,
        not_recovered=not_recovered,
        never_unhappy=never_unhappy,
        waiting=waiting,
        against_not_recovered=compare_shares(recovered, not_recovered),
        against_never_unhappy=compare_shares(recovered, never_unhappy),
    )


def _is_recovered(row: BuyerCount) -> bool:
    return is_recovered(solved=row.solved, asked_again=asked_again(row.metric, row.asked_again))


def _share(rows: Iterable[BuyerCount]) -> Share:
    bought, n = 0, 0
    for row in rows:
        n += row.count
        bought += row.count if row.bought else 0
    return Share(bought, n)
