"""What alarms are judged by, counted straight from the tables, each query through an index on its range of time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """How often a score was given about a touchpoint at a location; None: the event had none."""

    touchpoint: str
    location: str | None
    metric: str
    score: int
    count: int


@dataclass(frozen=True, slots=True)
class ScoreAt:
    """One answer's score and when it was given."""

    at: datetime
    metric: str
    score: int


async def price_ranges(transaction: Transaction) -> None:
    """As for a report: the planner is to read a range through its index, and to compile nothing."""
    await transaction.run("set local random_page_cost = 1.1; set local jit = off")


async def place_counts(
    transaction: Transaction, *, start: datetime, end: datetime, touchpoints: Collection[str]
) -> list[PlaceCount]:
    """How often each score was first given in [start, end) about these touchpoints, by location."""
    rows = await transaction.rows(
        """
        select touchpoint, attributes ->> 'location' as location, metric, score::int, count(*)
          from responses
         where answered_at >= $1 and answered_at < $2 and purpose = 'first' and touchpoint = any($3::text[])
         group by 1, 2, 3, 4
        """,
        start,
        end,
        list(touchpoints),
    )
    return [PlaceCount(*row) for row in rows]


async def latest_scores(
    transaction: Transaction, touchpoint: str, location: str | None, *, since: datetime, limit: int
) -> list[ScoreAt]:
    """The newest scores about the touchpoint at the location given after `since`, the newest first."""
    rows = await transaction.rows(
        """
        select answered_at, metric, score::int
          from responses
         where answered_at > $3 and purpose = 'first' and touchpoint = $1
           and attributes ->> 'location' is not distinct from $2
         order by answered_at desc
         limit $4
        """,
        touchpoint,
        location,
        since,
        limit,
    )
    return [ScoreAt(*row) for row in rows]


async def answered_since(transaction: Transaction, since: datetime) -> dict[str, int]:
    """How many answers each touchpoint got after `since`; those without any are absent."""
    rows = await transaction.rows(
        "select touchpoint, count(*) as n from responses where answered_at > $1 and purpose = 'first' group by 1", since
    )
    return {row["touchpoint"]: row["n"] for row in rows}


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many questions about a touchpoint were delivered, and how many of them answered."""

    touchpoint: str
    delivered: int
    answered: int


async def delivered_counts(
    transaction: Transaction,
    touchpoints: Collection[str],
    *,
    events_since: datetime,
    sent_since: datetime,
    sent_until: datetime,
) -> list[Delivered]:
    """Questions sent in [sent_since, sent_until) about events that occurred since `events_since`.

    Delivered is what the messenger accepted or a tap proved.
    """
    rows = await transaction.rows(
        """
        select e.touchpoint, count(*) as delivered, count(*) filter (where i.state = 'answered') as answered
          from touchpoint_events e
          join invitations i on i.event_id = e.id and i.purpose = 'first'
         where e.occurred_at >= $1 and e.occurred_at < $3 and e.touchpoint = any($4::text[])
           and i.sent_at >= $2 and i.sent_at < $3 and (i.message_id is not null or i.state = 'answered')
         group by 1
        """,
        events_since,
        sent_since,
        sent_until,
        list(touchpoints),
    )
    return [Delivered(*row) for row in rows]


async def anything_sent(transaction: Transaction, since: datetime) -> bool:
    """Whether a question went out since then, or may have."""
    return bool(
        await transaction.value(
            """
            select exists (
                select from schedule
                 where greatest(created_at, settled_at) >= $1 and settled_at >= $1 and kind = 'invitation'
                   and state in ('sent', 'unknown'))
            """,
            since,
        )
    )


async def sent_since(transaction: Transaction, since: datetime) -> int:
    """How many questions went out since then, or may have."""
    counted = await transaction.value(
        """
        select count(*) from schedule
         where greatest(created_at, settled_at) >= $1 and settled_at >= $1 and kind = 'invitation'
           and state in ('sent', 'unknown')
        """,
        since,
    )
    assert isinstance(counted, int)
    return counted


async def refused_since(transaction: Transaction, since: datetime) -> int:
    """How many questions messengers refused since then."""
    counted = await transaction.value(
        """
        select count(*) from schedule
         where greatest(created_at, settled_at) >= $1 and settled_at >= $1 and kind = 'invitation'
           and state = 'rejected'
        """,
        since,
    )
    assert isinstance(counted, int)
    return counted


async def overdue_questions(transaction: Transaction, channels: Collection[str], *, due_before: datetime) -> int:
    """How many questions should have gone out by then and did not."""
    counted = await transaction.value(
        """
        select count(*) from schedule
         where channel = any($1::text[]) and state = 'due' and due_at < $2 and kind = 'invitation'
        """,
        list(channels),
        due_before,
    )
    assert isinstance(counted, int)
    return counted


async def event_states(
    transaction: Transaction, touchpoints: Collection[str], *, start: datetime, end: datetime
) -> dict[str, int]:
    """What became of the touchpoints' events from `start` to `end` (included), by the state of their invitations."""
    rows = await transaction.rows(
        """
        select i.state, count(*) as n
          from touchpoint_events e
          join invitations i on i.event_id = e.id and i.purpose = 'first'
         where e.occurred_at >= $1 and e.occurred_at <= $2 and e.touchpoint = any($3::text[])
         group by 1
        """,
        start,
        end,
        list(touchpoints),
    )
    return {row["state"]: row["n"] for row in rows}


async def asked_on(transaction: Transaction, days: Collection[date]) -> int:
    """How many questions were asked on these days together."""
    asked = await transaction.value(
        "select coalesce(sum(asked), 0)::bigint from daily_asks where day = any($1::date[])", list(days)
    )
    assert isinstance(asked, int)
    return asked


@dataclass(frozen=True, slots=True)
class SilentSince:
    """A touchpoint's last event, and how many events the same stretch of the weeks before had together."""

    touchpoint: str
    last_at: datetime
    before: int


async def silent_since(
    transaction: Transaction, touchpoints: Collection[str], *, since: datetime, now: datetime, weeks: int
) -> list[SilentSince]:
    """The last event of each touchpoint after `since`, with the events of that stretch in each of the weeks before."""
    rows = await transaction.rows(
        """
        with last_events as (
            select touchpoint, max(occurred_at) as last_at
              from touchpoint_events
             where occurred_at >= $2 and occurred_at <= $3 and touchpoint = any($1::text[])
             group by 1
        )
        select l.touchpoint, l.last_at,
               (select count(*)
                  from generate_series(1, $4::int) as week
                  join touchpoint_events e
                    on e.occurred_at > l.last_at - week * interval '7 days'
                   and e.occurred_at <= $3::timestamptz - week * interval '7 days'
                   and e.touchpoint = l.touchpoint) as before
          from last_events l
         order by 1
        """,
        list(touchpoints),
        since,
        now,
        weeks,
    )
    return [SilentSince(*row) for row in rows]
