"""API keys: created and shown once, recognised by their digest, revoked by their name."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from db import keys
from db.database import Database

LONGEST_NAME = 60
_RANDOM_BYTES = 32


class KeyNameError(Exception):
    """The name is taken by a key in force, or cannot be a name; the text says which."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just created: the one moment in which it can be read."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class KeyView:
    """What may be shown of a key."""

    name: str
    created_at: datetime
    revoked_at: datetime | None


async def create_key(database: Database, name: str, *, now: datetime) -> NewKey:
    """A new key of this name; raises KeyNameError."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise KeyNameError(f"a name has 1 to {LONGEST_NAME} printable characters")
    created = NewKey(name, f"otk_{token_urlsafe(_RANDOM_BYTES)}")
    async with database.transaction() as transaction:
        stored = await keys.insert(transaction, name, digest_of(created.key), now=now)
    if not stored:
        raise KeyNameError(f"a key named {name} exists; revoke it first or choose another name")
    return created


async def revoke_key(database: Database, name: str, *, now: datetime) -> bool:
    """End the key at once; False when there is none of this name in force."""
    async with database.transaction() as transaction:
        return await keys.revoke(transaction, name, now=now)


async def list_keys(database: Database) -> tuple[KeyView, ...]:
    """All keys, revoked ones too, oldest first."""
    async with database.transaction() as transaction:
        found = await keys.all_keys(transaction)
    return tuple(KeyView(key.name, key.created_at, key.revoked_at) for key in found)


async def key_name(database: Database, key: str) -> str | None:
    """The name of the key in force that was presented, None for a stranger."""
    digest = digest_of(key)
    async with database.autocommit() as transaction:
        found = await keys.in_force(transaction, digest)
    return found.name if found is not None and hmac.compare_digest(found.digest, digest) else None


def digest_of(key: str) -> bytes:
    """What is stored of a key: SHA-256; keys are random, so nothing slower is needed."""
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
