"""Who reads the weekly report, when, and what of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class Reader:
    """A member as a reader: `weekday` and `at` are None where the catalogue's hold; an owner's scope is empty."""

    telegram_id: int
    scope: Mapping[str, list[str]]
    paused: bool
    weekday: int | None
    at: time | None
    theme: str


_READERS = """
select m.telegram_id, case when m.role = 'owner' then '{}'::jsonb else m.scope end as scope,
       coalesce(r.paused, false) as paused, r.weekday, r.at, coalesce(r.theme, 'light') as theme
  from members m
  left join report_readers r on r.telegram_id = m.telegram_id
"""


async def list_readers(transaction: Transaction) -> list[Reader]:
    """Everybody who may read reports."""
    return [Reader(*row) for row in await transaction.rows(f"{_READERS} order by m.telegram_id")]


async def find_reader(transaction: Transaction, telegram_id: int) -> Reader | None:
    """One reader, None for whoever may not read reports."""
    row = await transaction.row(f"{_READERS} where m.telegram_id = $1", telegram_id)
    return None if row is None else Reader(*row)


async def keep_reader(transaction: Transaction, reader: Reader) -> None:
    """Keep how a member wants the report."""
    await transaction.run(
        """
        insert into report_readers (telegram_id, paused, weekday, at, theme) values ($1, $2, $3, $4, $5)
            on conflict (telegram_id) do update
           set paused = excluded.paused, weekday = excluded.weekday, at = excluded.at, theme = excluded.theme
        """,
        reader.telegram_id,
        reader.paused,
        reader.weekday,
        reader.at,
        reader.theme,
    )


async def move_report(transaction: Transaction, dedupe_key: str, due_at: datetime) -> bool:
    """Let a report that was not sent yet be due at another instant."""
    return bool(
        await transaction.run(
            "update schedule set due_at = $2 where dedupe_key = $1 and state = 'due'", dedupe_key, due_at
        )
    )


async def drop_report(transaction: Transaction, dedupe_key: str) -> None:
    """Take a report that was not sent yet out of the schedule, so that it may be scheduled again."""
    await transaction.run("delete from schedule where dedupe_key = $1 and state = 'due'", dedupe_key)
