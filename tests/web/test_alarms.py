"""Alarms for other programs."""

from __future__ import annotations

from datetime import timedelta

import httpx

from surveys.alarm_notices import clear_alarm, raise_alarm
from surveys.publishing import Catalogues
from surveys.rules.alarm_evidence import AnswersAgain, BurstEvidence, SilenceEvidence
from surveys.rules.alarms import AlarmKind, Share
from surveys.storage import Database
from tests.web.conftest import NOW


async def test_alarms_are_told_with_their_numbers(
    client: httpx.AsyncClient, database: Database, catalogues: Catalogues
) -> None:
    nothing = (await client.get("/api/v1/alarms")).json()
    assert nothing == {"today": "nothing_due", "open": [], "cleared": []}
    catalogue = catalogues.in_force.catalogue
    burst = BurstEvidence(Share(7, 9), timedelta(hours=6), Share(24, 200))
    silence = SilenceEvidence(24, 3, Share(40, 100))
    async with database.transaction() as transaction:
        about = {"touchpoint": "delivery", "now": NOW}
        await raise_alarm(transaction, catalogue, AlarmKind.NOBODY_ANSWERED, silence, **about)
        number = await transaction.value("select id from alarms")
        assert isinstance(number, int)
        clearing, later = AnswersAgain(2), NOW + timedelta(hours=1)
        await clear_alarm(transaction, catalogue, number, AlarmKind.NOBODY_ANSWERED, clearing, now=later)
        await raise_alarm(transaction, catalogue, AlarmKind.BURST, burst, location="shop-1", **about)

    found = (await client.get("/api/v1/alarms")).json()
    assert found["open"] == [
        {
            "id": number + 1,
            "kind": "burst",
            "touchpoint": "delivery",
            "location": "shop-1",
            "risen_at": "2026-11-20T12:00:00Z",
            "evidence": {
                "negative": 7,
                "answers": 9,
                "within": "PT6H",
                "usual_negative": 24,
                "usual_answers": 200,
            },
            "cleared_at": None,
            "withdrawn": False,
            "clearing": None,
            "outbreak": None,
        }
    ]
    assert [(one["kind"], one["cleared_at"], one["clearing"]) for one in found["cleared"]] == [
        ("nobody_answered", "2026-11-20T13:00:00Z", {"answers": 2})
    ]
    assert (await client.get("/api/v1/alarms", params={"cleared": 0})).json()["cleared"] == []
    assert (await client.get("/api/v1/alarms", params={"cleared": -1})).status_code == 422
