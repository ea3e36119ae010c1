"""Leases: who alone does something now, until when; machine time."""

from __future__ import annotations

from datetime import timedelta

from db.database import Transaction


async def take(transaction: Transaction, name: str, holder: str, lasting: timedelta) -> bool:
    """Take or renew the lease; False while another holder's stands."""
    return (
        await transaction.value(
            """
            insert into leases as l (name, holder, expires_at)
            values ($1, $2, clock_timestamp() + $3::interval)
            on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
             where l.holder = excluded.holder or l.expires_at <= clock_timestamp()
            returning true
            """,
            name,
            holder,
            lasting,
        )
        is True
    )


async def release(transaction: Transaction, name: str, holder: str) -> None:
    """Give the lease up, if it is still this holder's."""
    await transaction.run("delete from leases where name = $1 and holder = $2", name, holder)
