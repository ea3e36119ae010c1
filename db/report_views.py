"""The steps somebody takes into a report, and the comments at the end of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from db.database import Transaction
from db.reports import Json, Narrowing, narrow


@dataclass(frozen=True, slots=True)
class StoredView:
    """A step: the choices that led to it and those it offered, of the days from `starts_on` to before `ends_on`."""

    id: int
    telegram_id: int
    parent_id: int | None
    starts_on: date
    ends_on: date
    path: Sequence[Json]
    choices: Sequence[Json]


@dataclass(frozen=True, slots=True)
class GivenComment:
    """What somebody wrote beside a score."""

    score: int
    comment: str
    answered_at: datetime


_COLUMNS = "id, telegram_id, parent_id, starts_on, ends_on, path, choices"


async def open_view(
    transaction: Transaction,
    telegram_id: int,
    *,
    starts_on: date,
    ends_on: date,
    path: Sequence[Json],
    parent: tuple[int, int] | None,
    now: datetime,
) -> StoredView:
    """A first step, or the one that choice `parent[1]` of view `parent[0]` leads to; taken twice it is the same."""
    parent_id, place = parent or (None, None)
    row = await transaction.row(
        f"""
        insert into report_views (telegram_id, parent_id, place, starts_on, ends_on, path, opened_at)
        values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (parent_id, place) do update set opened_at = excluded.opened_at
        returning {_COLUMNS}
        """,
        telegram_id,
        parent_id,
        place,
        starts_on,
        ends_on,
        list(path),
        now,
    )
    assert row is not None
    return StoredView(*row)


async def find_view(transaction: Transaction, view_id: int) -> StoredView | None:
    """The step of this id."""
    row = await transaction.row(f"select {_COLUMNS} from report_views where id = $1", view_id)
    return None if row is None else StoredView(*row)


async def keep_choices(transaction: Transaction, view_id: int, choices: Sequence[Json]) -> None:
    """Remember what the step offers; what it offered before keeps its place."""
    await transaction.run("update report_views set choices = $2 where id = $1", view_id, list(choices))


async def forget_views(transaction: Transaction, telegram_id: int, *, before: datetime) -> None:
    """Take away what somebody opened long ago."""
    await transaction.run(
        "delete from report_views where telegram_id = $1 and opened_at < $2 and parent_id is null", telegram_id, before
    )


async def common_attributes(
    transaction: Transaction, start: datetime, end: datetime, *, narrowing: Narrowing, looked_at: int
) -> list[str]:
    """The attributes of the last answers of [start, end), those that most have first."""
    arguments: list[object] = [start, end, looked_at]
    narrowed = narrow(arguments, narrowing, "attributes", "reasons")
    rows = await transaction.rows(
        f"""
        select name from (
            select attributes from responses
             where answered_at >= $1 and answered_at < $2 and purpose = 'first'{narrowed}
             order by answered_at desc limit $3) recent
         cross join lateral jsonb_object_keys(recent.attributes) as name
         group by name order by count(*) desc, name
        """,
        *arguments,
    )
    return [row["name"] for row in rows]


async def comments(
    transaction: Transaction,
    start: datetime,
    end: datetime,
    *,
    metric: str,
    narrowing: Narrowing,
    offset: int,
    limit: int,
) -> list[GivenComment]:
    """What was written beside the answers of [start, end), the latest first."""
    arguments: list[object] = [start, end, metric, limit, offset]
    narrowed = narrow(arguments, narrowing, "attributes", "reasons")
    rows = await transaction.rows(
        f"""
        select score::int, comment, answered_at from responses
         where answered_at >= $1 and answered_at < $2 and purpose = 'first' and metric = $3
           and comment is not null{narrowed}
         order by answered_at desc, id desc limit $4 offset $5
        """,
        *arguments,
    )
    return [GivenComment(*row) for row in rows]
