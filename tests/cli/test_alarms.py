"""`otklik alarms` from a terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from db.database import Database
from surveys.alarm_notices import raise_alarm
from surveys.publishing import Catalogues, publish
from surveys.rules.alarm_evidence import BurstEvidence, DropEvidence
from surveys.rules.alarms import AlarmKind, Share
from surveys.rules.journey import Metric
from surveys.rules.metrics import Tally
from tests.cli.conftest import CATALOGUE, Command

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


async def test_alarms_as_text_and_as_json(otklik: Command, database: Database) -> None:
    await publish(database, CATALOGUE, now=NOW)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    quiet = await otklik("alarms")
    assert (quiet.exit_code, quiet.stdout.splitlines()[0]) == (0, "Тревог нет.")

    catalogue = catalogues.in_force.catalogue
    week, eight = timedelta(days=7), timedelta(days=56)
    drop = DropEvidence(Metric.CSAT, Tally(25, 0, 40), week, Tally(40, 0, 360), eight)
    burst = BurstEvidence(Share(3, 5), timedelta(minutes=90), Share(0, 12))
    async with database.transaction() as transaction:
        for kind, evidence in ((AlarmKind.DROP, drop), (AlarmKind.BURST, burst)):
            await raise_alarm(transaction, catalogue, kind, evidence, touchpoint="delivery", now=NOW)

    russian = await otklik("alarms")
    english = await otklik("alarms", "--language", "en")
    document = await otklik("alarms", "--json")
    assert "2 тревоги" in russian.stdout
    assert "delivery: 3 из 5 ответов за последние 90 минут отрицательные; сколько бывает" in russian.stdout
    assert "delivery: CSAT over the last 7 days is 61.5 % (65 answers); over 56 days before that" in english.stdout
    found = json.loads(document.stdout)
    assert [one["kind"] for one in found["open"]] == ["burst", "drop"]
    assert found["open"][1]["evidence"]["recent"] == {"negative": 25, "neutral": 0, "positive": 40}
