"""Past answers of another tool, a batch at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.comments import mark_unread
from db.database import Transaction


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer imported earlier."""

    external_id: str
    touchpoint: str
    answered_at: datetime
    score: int
    comment: str | None
    reasons: tuple[str, ...]
    order_id: str | None
    customer: str | None
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """What an order's event at a touchpoint knows that its answer may lack."""

    id: int
    customer_id: int | None
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class OrderQuestion:
    """Which event of an order an answer belongs to: the last before it, of its own customer if it names one."""

    order_id: str
    touchpoint: str
    answered_at: datetime
    customer: str | None


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """A past answer about to be stored."""

    external_id: str
    event_id: int | None
    customer_id: int | None
    order_id: str | None
    touchpoint: str
    survey: str
    metric: str
    score: int
    answered_at: datetime
    reasons: tuple[str, ...]
    comment: str | None
    attributes: Mapping[str, object]


async def find(transaction: Transaction, external_ids: Sequence[str]) -> dict[str, StoredAnswer]:
    """The answers that are stored already, by their external id."""
    rows = await transaction.rows(
        """
        select r.external_id, r.touchpoint, r.answered_at, r.score::int, r.comment, r.reasons, r.order_id,
               c.external_id as customer, r.attributes
          from responses r
          left join customers c on c.id = r.customer_id
         where r.external_id = any($1::text[])
        """,
        list(external_ids),
    )
    return {row["external_id"]: StoredAnswer(**{**dict(row), "reasons": tuple(row["reasons"])}) for row in rows}


async def order_events(transaction: Transaction, questions: Sequence[OrderQuestion]) -> list[OrderEvent | None]:
    """The event each answer belongs to, in their order."""
    if not questions:
        return []
    rows = await transaction.rows(
        """
        select asked.place, event.id, event.customer_id, event.attributes
          from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[])
               with ordinality as asked(order_id, touchpoint, answered_at, customer, place)
         cross join lateral (
               select e.id, e.customer_id, e.attributes
                 from touchpoint_events e
                 left join customers c on c.id = e.customer_id
                where e.order_id = asked.order_id and e.touchpoint = asked.touchpoint
                order by asked.customer is not null and c.external_id is not distinct from asked.customer desc,
                         e.occurred_at <= asked.answered_at desc,
                         abs(extract(epoch from asked.answered_at - e.occurred_at)), e.id
                limit 1) event
        """,
        [question.order_id for question in questions],
        [question.touchpoint for question in questions],
        [question.answered_at for question in questions],
        [question.customer for question in questions],
    )
    found: list[OrderEvent | None] = [None] * len(questions)
    for row in rows:
        found[row["place"] - 1] = OrderEvent(row["id"], row["customer_id"], row["attributes"])
    return found


async def ensure_customers(transaction: Transaction, external_ids: Sequence[str], *, now: datetime) -> dict[str, int]:
    """The ids of the customers; the unknown ones are added, each with a person of their own."""
    if not external_ids:
        return {}
    wanted = sorted(set(external_ids))
    await transaction.run(
        """
        with fresh as (
            select wanted.external_id, nextval(pg_get_serial_sequence('persons', 'id')) as person_id
              from unnest($1::text[]) as wanted(external_id)
             where not exists (select from customers c where c.external_id = wanted.external_id)
        ), born as (
            insert into persons (id, created_at) select person_id, $2 from fresh
        )
        insert into customers (external_id, person_id, created_at)
        select external_id, person_id, $2 from fresh
        on conflict (external_id) do nothing
        """,
        wanted,
        now,
    )
    rows = await transaction.rows("select external_id, id from customers where external_id = any($1::text[])", wanted)
    return {row["external_id"]: row["id"] for row in rows}


async def insert(transaction: Transaction, answers: Sequence[NewAnswer], *, version_id: int) -> set[str]:
    """Store the answers; the external ids of those nobody else stored at the same time."""
    if not answers:
        return set()
    rows = await transaction.rows(
        f"""
        with stored as (
            insert into responses (external_id, event_id, customer_id, order_id, touchpoint, survey, metric, score,
                                   given_by, answered_at, changed_at, reasons, comment, attributes,
                                   catalogue_version_id)
            select a.external_id, a.event_id, a.customer_id, a.order_id, a.touchpoint, a.survey, a.metric, a.score,
                   'import', a.answered_at, a.answered_at,
                   array(select jsonb_array_elements_text(a.details -> 'reasons')), a.comment,
                   a.details -> 'attributes', $12
              from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
                          $8::smallint[], $9::timestamptz[], $10::text[], $11::jsonb[])
                   as a(external_id, event_id, customer_id, order_id, touchpoint, survey, metric, score, answered_at,
                        comment, details)
                on conflict (external_id) do nothing
            returning id, external_id, answered_at, touchpoint, purpose, comment
        ), {mark_unread("stored")}
        select external_id from stored
        """,
        [answer.external_id for answer in answers],
        [answer.event_id for answer in answers],
        [answer.customer_id for answer in answers],
        [answer.order_id for answer in answers],
        [answer.touchpoint for answer in answers],
        [answer.survey for answer in answers],
        [answer.metric for answer in answers],
        [answer.score for answer in answers],
        [answer.answered_at for answer in answers],
        [answer.comment for answer in answers],
        [{"reasons": list(answer.reasons), "attributes": dict(answer.attributes)} for answer in answers],
        version_id,
    )
    return {row["external_id"] for row in rows}
