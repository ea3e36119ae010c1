"""What people do not want to be asked about, touchpoint by touchpoint."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from db.database import Transaction


async def of_persons(transaction: Transaction, person_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The touchpoints each of the persons opted out of; those who did of none are left out."""
    if not person_ids:
        return {}
    rows = await transaction.rows(
        "select person_id, touchpoint from touchpoint_opt_outs where person_id = any($1::bigint[])", list(person_ids)
    )
    found: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        found[row["person_id"]].add(row["touchpoint"])
    return {person_id: frozenset(touchpoints) for person_id, touchpoints in found.items()}


async def add(transaction: Transaction, person_id: int, touchpoint: str, *, now: datetime) -> None:
    """Do not ask the person about this touchpoint."""
    await transaction.run(
        """
        insert into touchpoint_opt_outs (person_id, touchpoint, opted_out_at) values ($1, $2, $3)
        on conflict (person_id, touchpoint) do nothing
        """,
        person_id,
        touchpoint,
        now,
    )


async def remove(transaction: Transaction, person_id: int, touchpoint: str) -> None:
    """The person may be asked about this touchpoint again."""
    await transaction.run(
        "delete from touchpoint_opt_outs where person_id = $1 and touchpoint = $2", person_id, touchpoint
    )


async def clear(transaction: Transaction, person_id: int) -> None:
    """The person may be asked about every touchpoint again."""
    await transaction.run("delete from touchpoint_opt_outs where person_id = $1", person_id)


async def touchpoints_had(transaction: Transaction, person_id: int) -> list[str]:
    """The touchpoints the person met: what happened to their customers, or what their accounts were asked about."""
    rows = await transaction.rows(
        """
        select touchpoint from touchpoint_events
         where customer_id in (select id from customers where person_id = $1)
        union
        select touchpoint from invitations where account_id in (select id from accounts where person_id = $1)
        order by 1
        """,
        person_id,
    )
    return [row["touchpoint"] for row in rows]
