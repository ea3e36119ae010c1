"""Outbreaks: many complaints told of in one message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class StoredOutbreak:
    """Complaints of one place, or more at once than a chat takes; open until `closed_at`."""

    id: int
    cause: str
    chat: str
    touchpoint: str | None
    location: str | None
    opened_at: datetime
    closed_at: datetime | None
    card_chat_id: int | None
    card_message_id: int | None


_VIEW = """
select id, cause, chat, touchpoint, location, opened_at, closed_at, card_chat_id, card_message_id from outbreaks
"""


async def open_at_place(transaction: Transaction, touchpoint: str, location: str) -> int | None:
    """The open outbreak of the place."""
    found = await transaction.value(
        """
        select id from outbreaks
         where touchpoint = $1 and location = $2 and closed_at is null and cause = 'place'
        """,
        touchpoint,
        location,
    )
    assert found is None or isinstance(found, int)
    return found


async def cases_at_place(
    transaction: Transaction, touchpoint: str, location: str, *, since: datetime, limit: int
) -> list[int]:
    """The newest cases of the place opened since then, at most `limit`."""
    rows = await transaction.rows(
        """
        select id from cases
         where touchpoint = $1 and location = $2 and opened_at >= $3
         order by opened_at desc, id desc
         limit $4
        """,
        touchpoint,
        location,
        since,
        limit,
    )
    return [row["id"] for row in rows]


async def cards_waiting(transaction: Transaction, chat: str, *, until: datetime, limit: int) -> int:
    """How many first cards wait for the team's chat and are due by then; counted up to `limit`."""
    waiting = await transaction.value(
        """
        select count(*) from (
            select from schedule
             where recipient = $1 and due_at <= $2 and state = 'due' and kind = 'card' and message_id is null
             limit $3) as waiting
        """,
        f"team:{chat}",
        until,
        limit,
    )
    assert isinstance(waiting, int)
    return waiting


async def begin(
    transaction: Transaction, cause: str, chat: str, touchpoint: str | None, location: str | None, *, now: datetime
) -> int:
    """The open outbreak of this cause and place (or chat), begun when there is none; its id."""
    found = await transaction.value(
        """
        with begun as (
            insert into outbreaks (cause, chat, touchpoint, location, opened_at) values ($1, $2, $3, $4, $5)
            on conflict do nothing
            returning id
        )
        select id from begun
        union all
        select id from outbreaks
         where closed_at is null and cause = $1
           and (($1 = 'place' and touchpoint = $3 and location = $4) or ($1 = 'burst' and chat = $2))
        limit 1
        """,
        cause,
        chat,
        touchpoint,
        location,
        now,
    )
    if not isinstance(found, int):
        # begun by somebody else a moment ago: a new statement sees it
        return await begin(transaction, cause, chat, touchpoint, location, now=now)
    return found


async def add_cases(transaction: Transaction, outbreak_id: int, case_ids: Sequence[int]) -> None:
    """These cases belong to the outbreak; those of another one stay there."""
    await transaction.run(
        "update cases set outbreak_id = $1 where id = any($2::bigint[]) and outbreak_id is null",
        outbreak_id,
        list(case_ids),
    )


async def fold(transaction: Transaction, case_id: int) -> None:
    """The case gets no card of its own for now."""
    await transaction.run("update cases set folded = true where id = $1 and outbreak_id is not null", case_id)


async def unfold(transaction: Transaction, case_id: int) -> None:
    """The case gets a card of its own."""
    await transaction.run("update cases set folded = false where id = $1", case_id)


async def find(transaction: Transaction, outbreak_id: int) -> StoredOutbreak | None:
    """One outbreak as it stands."""
    row = await transaction.row(f"{_VIEW} where id = $1", outbreak_id)
    return None if row is None else StoredOutbreak(*row)


@dataclass(frozen=True, slots=True)
class OutbreakSize:
    """How many cases an outbreak has, and how many of them nobody has settled."""

    total: int
    unsettled: int


async def size(transaction: Transaction, outbreak_id: int) -> OutbreakSize:
    """How large the outbreak is."""
    row = await transaction.row(
        """
        select count(*), count(*) filter (where state in ('open', 'claimed', 'waiting'))
          from cases where outbreak_id = $1
        """,
        outbreak_id,
    )
    assert row is not None
    return OutbreakSize(*row)


async def unsettled_cases(transaction: Transaction, outbreak_id: int, *, limit: int) -> list[int]:
    """The first cases of the outbreak that nobody has settled, untaken ones before others."""
    rows = await transaction.rows(
        """
        select id from cases
         where outbreak_id = $1 and state in ('open', 'claimed', 'waiting')
         order by state = 'open' desc, id
         limit $2
        """,
        outbreak_id,
        limit,
    )
    return [row["id"] for row in rows]


async def place_card(
    transaction: Transaction, outbreak_id: int, *, chat_id: int | None, message_id: int | None
) -> None:
    """Remember where the outbreak's message is; None when it is gone."""
    await transaction.run(
        "update outbreaks set card_chat_id = $2, card_message_id = $3 where id = $1", outbreak_id, chat_id, message_id
    )


async def close_quiet(transaction: Transaction, *, quiet_for: timedelta, now: datetime, limit: int) -> list[int]:
    """End the outbreaks that no case has joined for so long; their ids."""
    rows = await transaction.rows(
        """
        update outbreaks set closed_at = $2
         where id in (
               select o.id from outbreaks o
                where o.closed_at is null
                  and not exists (
                      select from cases c
                       where c.outbreak_id = o.id and greatest(c.opened_at, c.card_at) > $2::timestamptz - $1::interval)
                order by o.id limit $3)
        returning id
        """,
        quiet_for,
        now,
        limit,
    )
    return [row["id"] for row in rows]
