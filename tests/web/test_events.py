"""Events over HTTP: a result for each, whatever the others are."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote

import httpx

from db.database import Database

EVENTS = "/api/v1/events"


def event(number: object = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"shop-1:{number}:delivered",
        "touchpoint": "delivery",
        "occurred_at": "2026-11-20T14:05:00+03:00",
        "order_id": f"{number}",
        "customer": {"id": f"c-{number}", "name": "Анна", "telegram_id": 100},
        **fields,
    }


async def stored(database: Database) -> int:
    async with database.transaction() as transaction:
        count = await transaction.value("select count(*) from touchpoint_events")
    assert isinstance(count, int)
    return count


async def test_one_event_gets_one_result(client: httpx.AsyncClient) -> None:
    answer = await client.post(EVENTS, json=event())

    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {
                "id": "shop-1:1:delivered",
                "status": "accepted",
                "outcome": "planned",
                "reason": None,
                "ask_at": "2026-11-20T13:05:00Z",
                "eligible_at": None,
                "error": None,
            }
        ]
    }


async def test_a_repeated_event_is_a_duplicate_and_the_first_content_stands(
    client: httpx.AsyncClient, database: Database
) -> None:
    await client.post(EVENTS, json=[event(amount="1990.00")])

    again = await client.post(EVENTS, json=[event(amount=1990), event(amount="5.00")])

    same, different = again.json()["results"]
    assert (same["status"], same["error"]) == ("duplicate", None)
    assert different["status"] == "duplicate"
    assert "amount" in different["error"]
    assert await stored(database) == 1


BAD_EVENTS: list[tuple[object, str]] = [
    (event(id=None), "id: must be a text"),
    ({**event(), "id": 42}, "id: must be a text"),
    ({"id": "x", "touchpoint": "delivery", "occurred_at": "2026-11-20T10:00:00Z"}, "customer: is required"),
    (event(customer={}), "customer.id: is required"),
    (event(customer="c-7"), "customer: must be an object"),
    (event(occurred_at="yesterday"), "occurred_at: is not an instant; write it as 2026-"),
    (event(occurred_at=1700000000), "occurred_at: is not an instant"),
    (event(occurred_at="2026-11-20T14:05:00"), "occurred_at: has no time zone"),
    (event(order="42"), "order: is not a known field; did you mean `order_id`"),
    (event(shop="1"), "shop: is not a known field; data of your own belongs in `attributes`"),
    (event(customer={"id": "c", "phon": "1"}), "customer.phon: is not a known field; did you mean `phone`"),
    (event(amount="1990,00"), "amount: "),
    (event(amount=[1]), "amount: must be a number"),
    (event(amount=True), "amount: "),
    (event(touchpoint="delivry"), "touchpoint: "),
    (event(customer={"id": "c", "telegram_id": "100"}), "customer.telegram_id: must be a whole number"),
    (event(customer={"id": "c", "telegram_id": 2**70}), "customer.telegram_id: "),
    (event(attributes={"a": {"b": 1}}), "attributes.a: "),
    (event(attributes={"a": float("nan")}), "attributes.a: "),
    (event(attributes=[1]), "attributes: must be an object"),
    (event(id="nul\0"), "id: "),
    (event(attributes={"a": "nul\0"}), "attributes.a: "),
    (event(customer={"id": "x" * 10_000}), "customer.id: "),
    ("an event", "an event must be an object"),
    (None, "an event must be an object"),
    ([event()], "an event must be an object"),
]


async def test_a_bad_event_names_field_and_fix_and_the_others_are_taken(
    client: httpx.AsyncClient, database: Database
) -> None:
    mixed = [bad for number, (bad, _) in enumerate(BAD_EVENTS) for bad in (event(number), bad)]

    answer = await client.post(EVENTS, content=json.dumps(mixed))

    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["accepted", "rejected"] * len(BAD_EVENTS)
    for refused, (_, words) in zip(results[1::2], BAD_EVENTS, strict=True):
        assert refused["error"].startswith(words)
        assert refused["outcome"] is None
    assert await stored(database) == len(BAD_EVENTS)


async def test_half_a_surrogate_pair_or_a_bottomless_value_rejects_its_own_event_alone(
    client: httpx.AsyncClient,
) -> None:
    deep = '{"id": "deep", "attributes": {"a": ' + "[" * 900 + "]" * 900 + "}}"
    body = f'[{json.dumps(event(1))}, {{"id": "\\ud800"}}, {deep}, {json.dumps(event(2))}]'

    answer = await client.post(EVENTS, content=body)

    assert [result["status"] for result in answer.json()["results"]] == ["accepted", "rejected", "rejected", "accepted"]


BAD_BODIES = [
    (b"", 400),
    (b"not json", 400),
    (b'{"id": "1"', 400),
    (b'{"id": "1"}, {"id": "2"}', 400),
    (b"\xff\xfe", 400),
    (b"17", 400),
    (b'"text"', 400),
    (json.dumps([event(number) for number in range(1_001)]).encode(), 413),
    (b"[" + b'{"a":1},' * 1_000 + b"{}]", 413),
    (b" " * 2_000_001, 413),
    (b" " * 20_000_000, 413),
]


async def test_a_body_that_is_no_list_of_events_gets_a_problem_document(
    client: httpx.AsyncClient, database: Database
) -> None:
    for body, status in BAD_BODIES:
        answer = await client.post(EVENTS, content=body)

        assert answer.status_code == status, body[:40]
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert answer.json()["detail"]
    assert await stored(database) == 0


async def test_a_body_of_unannounced_length_is_bounded_while_it_is_read(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncGenerator[bytes, None]:
        nonlocal sent
        while sent < 400_000_000:
            sent += 100_000
            yield b" " * 100_000

    try:
        answer = await client.post(EVENTS, content=endless())
    except httpx.TransportError:
        pass  # the server hung up while we were still talking
    else:
        assert answer.status_code == 413
    assert sent < 100_000_000


async def test_a_thousand_events_fit(client: httpx.AsyncClient, database: Database) -> None:
    answer = await client.post(EVENTS, json=[event(number) for number in range(1_000)])

    assert answer.status_code == 200
    assert [result["id"] for result in answer.json()["results"]] == [event(n)["id"] for n in range(1_000)]
    assert await stored(database) == 1_000


async def test_an_empty_list_has_no_results(client: httpx.AsyncClient) -> None:
    assert (await client.post(EVENTS, json=[])).json() == {"results": []}


async def test_what_became_of_an_event_is_told_by_its_id(client: httpx.AsyncClient) -> None:
    for event_id in ("shop-1:1:delivered", "a/b c/ü", "x/cancel", "50%"):
        await client.post(EVENTS, json=event(id=event_id))

        answer = await client.get(f"{EVENTS}/{quote(event_id)}")

        assert answer.status_code == 200
        assert event_id in answer.text


async def test_an_event_is_taken_back(client: httpx.AsyncClient) -> None:
    for number, event_id in enumerate(("shop-1:1:delivered", "a/b")):
        await client.post(EVENTS, json=event(number, id=event_id))

        first = await client.post(f"{EVENTS}/{event_id}/cancel")
        again = await client.post(f"{EVENTS}/{event_id}/cancel")

        assert first.status_code == 200
        assert first.json() == {"cancelled": [event_id], "kept": []}
        assert again.json() == first.json()


async def test_an_orders_events_are_taken_back(client: httpx.AsyncClient) -> None:
    await client.post(EVENTS, json=event(order_id="A/1"))

    assert (await client.post("/api/v1/orders/A/1/cancel")).json()["cancelled"] == ["shop-1:1:delivered"]


async def test_an_unknown_id_is_answered_with_those_it_may_have_been(client: httpx.AsyncClient) -> None:
    await client.post(EVENTS, json=event(order_id="A/1"))

    for asked in ("shop-1:1", "A/1", "shop-1:1:delivered!"):
        answer = await client.get(f"{EVENTS}/{quote(asked)}")

        assert answer.status_code == 404
        assert answer.json()["detail"] == f"no event has the id {asked}; known are shop-1:1:delivered"


async def test_what_is_unknown_is_not_found(client: httpx.AsyncClient) -> None:
    for method, path in (
        ("GET", f"{EVENTS}/nobody"),
        ("POST", f"{EVENTS}/nobody/cancel"),
        ("POST", "/api/v1/orders/nobody/cancel"),
        ("GET", "/api/v1/nothing"),
    ):
        answer = await client.request(method, path)

        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
