"""Past answers: stored once, good ones only, and nobody is bothered by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from db.database import Database
from surveys.history import AnswerStatus, PastAnswer, import_answers
from surveys.publishing import Catalogues, publish

CATALOGUE = """
business: {name: Bakery, timezone: Europe/Moscow, languages: [en]}
touchpoints:
  delivery: {title: {en: Delivery}, survey: delivery-csat}
  support: {title: {en: Support}, survey: support-nps}
  packing: {title: {en: Packing}}
surveys:
  delivery-csat: {metric: csat, question: {en: How was the delivery?}}
  support-nps: {metric: nps, question: {en: Would you recommend us?}}
"""

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
GIVEN = PastAnswer(
    "old-1",
    "delivery",
    NOW - timedelta(days=30),
    4,
    comment=" Вкусно ",
    reasons=("fast", "fast", "warm "),
    customer_id="c-7",
    attributes={"location": "shop-1", "late": False},
)


@pytest_asyncio.fixture
async def catalogues(database: Database) -> Catalogues:
    await publish(database, CATALOGUE, now=NOW)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    return catalogues


async def put_event(
    database: Database,
    event_id: str,
    *,
    order_id: str = "42",
    touchpoint: str = "delivery",
    customer: str | None = "c-9",
    at: datetime = NOW - timedelta(days=31),
    attributes: dict[str, object] | None = None,
) -> int:
    async with database.transaction() as transaction:
        found = await transaction.value(
            """
            with person as (insert into persons (created_at) values ($1) returning id),
                 customer as (
                     insert into customers (external_id, person_id, created_at)
                     select $2, id, $1 from person where $2::text is not null
                     on conflict (external_id) do update set external_id = excluded.external_id returning id)
            insert into touchpoint_events (external_id, touchpoint, occurred_at, received_at, customer_id, order_id,
                                           attributes)
            select $3, $4, $5, $5, (select id from customer), $6, $7 returning id
            """,
            NOW,
            customer,
            event_id,
            touchpoint,
            at,
            order_id,
            attributes or {},
        )
    assert isinstance(found, int)
    return found


async def stored(database: Database, external_id: str = "old-1") -> dict[str, object]:
    async with database.transaction() as transaction:
        row = await transaction.row(
            """
            select r.touchpoint, r.survey, r.metric, r.score, r.given_by, r.answered_at, r.reasons, r.comment,
                   r.order_id, r.event_id, c.external_id as customer, r.attributes, r.step, r.invitation_id
              from responses r left join customers c on c.id = r.customer_id
             where r.external_id = $1
            """,
            external_id,
        )
    assert row is not None
    return dict(row)


async def count(database: Database, table: str) -> object:
    async with database.transaction() as transaction:
        return await transaction.value(f"select count(*) from {table}")


async def test_an_answer_is_stored_with_its_context(database: Database, catalogues: Catalogues) -> None:
    (result,) = await import_answers(database, catalogues, [GIVEN], now=NOW)
    assert (result.id, result.status, result.error) == ("old-1", AnswerStatus.ACCEPTED, None)
    assert await stored(database) == {
        "touchpoint": "delivery",
        "survey": "delivery-csat",
        "metric": "csat",
        "score": 4,
        "given_by": "import",
        "answered_at": NOW - timedelta(days=30),
        "reasons": ["fast", "warm"],
        "comment": "Вкусно",
        "order_id": None,
        "event_id": None,
        "customer": "c-7",
        "attributes": {"location": "shop-1", "late": False},
        "step": "done",
        "invitation_id": None,
    }


async def test_the_past_opens_no_cases_and_sends_nothing(database: Database, catalogues: Catalogues) -> None:
    await import_answers(database, catalogues, [replace(GIVEN, score=1)], now=NOW)
    assert [await count(database, table) for table in ("cases", "schedule", "invitations")] == [0, 0, 0]


async def test_importing_again_stores_nothing_twice(database: Database, catalogues: Catalogues) -> None:
    answers = [GIVEN, replace(GIVEN, id="old-2"), replace(GIVEN, id="old-3", customer_id="c-8")]
    first = await import_answers(database, catalogues, answers, now=NOW)
    again = await import_answers(database, catalogues, answers, now=NOW + timedelta(days=1))
    assert {result.status for result in first} == {AnswerStatus.ACCEPTED}
    assert {(result.status, result.error) for result in again} == {(AnswerStatus.DUPLICATE, None)}
    assert [await count(database, table) for table in ("responses", "customers", "persons")] == [3, 2, 2]


async def test_the_first_content_stands_and_what_differs_is_named(database: Database, catalogues: Catalogues) -> None:
    await import_answers(database, catalogues, [GIVEN], now=NOW)
    changed = replace(
        GIVEN, score=5, comment="Other", reasons=(), customer_id="c-8", attributes={"late": True, "shop": "x"}
    )
    (result,) = await import_answers(database, catalogues, [changed], now=NOW)
    assert result.status is AnswerStatus.DUPLICATE
    assert result.error is not None
    assert result.error.endswith("score, comment, reasons, customer.id, attributes.late, attributes.shop")
    assert (await stored(database))["score"] == 4


async def test_an_id_twice_in_one_file_is_a_duplicate_of_the_first(database: Database, catalogues: Catalogues) -> None:
    first, second, third = await import_answers(database, catalogues, [GIVEN, replace(GIVEN, score=1), GIVEN], now=NOW)
    assert [first.status, second.status, third.status] == ["accepted", "duplicate", "duplicate"]
    assert second.error is not None
    assert second.error.endswith("different now: score")
    assert third.error is None
    assert (await stored(database))["score"] == 4


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (replace(GIVEN, score=6), "score: score 6 is off the CSAT scale: 1 to 5"),
        (replace(GIVEN, score=0), "1 to 5"),
        (replace(GIVEN, touchpoint="support", score=11), "NPS scale: 0 to 10"),
        (replace(GIVEN, touchpoint="delivry"), "there are delivery, support, packing"),
        (replace(GIVEN, touchpoint="packing"), "has no survey"),
        (replace(GIVEN, answered_at=NOW.replace(tzinfo=None)), "answered_at: the time zone is missing"),
        (replace(GIVEN, answered_at=NOW + timedelta(seconds=1)), "lies in the future"),
        (replace(GIVEN, id=""), "id: 1 to 200 characters"),
        (replace(GIVEN, customer_id="c" * 201), "customer.id: 1 to 200 characters, got 201"),
        (replace(GIVEN, order_id=" "), "order_id: 1 to 200 characters"),
        (replace(GIVEN, comment="x" * 10_001), "comment: at most 10000"),
        (replace(GIVEN, comment="a\0b"), "NUL"),
        (replace(GIVEN, attributes={"note": ["a\0b"]}), "NUL"),
    ],
)
async def test_a_bad_answer_is_refused_alone_and_says_why(
    database: Database, catalogues: Catalogues, answer: PastAnswer, fault: str
) -> None:
    good = replace(GIVEN, id="good")
    refused, kept = await import_answers(database, catalogues, [answer, good], now=NOW)
    assert refused.status is AnswerStatus.REJECTED
    assert fault in (refused.error or "")
    assert kept.status is AnswerStatus.ACCEPTED
    assert await count(database, "responses") == 1


async def test_a_rejected_answer_may_come_again_corrected(database: Database, catalogues: Catalogues) -> None:
    await import_answers(database, catalogues, [replace(GIVEN, score=9)], now=NOW)
    (result,) = await import_answers(database, catalogues, [GIVEN], now=NOW)
    assert result.status is AnswerStatus.ACCEPTED


# An order's event


async def test_an_answer_takes_what_it_lacks_from_its_order(database: Database, catalogues: Catalogues) -> None:
    event_id = await put_event(database, "e-1", attributes={"late": True, "employee": "e-17"})
    answer = replace(GIVEN, order_id="42", customer_id=None, attributes={"late": False})
    await import_answers(database, catalogues, [answer], now=NOW)
    kept = await stored(database)
    assert (kept["event_id"], kept["customer"], kept["order_id"]) == (event_id, "c-9", "42")
    assert kept["attributes"] == {"late": False, "employee": "e-17"}


async def test_what_came_from_the_order_is_no_difference_later(database: Database, catalogues: Catalogues) -> None:
    await put_event(database, "e-1", attributes={"late": True})
    answer = replace(GIVEN, order_id="42", customer_id=None, attributes={})
    await import_answers(database, catalogues, [answer], now=NOW)
    (result,) = await import_answers(database, catalogues, [answer], now=NOW)
    assert (result.status, result.error) == (AnswerStatus.DUPLICATE, None)


async def test_the_answer_s_own_customer_stands(database: Database, catalogues: Catalogues) -> None:
    await put_event(database, "e-1", attributes={"late": True})
    await import_answers(database, catalogues, [replace(GIVEN, order_id="42")], now=NOW)
    kept = await stored(database)
    assert (kept["customer"], kept["attributes"]) == ("c-7", {"location": "shop-1", "late": False})


async def test_of_several_events_the_last_before_the_answer_is_meant(
    database: Database, catalogues: Catalogues
) -> None:
    await put_event(database, "e-1", at=NOW - timedelta(days=40), attributes={"part": 1})
    meant = await put_event(database, "e-2", at=NOW - timedelta(days=31), attributes={"part": 2})
    await put_event(database, "e-3", at=NOW - timedelta(days=29), attributes={"part": 3})
    await put_event(database, "e-4", touchpoint="support", attributes={"part": 4})
    await import_answers(
        database, catalogues, [replace(GIVEN, order_id="42", customer_id=None, attributes={})], now=NOW
    )
    kept = await stored(database)
    assert (kept["event_id"], kept["attributes"]) == (meant, {"part": 2})


async def test_an_order_nobody_knows_is_kept_all_the_same(database: Database, catalogues: Catalogues) -> None:
    await import_answers(database, catalogues, [replace(GIVEN, order_id="77", customer_id=None)], now=NOW)
    kept = await stored(database)
    assert (kept["order_id"], kept["event_id"], kept["customer"]) == ("77", None, None)


async def test_many_answers_in_one_call(database: Database, catalogues: Catalogues) -> None:
    answers = [replace(GIVEN, id=f"a-{i}", customer_id=f"c-{i % 700}") for i in range(2500)]
    results = await import_answers(database, catalogues, answers, now=NOW)
    assert [result.id for result in results] == [answer.id for answer in answers]
    assert {result.status for result in results} == {AnswerStatus.ACCEPTED}
    assert [await count(database, table) for table in ("responses", "customers", "persons")] == [2500, 700, 700]
    assert await import_answers(database, catalogues, [], now=NOW) == []
