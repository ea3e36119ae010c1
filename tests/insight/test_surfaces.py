"""The same figures by bot command, on the command line and over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from bot.cli import build_application
from bot.clock import MovableClock
from bot.drawing.painting import open_painter
from bot.screens.audit_json import build_audit_document
from bot.screens.drivers_json import build_drivers_document
from bot.screens.journey_json import build_journey_document
from bot.web.app import build_web_application
from bot.web.dependencies import WebDependencies
from db.database import Database
from surveys.auditing import audit
from surveys.publishing import Catalogues, publish
from surveys.rules.weeks import Period, parse_day
from surveys.tracing import trace_journey
from surveys.weighing import weigh_drivers
from tests.insight.conftest import CATALOGUE, DAY, NOW, START, Shop

PERIOD = Period(parse_day("2026-08-26"), parse_day("2026-10-01"))


async def busy(shop: Shop) -> None:
    """Twenty customers who searched, ordered, got it and answered; half of them unhappy and never seen again."""
    for customer in range(1, 21):
        await shop.event("search", customer, START + DAY)
        order = f"o-{customer}"
        await shop.event("checkout", customer, START + 2 * DAY, order=order, amount=900)
        event_id = await shop.event("delivery", customer, START + 3 * DAY, order=order, state="answered")
        score, late = (1, True) if customer % 2 else (5, False)
        await shop.answer(
            "delivery", customer, START + 4 * DAY, score, event_id=event_id, order=order, attributes={"late": late}
        )
        if not late:
            await shop.event("checkout", customer, START + 9 * DAY, order=f"{order}-again", amount=500)


async def authorised(*_: object) -> dict[str, str]:
    return {}


@pytest_asyncio.fixture
async def client(database: Database, shop: Shop) -> AsyncGenerator[httpx.AsyncClient, None]:
    await busy(shop)
    headers = {"Authorization": "Bearer k"}
    async with open_painter() as painter:
        application = build_web_application(
            WebDependencies(
                database=database,
                catalogues=shop.catalogues,
                clock=MovableClock(NOW, running=False),
                deep_links=authorised,
                api_key="k",
                painter=painter,
            )
        )
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://otklik", headers=headers) as client:
            yield client


async def test_http_answers_the_documents(client: httpx.AsyncClient, shop: Shop) -> None:
    asked = {"from": "2026-08-26", "to": "2026-10-01"}
    database, catalogues = shop.database, shop.catalogues

    journey = (await client.get("/api/v1/journey", params=asked | {"within": "P20D"})).json()
    found = await trace_journey(database, catalogues, PERIOD, within=timedelta(days=20), now=NOW)
    assert journey == build_journey_document(found)
    drivers = (await client.get("/api/v1/drivers", params=asked | {"within": "P50D"})).json()
    weighed = await weigh_drivers(database, catalogues, PERIOD, within=timedelta(days=50), now=NOW)
    assert drivers == build_drivers_document(weighed)
    assert drivers["facts"][0]["attribute"] == "late"
    audited = (await client.get("/api/v1/audit", params={"language": "en"})).json()
    assert audited == build_audit_document(await audit(database, catalogues, now=NOW), "en")
    assert (await client.get("/api/v1/journey")).json()["from"] == "2026-08-26"
    assert (await client.get("/api/v1/drivers")).json()["from"] == "2025-11-24"

    picture = await client.get("/api/v1/journey.png", params=asked | {"theme": "dark", "language": "en"})
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")


WRONG_QUESTIONS = [
    "journey?from=2026-11-16",
    "journey?within=P1M",
    "journey?within=P400D",
    "journey?from=2026-11-17&to=2026-11-16",
    "journey.png?theme=pink",
    "audit?silent=soon",
    "drivers?within=PT0S",
    "drivers?from=monday&to=2026-11-16",
]


async def test_a_wrong_question_or_a_stranger_is_refused(client: httpx.AsyncClient) -> None:
    for query in WRONG_QUESTIONS:
        answer = await client.get(f"/api/v1/{query}")
        assert answer.status_code == 422, query
        assert answer.json()["detail"]
    for path in ("journey", "journey.png", "audit", "drivers"):
        assert (await client.get(f"/api/v1/{path}", headers={"Authorization": "Bearer no"})).status_code == 401


async def _publish(url: str) -> None:
    database = await Database.connect(url)
    await publish(database, CATALOGUE, now=START)
    await database.close()


async def _fill(url: str) -> None:
    await _publish(url)
    database = await Database.connect(url)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    await busy(Shop(database, catalogues))
    await database.close()


@pytest.fixture
def url(database_url: str) -> str:
    asyncio.run(_fill(database_url))
    return database_url


def otklik(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(build_application(), [*arguments], env={"OTKLIK_DATABASE_URL": url})


def test_the_command_line_prints_text_and_json(url: str, tmp_path: Path) -> None:
    days = ("--from", "2026-08-26", "--to", "2026-10-01")
    picture = tmp_path / "journey.png"
    journey = otklik(url, "journey", *days, "--language", "en", "--picture", str(picture), "--theme", "dark")
    assert journey.exit_code == 0, journey.output
    assert "Delivery: 100\xa0% never come back after a bad score (of 10)" in journey.stdout
    assert picture.read_bytes()[:4] == b"\x89PNG"
    document = json.loads(otklik(url, "journey", *days, "--json").stdout)
    assert [one["touchpoint"] for one in document["touchpoints"]] == ["search", "checkout", "visit", "delivery"]

    assert "Touchpoint" not in otklik(url, "audit").stdout
    kinds = {one["kind"] for one in json.loads(otklik(url, "audit", "--json").stdout)["findings"]}
    assert "no_survey" in kinds
    drivers = otklik(url, "drivers", *days, "--within", "P40D")
    assert "Доставка, Опоздали: −100,0 п." in drivers.stdout
    assert json.loads(otklik(url, "drivers", *days, "--json").stdout)["currency"] == "RUB"


SLIPS = [
    (("journey", "--from", "2026-08-26"), "go together"),
    (("journey", "--theme", "pink"), "neither light nor dark"),
    (("journey", "--within", "P1M"), "--within"),
    (("journey", "--picture", "/no/such/folder/a.png"), "cannot be written"),
    (("audit", "--silent", "P999D"), "--silent"),
    (("drivers", "--from", "x", "--to", "2026-10-01"), "is no date"),
]


def test_a_slip_of_the_pen_is_told(database_url: str) -> None:
    asyncio.run(_publish(database_url))
    for arguments, fault in SLIPS:
        done = otklik(database_url, *arguments)
        assert done.exit_code == 2, arguments
        assert fault in done.output
