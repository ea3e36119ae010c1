"""Answers with their context, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import asyncpg

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class StoredAnswerInContext:
    """One answer, what it was about and what became of the complaint, if there was one."""

    response_id: int
    external_id: str | None
    answered_at: datetime
    touchpoint: str
    survey: str
    metric: str
    score: int
    reasons: tuple[str, ...]
    comment: str | None
    given_by: str
    language: str | None
    question: str | None
    order_id: str | None
    event_id: str | None
    occurred_at: datetime | None
    amount: Decimal | None
    currency: str | None
    customer_id: str | None
    customer_name: str | None
    channel: str | None
    case_id: int | None
    case_state: str | None
    purpose: str
    themes: tuple[str, ...]
    trial: str | None
    variant: str | None
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ExportScope:
    """What is exported: [`start`, `end`), all of it where None; `touchpoint` None: of every one."""

    start: datetime | None = None
    end: datetime | None = None
    touchpoint: str | None = None


Place = tuple[datetime, int]
"""Where a page ended: the instant and the id of its last row."""


async def attribute_names(transaction: Transaction, scope: ExportScope) -> tuple[str, ...]:
    """The names of all attributes the answers of the period have."""
    rows = await transaction.rows(
        """
        select distinct name
          from responses r cross join lateral jsonb_object_keys(r.attributes) as name
         where ($1::timestamptz is null or r.answered_at >= $1) and ($2::timestamptz is null or r.answered_at < $2)
           and ($3::text is null or r.touchpoint = $3)
         order by name
        """,
        scope.start,
        scope.end,
        scope.touchpoint,
    )
    return tuple(row["name"] for row in rows)


async def page(
    transaction: Transaction, scope: ExportScope, *, after: Place | None, limit: int
) -> list[StoredAnswerInContext]:
    """Answers by instant, at most `limit` behind the one named by its instant and id."""
    after_at, after_id = after if after is not None else (None, None)
    rows = await transaction.rows(
        """
        with answers as (
            select * from responses r
             where ($1::timestamptz is null or r.answered_at >= $1)
               and ($2::timestamptz is null or r.answered_at < $2)
               and ($3::timestamptz is null or (r.answered_at, r.id) > ($3, $4::bigint))
               and ($6::text is null or r.touchpoint = $6)
             order by r.answered_at, r.id limit $5
        )
        select r.id as response_id, r.external_id, r.answered_at, r.touchpoint, r.survey, r.metric, r.score, r.reasons,
               r.comment, r.given_by, r.language, r.question, r.order_id, e.external_id as event_id, e.occurred_at,
               e.amount, e.currency, c.external_id as customer_id, c.name as customer_name, a.channel,
               k.id as case_id, k.state as case_state, r.purpose,
               coalesce(read.themes, '{}') as themes, i.trial, i.variant, r.attributes
          from answers r
          left join comment_readings read on read.response_id = r.id
          left join invitations i on i.id = r.invitation_id
          left join touchpoint_events e on e.id = r.event_id
          left join customers c on c.id = r.customer_id
          left join accounts a on a.id = r.account_id
          left join lateral (
              select id, state from cases
               where response_id = r.id or (r.purpose = 'recovery' and event_id = r.event_id)
               order by id desc limit 1
          ) as k on true
         order by r.answered_at, r.id
        """,
        scope.start,
        scope.end,
        after_at,
        after_id,
        limit,
        scope.touchpoint,
    )
    return [_stored(row) for row in rows]


def _stored(row: asyncpg.Record) -> StoredAnswerInContext:
    return StoredAnswerInContext(**{**row, "reasons": tuple(row["reasons"]), "themes": tuple(row["themes"])})
