"""Switches all processes obey."""

from __future__ import annotations

from datetime import datetime

from db.database import Transaction

INVITATIONS_PAUSED = "invitations_paused"


async def turn_on(transaction: Transaction, name: str, *, by: str, now: datetime) -> bool:
    """Turn the switch on; False when it was on already."""
    return bool(
        await transaction.run(
            "insert into switches (name, since, set_by) values ($1, $2, $3) on conflict (name) do nothing",
            name,
            now,
            by,
        )
    )


async def turn_off(transaction: Transaction, name: str) -> bool:
    """Turn the switch off; False when it was off already."""
    return bool(await transaction.run("delete from switches where name = $1", name))


async def is_on(transaction: Transaction, name: str) -> bool:
    """Whether the switch is on."""
    return bool(await transaction.value("select exists (select from switches where name = $1)", name))
