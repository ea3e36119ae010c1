"""Health, figures for graphs, the webhook, and the description of it all."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import httpx
from fastapi import FastAPI
from structlog.testing import capture_logs

from bot.clock import MovableClock
from bot.web.app import build_web_application
from bot.web.dependencies import WebDependencies
from db.database import Database
from surveys.channels import set_update_aside
from surveys.publishing import Catalogues

WEBHOOK = "/telegram/webhook"
SECRET = "X-Telegram-Bot-Api-Secret-Token"


class Receiver(Protocol):
    """The stand-in of the Telegram side, as the fixture makes it."""

    updates: list[bytes]
    failure: Exception | None


async def test_a_sound_installation_is_alive_and_ready(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/healthz")).json() == {"status": "ok"}
    ready = await stranger.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok", "catalogue": "ok"},
        "warnings": [],
    }


async def test_an_answer_does_not_wait_for_the_last_one_to_be_acknowledged(stranger: httpx.AsyncClient) -> None:
    """Without TCP_NODELAY each answer but the first of a connection takes 40 ms and more."""
    took = []
    for _ in range(8):
        began = time.perf_counter()
        await stranger.get("/healthz")
        took.append(time.perf_counter() - began)
    assert min(took[3:]) < 0.03


async def test_a_team_chat_that_refuses_and_a_paused_channel_are_warnings(
    stranger: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as transaction:
        await transaction.run(
            "insert into team_chats (chat, chat_id, set_at, failing_since, failure)"
            " values ('staff', -1, clock_timestamp(), clock_timestamp(), 'bot was kicked')"
        )
        await transaction.run(
            "insert into channels (channel, unknown_in_a_row, paused_until)"
            " values ('telegram', 3, clock_timestamp() + interval '1 hour')"
        )

    ready = await stranger.get("/readyz")

    assert ready.status_code == 200
    paused, failing = ready.json()["warnings"]
    assert "telegram is paused" in paused
    assert "bot was kicked" in failing
    assert "/here" in failing


async def test_updates_set_aside_in_the_last_day_are_a_warning(
    stranger: httpx.AsyncClient, database: Database, clock: MovableClock
) -> None:
    for number in (1, 2):
        await set_update_aside(
            database,
            "telegram",
            update_id=number,
            error="no",
            content="{}",
            received_at=clock.now() - timedelta(hours=1),
        )
    ready = await stranger.get("/readyz")
    clock.move_by(timedelta(days=1))
    later = await stranger.get("/readyz")

    assert ready.status_code == 200
    (warning,) = ready.json()["warnings"]
    assert "2 updates of telegram" in warning
    assert "updates_set_aside" in warning
    assert later.json()["warnings"] == []


async def test_a_schema_of_another_version_is_not_ready(stranger: httpx.AsyncClient, database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.run("update alembic_version set version_num = '0000'")

    ready = await stranger.get("/readyz")

    assert ready.status_code == 503
    assert "otklik migrate" in ready.json()["checks"]["migrations"]


async def test_a_database_that_is_away_is_not_ready_and_the_process_still_alive(
    stranger: httpx.AsyncClient, client: httpx.AsyncClient, database: Database
) -> None:
    await database.close()

    with capture_logs():
        assert (await stranger.get("/healthz")).status_code == 200
        assert (await stranger.get("/readyz")).status_code == 503
        refused = await client.get("/api/v1/cases")
    assert refused.status_code == 503
    assert refused.headers["retry-after"]


async def test_metrics_show_counts_and_nobody(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, clock: MovableClock
) -> None:
    event = {
        "id": "secret-id",
        "touchpoint": "delivery",
        "occurred_at": "2026-11-20T09:00:00Z",
        "customer": {"id": "c", "name": "Анна", "telegram_id": 1},
    }
    await client.post("/api/v1/events", json=[event, event, {}])

    clock.move_by(timedelta(hours=1))
    text = (await stranger.get("/metrics")).text

    assert 'otklik_events_total{outcome="planned",status="accepted"} 1.0' in text
    assert 'otklik_events_total{outcome="",status="rejected"} 1.0' in text
    assert 'otklik_http_request_seconds_count{method="POST",route="/api/v1/events",status="200"} 1.0' in text
    assert 'otklik_queue{kind="invitation",state="due"} 1.0' in text
    assert 'otklik_due_lag_seconds{kind="invitation"} 3600.0' in text
    assert "secret-id" not in text
    assert "Анна" not in text


async def test_an_update_with_the_secret_is_handed_over(stranger: httpx.AsyncClient, receiver: Receiver) -> None:
    answer = await stranger.post(WEBHOOK, content=b'{"update_id": 1}', headers={SECRET: "s3cret"})

    assert answer.status_code == 200
    assert receiver.updates == [b'{"update_id": 1}']


async def test_an_update_without_the_secret_is_refused(stranger: httpx.AsyncClient, receiver: Receiver) -> None:
    for headers in ([], [(SECRET.encode(), b"wrong")], [(SECRET.encode(), "тайна".encode())], [(SECRET.encode(), b"")]):
        assert (await stranger.post(WEBHOOK, content=b"{}", headers=headers)).status_code == 401
    assert receiver.updates == []


async def test_an_update_that_could_not_be_kept_comes_again(stranger: httpx.AsyncClient, receiver: Receiver) -> None:
    receiver.failure = ConnectionResetError()

    with capture_logs():
        answer = await stranger.post(WEBHOOK, content=b"{}", headers={SECRET: "s3cret"})

    assert answer.status_code >= 500


async def test_a_huge_update_is_refused(stranger: httpx.AsyncClient, receiver: Receiver) -> None:
    answer = await stranger.post(WEBHOOK, content=b" " * 2_000_001, headers={SECRET: "s3cret"})

    assert answer.status_code == 413
    assert receiver.updates == []


async def test_without_telegram_there_is_no_webhook(dependencies: WebDependencies) -> None:
    bare = build_web_application(replace(dependencies, telegram=None))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(bare), base_url="http://bare") as client:
        assert (await client.post(WEBHOOK)).status_code == 404


async def test_without_a_catalogue_events_wait_outside(dependencies: WebDependencies, key: str) -> None:
    bare = build_web_application(replace(dependencies, catalogues=Catalogues()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(bare), base_url="http://bare") as client:
        event = {"id": "1", "touchpoint": "x", "occurred_at": "2026-11-20T09:00:00Z", "customer": {"id": "c"}}
        answer = await client.post("/api/v1/events", json=event, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 503
    assert "catalogue" in answer.json()["detail"]


async def test_the_docs_describe_every_route_without_a_foreign_host(
    stranger: httpx.AsyncClient, application: FastAPI
) -> None:
    page = (await stranger.get("/docs")).text
    schema = (await stranger.get("/openapi.json")).json()

    assert set(schema["paths"]) == {
        "/api/v1/events",
        "/api/v1/events/{event_id}",
        "/api/v1/events/{event_id}/cancel",
        "/api/v1/orders/{order_id}/cancel",
        "/api/v1/customers/{customer_id}/links",
        "/api/v1/deliveries",
        "/api/v1/scores",
        "/api/v1/report.png",
        "/api/v1/comments",
        "/api/v1/journey",
        "/api/v1/journey.png",
        "/api/v1/audit",
        "/api/v1/drivers",
        "/api/v1/alarms",
        "/api/v1/trials",
        "/api/v1/cases",
        "/api/v1/cases/{case_id}",
        "/api/v1/cases/{case_id}/moves",
        "/api/v1/webhooks",
        "/api/v1/webhooks/{name}",
        "/api/v1/webhooks/{name}/deliveries",
        "/api/v1/webhooks/{name}/replay",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    assert {"IncomingEvent", "IncomingCustomer"} <= set(schema["components"]["schemas"])
    assert all(path in page for path in schema["paths"])
    assert "https://" not in page.replace("https://t.me", "")
