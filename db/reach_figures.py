"""How many customers can be reached, by which messenger, and by what they came."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class ReachCounts:
    """Customers of a period's events, and those of them that can be asked now, by one or several messengers.

    A customer whose order's link somebody opened can be asked through them.
    `linked_by` counts accounts by what they came in the period; `unreachable_events` were not asked about because
    nobody could be.
    """

    customers: int
    reachable: int
    by_channel: dict[str, int]
    linked_by: dict[str, int]
    unreachable_events: int


async def reach_counts(
    transaction: Transaction, *, start: datetime, end: datetime, channels: Collection[str]
) -> ReachCounts:
    """The counts for events that happened in [start, end); `channels` are those in use."""
    rows = await transaction.rows(
        """
        with happened as materialized (
            select id, customer_id, order_id from touchpoint_events where occurred_at >= $1 and occurred_at < $2
        ), bounds as materialized (
            select min(id) as first, max(id) as last from happened
        ), known as materialized (
            select distinct customer_id from happened where customer_id is not null
        ), reached as materialized (
            select known.customer_id, a.channel
              from known
              join customers c on c.id = known.customer_id
              join accounts a on a.person_id = c.person_id
             where a.state in ('connected', 'presumed') and a.channel = any($3::text[])
            union
            select h.customer_id, a.channel
              from happened h
              join order_bindings b on b.customer_id = h.customer_id and b.order_id = h.order_id
              join accounts a on a.id = b.account_id
             where a.state in ('connected', 'presumed') and a.channel = any($3::text[])
        )
        select 'customers' as what, count(*) as number from known
        union all
        select 'reachable', count(*) from (select distinct customer_id from reached) one
        union all
        select 'channel:' || channel, count(*) from reached group by channel
        union all
        select 'linked:' || cause, count(*) from connections
         where connected_at >= $1 and connected_at < $2 group by cause
        union all
        select 'linked:shop_id', count(*) from accounts where named_by_shop and created_at >= $1 and created_at < $2
        union all
        select 'unreachable', count(*)
          from invitations i
         where i.purpose = 'first' and (i.state = 'waiting' or (i.state = 'skipped' and i.reason = 'unreachable'))
           and i.event_id between (select first from bounds) and (select last from bounds)
           and exists (select from touchpoint_events e
                        where e.id = i.event_id and e.occurred_at >= $1 and e.occurred_at < $2)
        """,
        start,
        end,
        list(channels),
    )
    found = {row["what"]: row["number"] for row in rows}
    return ReachCounts(
        found["customers"],
        found["reachable"],
        _group(found, "channel:"),
        _group(found, "linked:"),
        found["unreachable"],
    )


def _group(found: dict[str, int], prefix: str) -> dict[str, int]:
    return {what.removeprefix(prefix): number for what, number in found.items() if what.startswith(prefix)}
