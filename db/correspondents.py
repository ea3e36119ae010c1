"""Who the customer of a case is to those who answer them: where they are reached, and how they are spoken to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from db.database import Transaction


@dataclass(frozen=True, slots=True)
class Correspondent:
    """The person a case is about, as they are addressed: never by the name of somebody else, who ordered the parcel.

    Phone and time zone are the order's where the person has none of their own.
    """

    person_id: int
    name: str | None
    phone: str | None
    timezone: str | None
    person_language: str | None
    customer_language: str | None
    order_id: str | None
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CorrespondentAccount:
    """A messenger identity of the person."""

    id: int
    channel: str
    external_id: int
    state: str
    language: str | None


async def of_case(transaction: Transaction, case_id: int) -> Correspondent | None:
    """The person who complained, else the customer it happened to; None once forgotten."""
    row = await transaction.row(
        """
        select p.id, coalesce(known.name, a.name), coalesce(known.phone, u.phone),
               coalesce(known.timezone, u.timezone), p.language, known.language,
               coalesce(r.order_id, e.order_id), coalesce(r.attributes, e.attributes, '{}'::jsonb)
          from cases c
          left join accounts a on a.id = c.account_id
          left join customers u on u.id = c.customer_id
          join persons p on p.id = coalesce(a.person_id, u.person_id)
          left join responses r on r.id = c.response_id
          left join touchpoint_events e on e.id = c.event_id
          left join lateral (
               select (array_agg(k.name order by k.id = c.customer_id desc, k.id desc)
                           filter (where k.name is not null))[1] as name,
                      (array_agg(k.phone order by k.id = c.customer_id desc, k.id desc)
                           filter (where k.phone is not null))[1] as phone,
                      (array_agg(k.timezone order by k.id = c.customer_id desc, k.id desc)
                           filter (where k.timezone is not null))[1] as timezone,
                      (array_agg(k.language order by k.id = c.customer_id desc, k.id desc)
                           filter (where k.language is not null))[1] as language
                 from customers k where k.person_id = p.id) known on true
         where c.id = $1
        """,
        case_id,
    )
    return None if row is None else Correspondent(*row)


async def accounts_of(transaction: Transaction, person_id: int) -> list[CorrespondentAccount]:
    """The person's accounts, the last used first."""
    rows = await transaction.rows(
        """
        select id, channel, external_id, state, language from accounts
         where person_id = $1 order by last_used_at desc nulls last, id
        """,
        person_id,
    )
    return [CorrespondentAccount(*row) for row in rows]


async def is_theirs(transaction: Transaction, case_id: int, account_id: int) -> bool:
    """Whether the case belongs to the person behind the account."""
    found = await transaction.value(
        """
        select c.id from cases c
          left join accounts a on a.id = c.account_id
          left join customers u on u.id = c.customer_id
          join accounts mine on mine.id = $2
         where c.id = $1 and coalesce(a.person_id, u.person_id) = mine.person_id
        """,
        case_id,
        account_id,
    )
    return found is not None
