"""How many of a period's customers a shop can reach, and where its links bring people from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from db import reach_figures
from db.database import Database, Transaction
from surveys.publishing import Catalogues
from surveys.rules.identity import MESSENGER_CHANNELS
from surveys.rules.weeks import Period, day_start

LINKED_BY = ("order_link", "customer_link", "phone", "code", "qr", "shop_id")
"""By what an account came: a personal link, a telephone number, a code, a QR code, or because an event named it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The customers of the period's events, those that can be written to now, and by what accounts came in it."""

    period: Period
    customers: int
    reachable: int
    by_channel: Mapping[str, int]
    linked_by: Mapping[str, int]
    unreachable_events: int

    @property
    def share(self) -> float | None:
        """Reachable customers in per cent; None without any customer."""
        return 100 * self.reachable / self.customers if self.customers else None


async def measure_reach(database: Database, catalogues: Catalogues, period: Period) -> Reach:
    """The reach of whole days in the business's zone, the end not included."""
    async with database.autocommit() as statement:
        return await read_reach(statement, catalogues, period)


async def read_reach(transaction: Transaction, catalogues: Catalogues, period: Period) -> Reach:
    """A step of a report: the same."""
    zone = catalogues.in_force.catalogue.business.timezone
    start, end = day_start(period.start, zone), day_start(period.end, zone)
    counts = await reach_figures.reach_counts(transaction, start=start, end=end, channels=catalogues.channels)
    return Reach(
        period,
        counts.customers,
        counts.reachable,
        {channel: counts.by_channel.get(channel, 0) for channel in MESSENGER_CHANNELS},
        {cause: counts.linked_by.get(cause, 0) for cause in LINKED_BY},
        counts.unreachable_events,
    )
