"""By what messenger accounts came: links, telephones, codes, QR codes."""

from __future__ import annotations

from datetime import datetime

from db.database import Transaction


async def add(transaction: Transaction, account_id: int, cause: str, *, now: datetime) -> None:
    """The account came by this; the first time by each cause is kept."""
    await transaction.run(
        """
        insert into connections (account_id, cause, connected_at) values ($1, $2, $3)
        on conflict (account_id, cause) do nothing
        """,
        account_id,
        cause,
        now,
    )
