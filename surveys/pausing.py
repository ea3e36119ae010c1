"""The switch that holds questions in every process while complaints flow on."""

from __future__ import annotations

from datetime import datetime

from db import switches
from db.database import Database


async def pause(database: Database, *, by: str, now: datetime) -> bool:
    """Hold invitations and reminders from the next claim on; False when they were held already."""
    async with database.autocommit() as transaction:
        return await switches.turn_on(transaction, switches.INVITATIONS_PAUSED, by=by, now=now)


async def resume(database: Database) -> bool:
    """Release invitations and reminders; False when they were not held."""
    async with database.autocommit() as transaction:
        return await switches.turn_off(transaction, switches.INVITATIONS_PAUSED)


async def is_paused(database: Database) -> bool:
    """Whether invitations and reminders are held."""
    async with database.autocommit() as transaction:
        return await switches.is_on(transaction, switches.INVITATIONS_PAUSED)
