"""One-time codes that join two accounts, and the wrong ones somebody tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class StoredCode:
    """A code that is still good, and whose it is."""

    id: int
    account_id: int
    person_id: int
    channel: str


async def add(transaction: Transaction, code: str, account_id: int, *, now: datetime, expires_at: datetime) -> bool:
    """Store a new code of the account, instead of its earlier ones; False when somebody has the same at this moment."""
    await transaction.run(
        "delete from join_codes where used_at is null and (account_id = $1 or expires_at <= $2)", account_id, now
    )
    return bool(
        await transaction.run(
            """
            insert into join_codes (code, account_id, created_at, expires_at) values ($1, $2, $3, $4)
            on conflict (code) where used_at is null do nothing
            """,
            code,
            account_id,
            now,
            expires_at,
        )
    )


_FOUND = """
select j.id, j.account_id, a.person_id, a.channel
  from join_codes j join accounts a on a.id = j.account_id
 where j.code = $1 and j.used_at is null and j.expires_at > $2
"""


async def find(transaction: Transaction, code: str, *, now: datetime) -> StoredCode | None:
    """The code, while it is good."""
    row = await transaction.row(_FOUND, code, now)
    return None if row is None else StoredCode(*row)


async def lock(transaction: Transaction, code: str, *, now: datetime) -> StoredCode | None:
    """The code, locked against being used by another."""
    row = await transaction.row(_FOUND + " for update of j", code, now)
    return None if row is None else StoredCode(*row)


async def used(transaction: Transaction, code_id: int, account_id: int, *, now: datetime) -> None:
    """The account used the code: it is good no more."""
    await transaction.run("update join_codes set used_at = $3, used_by = $2 where id = $1", code_id, account_id, now)


async def count_wrong(transaction: Transaction, account_id: int, *, since: datetime) -> int:
    """How many wrong codes the account tried since then."""
    count = await transaction.value(
        "select count(*) from wrong_codes where account_id = $1 and tried_at > $2", account_id, since
    )
    assert isinstance(count, int)
    return count


async def note_wrong(transaction: Transaction, account_id: int, *, since: datetime, now: datetime) -> None:
    """The account tried a code that was none; what was tried before `since` is forgotten."""
    await transaction.run("delete from wrong_codes where account_id = $1 and tried_at <= $2", account_id, since)
    await transaction.run("insert into wrong_codes (account_id, tried_at) values ($1, $2)", account_id, now)
