"""Links, deliveries, cases and scores for other programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from bot.clock import MovableClock
from bot.drawing.painting import Painter
from surveys.history import PastAnswer, import_answers
from surveys.publishing import Catalogues
from surveys.storage import Database


def event(number: int) -> dict[str, Any]:
    return {
        "id": f"e-{number}",
        "touchpoint": "delivery",
        "occurred_at": "2026-11-20T14:05:00+03:00",
        "customer": {"id": f"c-{number}", "telegram_id": 1_000 + number},
    }


async def test_a_customer_has_one_link_and_each_order_its_own(client: httpx.AsyncClient) -> None:
    path = "/api/v1/customers/c/7/links"

    first = (await client.post(path)).json()
    again = (await client.post(path, json={})).json()
    order = (await client.post(path, json={"order_id": "42"})).json()

    assert first == again
    assert first["telegram"].startswith("https://t.me/bakery_bot?start=")
    assert order["telegram"] != first["telegram"]
    assert (await client.post(path, json={"order_id": "42"})).json() == order


async def test_the_readme_s_curl_needs_no_content_type(client: httpx.AsyncClient) -> None:
    told = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.post("/api/v1/customers/c-7/links", content=b'{"order_id": "42"}', headers=told)
    assert answer.json()["telegram"].startswith("https://t.me/bakery_bot?start=")


async def test_a_link_for_no_order_is_refused(client: httpx.AsyncClient) -> None:
    for body in (b"nope", b'{"order_id": ""}', b'{"order_id": 7}', b'{"order_id": "a\\u0000"}', b'{"order": "7"}'):
        answer = await client.post("/api/v1/customers/c/links", content=body)

        assert answer.status_code == (400 if body == b"nope" else 422)
        assert "order_id" in answer.json()["detail"] or "JSON" in answer.json()["detail"]


async def test_deliveries_are_paged_in_order(client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/events", json=[event(number) for number in range(5)])

    first = (await client.get("/api/v1/deliveries", params={"state": "due", "limit": 2})).json()
    second = (await client.get("/api/v1/deliveries", params={"limit": 3, "after": first["next_after"]})).json()

    shown = first["deliveries"] + second["deliveries"]
    assert [row["event_id"] for row in shown] == [f"e-{number}" for number in range(5)]
    assert {row["kind"] for row in shown} == {"invitation"}
    assert shown[0]["due_at"] == "2026-11-20T13:05:00Z"
    assert second["next_after"] is None


async def test_deliveries_since_an_instant(client: httpx.AsyncClient, clock: MovableClock) -> None:
    await client.post("/api/v1/events", json=event(1))
    clock.move_by(timedelta(hours=1))
    await client.post("/api/v1/events", json=event(2))

    rows = (await client.get("/api/v1/deliveries", params={"since": clock.now().isoformat()})).json()["deliveries"]

    assert [row["event_id"] for row in rows] == ["e-2"]


WRONG_QUESTIONS = [
    "/api/v1/deliveries?state=lost",
    "/api/v1/deliveries?since=yesterday",
    "/api/v1/deliveries?since=0001-01-01T00:00:00%2B14:00",
    "/api/v1/deliveries?since=2026-11-20T10:00:00",
    "/api/v1/deliveries?limit=0",
    "/api/v1/deliveries?after=9223372036854775808",
    "/api/v1/cases?state=lost",
    "/api/v1/scores?from=2026-11-16",
    "/api/v1/scores?from=2026-11-16&to=2026-11-16",
    "/api/v1/scores?week=2026-W99",
    "/api/v1/scores?from=monday&to=2026-11-16",
    "/api/v1/scores?by=%00",
    "/api/v1/report.png?week=2026-W99",
    "/api/v1/report.png?from=2026-11-16",
    "/api/v1/report.png?week=2026-W46&theme=pink",
]


async def test_a_wrong_question_gets_a_problem_document(client: httpx.AsyncClient) -> None:
    for query in WRONG_QUESTIONS:
        answer = await client.get(query)

        assert answer.status_code == 422, query
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]


async def test_scores_are_the_reports_document(
    client: httpx.AsyncClient, database: Database, catalogues: Catalogues, clock: MovableClock
) -> None:
    answers = [
        PastAnswer(f"r-{number}", "delivery", clock.now() - timedelta(days=5), 5, attributes={"late": number < 2})
        for number in range(6)
    ]
    await import_answers(database, catalogues, answers, now=clock.now())

    document = (await client.get("/api/v1/scores?from=2026-11-09&to=2026-11-16&touchpoint=delivery&by=late")).json()

    (entry,) = document["touchpoints"]
    assert (document["from"], document["to"], entry["n"], entry["score"]) == ("2026-11-09", "2026-11-16", 6, 100.0)
    assert {segment["value"]: segment["n"] for segment in entry["by"]["segments"]} == {True: 2, False: 4}
    assert (await client.get("/api/v1/scores?week=2026-W46")).json()["touchpoints"][0]["n"] == 6
    assert (await client.get("/api/v1/scores?touchpoint=nothing")).status_code == 404


async def test_the_report_is_a_picture_too(client: httpx.AsyncClient, painter: Painter) -> None:
    week = await client.get("/api/v1/report.png?week=2026-W46")
    assert (week.status_code, week.headers["content-type"], week.content[:4]) == (200, "image/png", b"\x89PNG")
    assert (await client.get("/api/v1/report.png?from=2026-11-09&to=2026-11-16")).content == week.content
    dark = await client.get("/api/v1/report.png?week=2026-W46&theme=dark&language=en")
    assert dark.content != week.content
    await painter.close()
    painter._command = ("/nonexistent/python",)
    refused = await client.get("/api/v1/report.png")
    assert (refused.status_code, "could not be drawn" in refused.json()["detail"]) == (503, True)


async def test_cases_are_listed_by_state(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/cases?state=open")).json() == {"cases": [], "next_after": None}


async def test_what_people_write_about_is_told_without_what_leads_to_them(
    client: httpx.AsyncClient, database: Database, catalogues: Catalogues, clock: MovableClock
) -> None:
    answers = [
        PastAnswer(f"c-{number}", "delivery", clock.now() - timedelta(days=1), 2, comment="Звоните 8 900 123-45-67")
        for number in range(6)
    ]
    await import_answers(database, catalogues, answers, now=clock.now())
    document = (await client.get("/api/v1/comments")).json()
    assert (document["to"], document["comments"], document["themes"]) == ("2026-11-21", 6, [])
    days = {"from": "2026-11-19", "to": "2026-11-20", "touchpoint": "delivery"}
    assert (await client.get("/api/v1/comments", params=days)).json()["comments"] == 6
    for params, status in (({"touchpoint": "x"}, 404), ({"from": "2026-11-19"}, 422), ({"from": "x", "to": "y"}, 422)):
        answer = await client.get("/api/v1/comments", params=params)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
