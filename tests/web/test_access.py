"""Who may use the API, and what is logged of it."""

from __future__ import annotations

import httpx
from structlog.testing import capture_logs

from bot.clock import MovableClock
from db.database import Database
from surveys.keys import create_key, revoke_key

PROTECTED = [
    ("POST", "/api/v1/events"),
    ("GET", "/api/v1/events/x"),
    ("POST", "/api/v1/events/x/cancel"),
    ("POST", "/api/v1/orders/x/cancel"),
    ("POST", "/api/v1/customers/x/links"),
    ("GET", "/api/v1/deliveries"),
    ("GET", "/api/v1/scores"),
    ("GET", "/api/v1/cases"),
]


async def test_without_a_key_nothing_is_given_away(stranger: httpx.AsyncClient) -> None:
    for method, path in PROTECTED:
        answer = await stranger.request(method, path)

        assert answer.status_code == 401, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_wrong_key_is_refused_whatever_it_is_made_of(stranger: httpx.AsyncClient) -> None:
    for header in (b"Bearer wrong", b"Bearer", b"Basic abc", "Bearer ключ".encode(), b"\xff"):
        answer = await stranger.get("/api/v1/cases", headers=[(b"authorization", header)])

        assert answer.status_code == 401


async def test_keys_of_the_database_open_the_door_until_they_are_revoked(
    stranger: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    made = await create_key(database, "crm", now=clock.now())
    headers = {"Authorization": f"Bearer {made.key}"}

    assert (await stranger.get("/api/v1/cases", headers=headers)).status_code == 200
    assert await revoke_key(database, "crm", now=clock.now())
    assert (await stranger.get("/api/v1/cases", headers=headers)).status_code == 401


async def test_the_key_and_the_address_stay_out_of_the_log(client: httpx.AsyncClient, key: str) -> None:
    with capture_logs() as logged:
        await client.get("/api/v1/events/order-of-anna?secret=1")
        await client.get("/api/v1/cases?phone=%2B79001234567")

    told = repr(logged)
    assert len(logged) == 2
    assert [entry["event"] for entry in logged] == ["http_request", "http_request"]
    for secret in (key, "anna", "secret", "79001234567"):
        assert secret not in told


async def test_a_failure_says_nothing_of_the_inside(client: httpx.AsyncClient, database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.run("alter table api_keys rename to keys_gone")
        await transaction.run("alter table cases rename to cases_gone")

    with capture_logs():
        answer = await client.get("/api/v1/cases")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "cases" not in answer.json()["detail"]
