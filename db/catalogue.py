"""The versions of the catalogue as they were published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction

_PUBLISHING = 0x6F746B6C696B01
"""Key of the advisory lock that lets one process publish at a time."""


@dataclass(frozen=True, slots=True)
class StoredCatalogue:
    """A published version: the YAML as it was, and the digest of it."""

    id: int
    digest: str
    source: str


async def hold_publishing(transaction: Transaction) -> None:
    """Wait until no other transaction publishes; held until this one ends."""
    await transaction.run("select pg_advisory_xact_lock($1)", _PUBLISHING)


async def newest(transaction: Transaction, *, after: int = 0) -> StoredCatalogue | None:
    """The version in force, when its id is greater than `after`."""
    row = await transaction.row(
        "select id, digest, source from catalogue_versions where id > $1 order by id desc limit 1", after
    )
    return StoredCatalogue(row["id"], row["digest"], row["source"]) if row is not None else None


async def version(transaction: Transaction, version_id: int) -> StoredCatalogue | None:
    """The version of this id."""
    row = await transaction.row("select id, digest, source from catalogue_versions where id = $1", version_id)
    return StoredCatalogue(row["id"], row["digest"], row["source"]) if row is not None else None


async def add(transaction: Transaction, *, digest: str, source: str, published_at: datetime) -> int:
    """Store a new version, which is in force from then on; its id."""
    version_id = await transaction.value(
        "insert into catalogue_versions (digest, source, published_at) values ($1, $2, $3) returning id",
        digest,
        source,
        published_at,
    )
    assert isinstance(version_id, int)
    return version_id
