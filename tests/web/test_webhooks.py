"""Webhooks managed over HTTP."""

from __future__ import annotations

import httpx

from db.database import Database

WISH = {"name": "crm", "url": "https://crm.example/otklik", "events": ["case.opened"]}


async def test_a_webhook_is_added_with_a_secret_shown_once_and_removed(client: httpx.AsyncClient) -> None:
    added = await client.post("/api/v1/webhooks", json=WISH)
    assert added.status_code == 201
    assert added.json()["secret"].startswith("whsec_")
    assert added.json()["events"] == ["case.opened"]
    listed = await client.get("/api/v1/webhooks")
    assert [one["name"] for one in listed.json()["webhooks"]] == ["crm"]
    assert added.json()["secret"] not in listed.text
    again = await client.post("/api/v1/webhooks", json=WISH)
    assert (again.status_code, "name: a webhook named crm exists" in again.json()["detail"]) == (409, True)
    log = await client.get("/api/v1/webhooks/crm/deliveries")
    assert (log.json()["waiting"], log.json()["attempts"], log.json()["next_before"]) == (0, [], None)
    assert added.json()["secret"] not in log.text
    assert (await client.post("/api/v1/webhooks/crm/replay")).json() == {"messages": 0}
    assert (await client.delete("/api/v1/webhooks/crm")).status_code == 204
    assert (await client.delete("/api/v1/webhooks/crm")).status_code == 404


async def test_what_is_wrong_is_told_with_its_field(client: httpx.AsyncClient, database: Database) -> None:
    for change, told in (
        ({"url": "http://crm.example/"}, "url: https is needed"),
        ({"url": "https://192.168.0.1/"}, "url: 192.168.0.1 is a private address"),
        ({"events": ["case.closed"]}, "events.0"),
        ({"name": "C R M"}, "name: 1 to 60"),
        ({"secret": "mine"}, "secret"),
    ):
        answer = await client.post("/api/v1/webhooks", json={**WISH, **change})
        assert answer.status_code == 422, answer.text
        assert told in answer.json()["detail"]
    assert (await client.post("/api/v1/webhooks", content=b"{")).status_code == 400
    assert (await client.get("/api/v1/webhooks/none/deliveries")).status_code == 404
    await client.post("/api/v1/webhooks", json=WISH)
    for body, status, told in (
        ({"message": "msg_1"}, 404, "no msg_1 is kept"),
        ({"message": "msg_" + "0" * 32}, 404, "is kept"),
        ({"message": "msg_1", "since": "2026-11-20T00:00:00Z"}, 422, "not both"),
        ({"since": "yesterday"}, 422, "since"),
    ):
        answer = await client.post("/api/v1/webhooks/crm/replay", json=body)
        assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text
    async with database.autocommit() as statement:
        assert await statement.value("select count(*) from webhooks") == 1
