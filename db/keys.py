"""API keys, stored as digests alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One key; the key itself is nowhere."""

    name: str
    digest: bytes
    created_at: datetime
    revoked_at: datetime | None


async def insert(transaction: Transaction, name: str, digest: bytes, *, now: datetime) -> bool:
    """Store a key; False when one of this name is in force."""
    stored = await transaction.run(
        """
        insert into api_keys (name, digest, created_at) values ($1, $2, $3)
        on conflict (name) where revoked_at is null do nothing
        """,
        name,
        digest,
        now,
    )
    return stored == 1


async def revoke(transaction: Transaction, name: str, *, now: datetime) -> bool:
    """End the key of this name; False when none is in force."""
    return (
        await transaction.run("update api_keys set revoked_at = $2 where name = $1 and revoked_at is null", name, now)
        == 1
    )


async def all_keys(transaction: Transaction) -> tuple[StoredKey, ...]:
    """Every key ever created, oldest first."""
    rows = await transaction.rows("select name, digest, created_at, revoked_at from api_keys order by id")
    return tuple(StoredKey(**dict(row)) for row in rows)


async def in_force(transaction: Transaction, digest: bytes) -> StoredKey | None:
    """The key of this digest, unless it was revoked."""
    row = await transaction.row(
        "select name, digest, created_at, revoked_at from api_keys where digest = $1 and revoked_at is null", digest
    )
    return StoredKey(**dict(row)) if row else None
