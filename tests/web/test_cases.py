"""Cases over HTTP: opened by the shop, moved by it, and refused with the fix."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.clock import MovableClock
from db import exported_cases
from db.exporting import ExportScope
from surveys import people
from surveys.actors import Actor
from surveys.publishing import Catalogues, publish
from surveys.storage import Database

CATALOGUE = """\
business: {name: Пекарня, timezone: Europe/Moscow, languages: [ru]}
touchpoints:
  delivery: {title: {ru: Доставка}, survey: delivery-csat, owner: logistics, ask_by: P2D}
surveys:
  delivery-csat: {metric: csat, question: {ru: "Как вам доставка?"}}
recovery:
  teams: {logistics: {}, kitchen: {}}
  employees: [{telegram_id: 77, employee: e-17}]
  close_reasons: [{key: refund, title: {ru: Вернули деньги}}, {key: again, title: {ru: Привезли снова}}]
"""
OLEG = {"name": "Олег", "telegram_id": 1002}


@pytest_asyncio.fixture(autouse=True)
async def with_teams(database: Database, catalogues: Catalogues, clock: MovableClock) -> None:
    await publish(database, CATALOGUE, now=clock.now())
    await catalogues.refresh(database)


async def opened(client: httpx.AsyncClient, **more: object) -> dict[str, Any]:
    body = {"customer": {"id": "c-7"}, "comment": "Торт помялся", "touchpoint": "delivery", **more}
    answer = await client.post("/api/v1/cases", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def moved(client: httpx.AsyncClient, case: int, move: str, **more: object) -> httpx.Response:
    return await client.post(f"/api/v1/cases/{case}/moves", json={"move": move, "by": OLEG, **more})


async def test_a_case_of_the_shop_is_worked_to_its_end(client: httpx.AsyncClient) -> None:
    event = {
        "id": "e-1",
        "touchpoint": "delivery",
        "occurred_at": "2026-11-20T14:05:00+03:00",
        "order_id": "42",
        "customer": {"id": "c-7", "name": "Анна", "telegram_id": 2001},
        "attributes": {"employee": "e-17", "location": "shop-1"},
    }
    await client.post("/api/v1/events", json=event)
    case = await opened(client, order_id="42", by={"name": "Колл-центр"})
    assert (case["state"], case["cause"], case["team"], case["order_id"]) == ("open", "staff", "logistics", "42")
    assert (case["comment"], case["event_id"], case["customer"]["name"]) == ("Торт помялся", "e-1", "Анна")
    assert case["first_response_due"] == "2026-11-20T12:30:00Z"
    assert (await client.get("/api/v1/cases?team=kitchen")).json()["cases"] == []
    (listed,) = (await client.get("/api/v1/cases?team=logistics&touchpoint=delivery")).json()["cases"]
    assert listed["id"] == case["id"]
    assert (await client.get(f"/api/v1/cases?after_id={case['id']}")).json()["cases"] == []

    number = case["id"]
    by_name = await moved(client, number, "claim", by={"name": "Мария"})
    assert (by_name.status_code, by_name.json()["state"], by_name.json()["claimed_by"]) == (200, "claimed", "Мария")
    taken = await moved(client, number, "claim")
    assert taken.status_code == 409
    assert taken.headers["content-type"] == "application/problem+json"
    assert "claimed by Мария" in taken.json()["detail"]
    assert (await moved(client, number, "hand_over", to=OLEG)).json()["claimed_by"] == "Олег"
    assert (await moved(client, number, "await_customer", note="Ждём фото")).json()["state"] == "waiting"
    assert (await moved(client, number, "release")).json()["claimed_by"] is None
    assert (await moved(client, number, "refer", to_team="kitchen")).json()["team"] == "kitchen"
    assert (await moved(client, number, "claim")).status_code == 200
    ended = await moved(
        client, number, "resolve", close_reason="refund", given=["refund", "apology"], note="Вернули 1990"
    )
    done = ended.json()
    assert (done["state"], done["close_reason"], done["given"]) == ("resolved", "refund", ["refund", "apology"])
    again = (await moved(client, number, "reopen")).json()
    assert (again["state"], again["round"]) == ("claimed", 2)
    assert (await moved(client, number, "dismiss", note="Ошибка")).json()["state"] == "dismissed"

    told = (await client.get(f"/api/v1/cases/{number}")).json()
    assert [one["move"] for one in told["moves"]] == (
        ["open", "claim", "hand_over", "await_customer", "release", "refer", "claim", "resolve", "reopen", "dismiss"]
    )
    assert {one["actor"] for one in told["moves"]} == {"shop"}
    assert [one["actor_name"] for one in told["moves"][:3]] == ["Колл-центр", "Мария", "Олег"]
    assert (told["moves"][3]["note"], told["moves"][7]["note"]) == ("Ждём фото", "Вернули 1990")
    assert told["messages"] == {"customer": 0, "staff": 0}


async def test_the_shop_s_own_id_opens_one_case_however_often_and_at_once(client: httpx.AsyncClient) -> None:
    body = {"id": "crm-1", "customer": {"id": "c-9"}, "comment": "Не привезли"}
    answers = await asyncio.gather(*(client.post("/api/v1/cases", json=body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    again = await client.post("/api/v1/cases", json=body | {"comment": "Другое"})
    assert (again.status_code, again.json()["comment"]) == (200, "Не привезли")
    assert again.json()["external_id"] == "crm-1"


async def test_an_order_with_an_unsettled_case_is_a_conflict_that_names_it(client: httpx.AsyncClient) -> None:
    event = {"id": "e-1", "touchpoint": "delivery", "order_id": "42", "customer": {"id": "c-7"}}
    await client.post("/api/v1/events", json=event | {"occurred_at": "2026-11-20T14:05:00+03:00"})
    first = await opened(client, order_id="42")
    second = await client.post(
        "/api/v1/cases",
        json={"customer": {"id": "c-7"}, "comment": "И ещё", "touchpoint": "delivery", "order_id": "42"},
    )
    assert second.status_code == 409
    assert f"case {first['id']} about this order is open" in second.json()["detail"]


REFUSED_MOVES: list[tuple[dict[str, object], str]] = [
    ({"move": "confirm"}, "move: "),
    ({"move": "resolve"}, "note: say in a few words"),
    ({"move": "dismiss", "note": "  "}, "note: "),
    ({"move": "resolve", "note": "x", "close_reason": "refnd"}, "there is no close reason 'refnd'; there are: refund"),
    ({"move": "claim", "close_reason": "refund"}, "close_reason: goes with resolve"),
    ({"move": "claim", "given": ["refund"]}, "given: goes with resolve"),
    ({"move": "resolve", "note": "x", "given": ["cake"]}, "given.0: "),
    ({"move": "resolve", "note": "x", "given": ["refund", "code"]}, "given: a promo code is given by the form"),
    ({"move": "hand_over"}, "to: goes with hand_over"),
    ({"move": "claim", "to": OLEG}, "to: goes with hand_over"),
    ({"move": "refer"}, "to_team: goes with refer"),
    ({"move": "refer", "to_team": "bakers"}, "there is no team 'bakers'; there are: logistics, kitchen"),
    ({"move": "refer", "to_team": "logistics"}, "to_team: logistics has the case already"),
    ({"move": "claim", "by": {"name": " "}}, "by.name: "),
    ({"move": "claim", "by": {"name": "Олег", "telegram_id": "1"}}, "by.telegram_id: "),
    ({"move": "claim", "by": {"name": "Пётр", "telegram_id": 77}}, "by.telegram_id: the case is about them"),
    ({"move": "claim", "who": "me"}, "who: "),
]


async def test_what_cannot_be_taken_is_named_and_changes_nothing(client: httpx.AsyncClient) -> None:
    event = {"id": "e-1", "touchpoint": "delivery", "order_id": "42", "customer": {"id": "c-7"}}
    event |= {"occurred_at": "2026-11-20T14:05:00+03:00", "attributes": {"employee": "e-17"}}
    await client.post("/api/v1/events", json=event)
    number = (await opened(client, order_id="42"))["id"]
    for body, fault in REFUSED_MOVES:
        answer = await client.post(f"/api/v1/cases/{number}/moves", json={"by": OLEG, **body})
        assert (answer.status_code, fault in answer.json()["detail"]) == (422, True), (body, answer.text)
    assert (await moved(client, number, "hand_over", to={"name": "Пётр", "telegram_id": 77})).status_code == 422
    illegal = await moved(client, number, "release")
    assert (illegal.status_code, "is open" in illegal.json()["detail"]) == (409, True)
    assert len((await client.get(f"/api/v1/cases/{number}")).json()["moves"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "fault"),
    [
        (b"nope", 400, "not JSON"),
        (b'{"comment": "x"}', 422, "customer: "),
        (b'{"customer": {"id": "c"}, "comment": " "}', 422, "comment: "),
        (b'{"customer": {"id": "c"}, "comment": "x", "touchpoint": "party"}', 422, "there are: delivery"),
        (b'{"customer": {"id": "c\\u0000"}, "comment": "x"}', 422, "customer.id: "),
    ],
)
async def test_a_case_that_cannot_be_opened_is_refused(
    client: httpx.AsyncClient, body: bytes, status: int, fault: str
) -> None:
    answer = await client.post("/api/v1/cases", content=body)
    assert (answer.status_code, fault in answer.json()["detail"]) == (status, True), answer.text


async def test_an_unknown_number_is_not_found(client: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/cases/4711")).status_code == 404
    assert (await moved(client, 4711, "claim")).status_code == 404
    assert (await client.get("/api/v1/cases/first")).status_code == 422
    assert (await stranger.post("/api/v1/cases", json={})).status_code == 401


async def test_whoever_was_forgotten_leaves_a_case_without_the_shops_ids(
    client: httpx.AsyncClient, database: Database, catalogues: Catalogues, clock: MovableClock
) -> None:
    anna = Actor("telegram", 2001, "Анна", "ru")
    links = await people.make_links(database, "c-7", now=clock.now())
    await people.connect(database, catalogues, anna, links.customer_key, now=clock.now())
    number = (await opened(client, id="crm-17", order_id="42"))["id"]
    assert isinstance(await people.forget(database, catalogues, anna, now=clock.now()), people.Forgotten)
    told = (await client.get(f"/api/v1/cases/{number}")).json()
    assert (told["external_id"], told["order_id"], told["customer"]["id"], told["comment"]) == (None, None, None, None)
    async with database.transaction() as transaction:
        (seen,) = await transaction.rows("select shop_case_id, order_id, customer_id from bi.cases")
        (written,) = await exported_cases.page(transaction, ExportScope(), after=None, limit=10)
    assert tuple(seen) == (None, None, None)
    assert (written.external_id, written.order_id, written.customer_id) == (None, None, None)
