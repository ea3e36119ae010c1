"""The customer of a case as somebody who can be written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class CaseCustomer:
    """Whoever complained, in the messenger they did it in, and what the shop knows of the customer it was about."""

    account_id: int
    channel: str
    external_id: int
    account_state: str
    account_name: str | None
    account_language: str | None
    person_id: int
    person_language: str | None
    opted_out_at: datetime | None
    agreed_to_offers: bool | None
    customer_name: str | None
    customer_language: str | None
    customer_timezone: str | None
    customer_person_id: int | None
    order_id: str | None
    attributes: Mapping[str, object]

    @property
    def shown_name(self) -> str | None:
        """How they are addressed: never by the name of somebody else, who ordered the parcel."""
        return self.customer_name if self.person_id == self.customer_person_id else self.account_name


async def of_case(transaction: Transaction, case_id: int) -> CaseCustomer | None:
    """Whoever complained; None when nobody can be written to."""
    row = await transaction.row(
        """
        select a.id, a.channel, a.external_id, a.state, a.name, a.language, a.person_id, p.language, p.opted_out_at,
               p.offers_consent, u.name, u.language, u.timezone, u.person_id, e.order_id,
               coalesce(e.attributes, '{}'::jsonb)
          from cases c
          join accounts a on a.id = c.account_id
          join persons p on p.id = a.person_id
          left join customers u on u.id = c.customer_id
          left join touchpoint_events e on e.id = c.event_id
         where c.id = $1
        """,
        case_id,
    )
    return None if row is None else CaseCustomer(*row)
