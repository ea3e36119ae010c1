from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.cli import build_application
from db.database import Database
from surveys.intake import IncomingCustomer, IncomingEvent, take_in
from surveys.publishing import Catalogues, publish
from surveys.scheduling import is_paused

CATALOGUE = """
business: {name: Bakery, timezone: Europe/Moscow, languages: [ru, en]}
touchpoints:
  delivery: {title: {ru: Доставка, en: Delivery}, survey: csat}
surveys:
  csat: {metric: csat, kind: transactional, question: {ru: Как?, en: How?}}
"""


@pytest.fixture
def otklik(database_url: str, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("OTKLIK_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")

    async def run(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, build_application(), list(arguments))

    return run


async def test_why_tells_in_words_and_as_json(database: Database, otklik) -> None:  # type: ignore[no-untyped-def]
    now = datetime.now(UTC)
    await publish(database, CATALOGUE, now=now)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    await take_in(
        database, catalogues, [IncomingEvent("e-1", "delivery", now, IncomingCustomer("c"), order_id="42")], now=now
    )
    told = await otklik("why", "42")
    assert told.exit_code == 0, told.output
    assert "Ждёт: написать пока некуда" in told.output
    assert "Waiting: nowhere to write yet" in (await otklik("why", "e-1", "--language", "en")).output
    (document,) = json.loads((await otklik("why", "e-1", "--json")).output)
    assert (document["id"], document["outcome"]) == ("e-1", "waiting")
    assert (await otklik("why", "nothing")).exit_code == 1


async def test_pause_and_continue(database: Database, otklik) -> None:  # type: ignore[no-untyped-def]
    assert "held" in (await otklik("pause")).output
    assert await is_paused(database)
    assert "held already" in (await otklik("pause")).output
    assert "go out again" in (await otklik("continue")).output
    assert not await is_paused(database)
