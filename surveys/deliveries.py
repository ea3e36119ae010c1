"""What was sent, what is to be sent, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from db import deliveries
from db.database import Database
from db.deliveries import StoredDelivery

DeliveryState = Literal["due", "sending", "sent", "unknown", "rejected", "dropped"]
"""Where a row of the schedule stands."""


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Deliveries in the order they were scheduled; `next_after` leads to the next page, None at the end."""

    deliveries: tuple[StoredDelivery, ...]
    next_after: int | None


async def list_deliveries(
    database: Database,
    *,
    state: DeliveryState | None = None,
    since: datetime | None = None,
    after: int = 0,
    limit: int = 100,
) -> DeliveryPage:
    """A page of the schedule; `since` keeps what was scheduled or settled at or after that instant."""
    async with database.transaction() as transaction:
        found = await deliveries.page(transaction, state=state, since=since, after_id=after, limit=limit + 1)
    shown = found[:limit]
    return DeliveryPage(shown, shown[-1].id if len(found) > limit else None)
