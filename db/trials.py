"""Trials: as the catalogue described them, who was given what, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from db.database import Transaction

Variant = Literal["a", "b"]


@dataclass(frozen=True, slots=True)
class StoredTrial:
    """A trial as it was last published; `variants` are the values of a and b of the one thing that differs."""

    key: str
    touchpoint: str
    measure: str
    metric: str
    differs: str
    starts_on: date
    share: float
    planned: int
    detect: float | None
    variants: Mapping[str, object] = field(hash=False)
    published_at: datetime
    stopped_at: datetime | None = None


async def stored(transaction: Transaction) -> list[StoredTrial]:
    """All trials there ever were, the newest first."""
    rows = await transaction.rows(
        """
        select key, touchpoint, measure, metric, differs, starts_on, share, planned, detect, variants, published_at,
               stopped_at
        from trials
        order by starts_on desc, key
        """
    )
    return [StoredTrial(*row) for row in rows]


async def store(transaction: Transaction, trial: StoredTrial) -> None:
    """Keep the trial as it is described now; one that was stopped runs again. The first publication's time stands."""
    await transaction.run(
        """
        insert into trials (key, touchpoint, measure, metric, differs, starts_on, share, planned, detect, variants,
                            published_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (key) do update
        set touchpoint = excluded.touchpoint, measure = excluded.measure, metric = excluded.metric,
            differs = excluded.differs, starts_on = excluded.starts_on, share = excluded.share,
            planned = excluded.planned, detect = excluded.detect, variants = excluded.variants, stopped_at = null
        """,
        trial.key,
        trial.touchpoint,
        trial.measure,
        trial.metric,
        trial.differs,
        trial.starts_on,
        trial.share,
        trial.planned,
        trial.detect,
        dict(trial.variants),
        trial.published_at,
    )


async def stop(transaction: Transaction, keys: Collection[str], *, now: datetime) -> None:
    """These were taken out of the catalogue."""
    if keys:
        await transaction.run(
            "update trials set stopped_at = $2 where key = any($1::text[]) and stopped_at is null", list(keys), now
        )


async def variants_given(
    transaction: Transaction, person_ids: Collection[int], keys: Collection[str]
) -> dict[tuple[int, str], Variant]:
    """The variant each person was asked under first, by person and trial, as the accounts belong to them now."""
    rows = await transaction.rows(
        """
        select distinct on (a.person_id, i.trial) a.person_id, i.trial, i.variant
        from accounts a
        join invitations i on i.account_id = a.id
        where a.person_id = any($1::bigint[]) and i.trial = any($2::text[])
          and i.state in ('sending', 'sent', 'unknown', 'answered', 'expired')
        order by a.person_id, i.trial, i.id
        """,
        list(person_ids),
        list(keys),
    )
    return {(row["person_id"], row["trial"]): row["variant"] for row in rows}


async def count(transaction: Transaction, invitation_ids: Sequence[int]) -> None:
    """These are what their persons are asked first in their trial."""
    if invitation_ids:
        await transaction.run(
            "update invitations set counts_in_trial = true where id = any($1::bigint[])", list(invitation_ids)
        )


async def leave(transaction: Transaction, invitation_ids: Sequence[int]) -> None:
    """These are asked outside the trial they were planned in, which is over."""
    if invitation_ids:
        await transaction.run(
            """
            update invitations set trial = null, variant = null, counts_in_trial = false
            where id = any($1::bigint[])
            """,
            list(invitation_ids),
        )


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a variant has so far: delivered invitations, how many of them were answered, and the first's instant."""

    delivered: int
    answered: int
    first_sent_at: datetime | None


_DELIVERED = "i.counts_in_trial and i.state in ('sent', 'answered', 'expired') and i.expires_at is not null"


async def gathered(transaction: Transaction, key: str, *, until: datetime | None = None) -> dict[Variant, Gathered]:
    """What was delivered of the trial, up to and including what was sent at `until`; a variant may be missing."""
    rows = await transaction.rows(
        f"""
        select i.variant, count(*), count(*) filter (where i.state = 'answered'), min(i.sent_at)
        from invitations i
        where i.trial = $1 and {_DELIVERED} and i.sent_at <= coalesce($2::timestamptz, 'infinity')
        group by i.variant
        """,
        key,
        until,
    )
    return {variant: Gathered(*counts) for variant, *counts in rows}


@dataclass(frozen=True, slots=True)
class Final:
    """The first of a variant that are final: how often each score was given, None for no answer; the last's instant."""

    scores: Mapping[int | None, int] = field(hash=False)
    last_sent_at: datetime | None

    @property
    def n(self) -> int:
        """How many they are."""
        return sum(self.scores.values())


async def final(
    transaction: Transaction, key: str, variant: Variant, *, expired_by: datetime, only_answered: bool, limit: int
) -> Final:
    """The first `limit` in the order of their sending, as far as all up to there had expired by that instant.

    With `only_answered`, the first so many that were answered. What is answered later changes none of them.
    """
    rows = await transaction.rows(
        f"""
        with open_from as (
            select coalesce(min(i.sent_at), 'infinity') as at
            from invitations i
            where i.trial = $1 and i.variant = $2 and {_DELIVERED} and i.expires_at > $3
        ), first as (
            select r.score::int as score, i.sent_at
            from invitations i
            left join responses r on r.invitation_id = i.id
            where i.trial = $1 and i.variant = $2 and {_DELIVERED} and i.sent_at < (select at from open_from)
              and (not $4::boolean or r.score is not null)
            order by i.sent_at, i.id
            limit $5
        )
        select score, count(*) as count, max(sent_at) as last_sent_at from first group by score
        """,
        key,
        variant,
        expired_by,
        only_answered,
        limit,
    )
    return Final({row["score"]: row["count"] for row in rows}, max((row["last_sent_at"] for row in rows), default=None))
