"""The pace of sending, shared by all processes; machine time in seconds since the epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from db.database import Transaction

Key = tuple[str, int]


async def lock_slots(transaction: Transaction, keys: Iterable[Key]) -> tuple[dict[Key, float], float]:
    """Lock these limits until the transaction ends; their next free slots, and the database's clock."""
    ordered = sorted(set(keys))
    rows = await transaction.rows(
        """
        insert into budgets as b (channel, chat_id, next_at)
        select channel, chat_id, 0
          from unnest($1::text[], $2::bigint[]) as asked (channel, chat_id)
         order by channel, chat_id
        on conflict (channel, chat_id) do update set next_at = b.next_at
        returning channel, chat_id, next_at, extract(epoch from clock_timestamp())::float8 as machine_now
        """,
        [channel for channel, _ in ordered],
        [chat_id for _, chat_id in ordered],
    )
    now = max(float(row["machine_now"]) for row in rows)
    return {(row["channel"], row["chat_id"]): float(row["next_at"]) for row in rows}, now


async def store_slots(transaction: Transaction, slots: Mapping[Key, float]) -> None:
    """Write the limits' new next free slots; they must be locked."""
    await transaction.run(
        """
        update budgets b set next_at = taken.next_at
          from unnest($1::text[], $2::bigint[], $3::float8[]) as taken (channel, chat_id, next_at)
         where b.channel = taken.channel and b.chat_id = taken.chat_id
        """,
        [channel for channel, _ in slots],
        [chat_id for _, chat_id in slots],
        list(slots.values()),
    )


async def hold(transaction: Transaction, key: Key, seconds: float) -> None:
    """Take no slot of this limit for so many seconds from now; a longer hold stands."""
    await transaction.run(
        """
        insert into budgets as b (channel, chat_id, next_at)
        values ($1, $2, extract(epoch from clock_timestamp())::float8 + $3::float8)
        on conflict (channel, chat_id) do update set next_at = greatest(b.next_at, excluded.next_at)
        """,
        *key,
        seconds,
    )


async def forget_idle(transaction: Transaction, seconds: float) -> int:
    """Delete limits whose next free slot has passed so long ago that they no longer limit anything."""
    return await transaction.run(
        "delete from budgets where next_at < extract(epoch from clock_timestamp())::float8 - $1::float8", seconds
    )
