"""What a shop's own system is told, of what and when."""

from __future__ import annotations

from datetime import timedelta

from surveys import answering, recovery
from surveys.answer_views import AskReasons
from surveys.forgetting import forget
from surveys.subscribing import replay
from tests.dialogue_scene import ANNA, NOON
from tests.webhooks.conftest import STAFF, Told

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def test_a_complaint_is_told_at_once_signed_with_what_a_crm_needs_and_nothing_else(told: Told) -> None:
    secret = await told.subscribe("case.opened", "case.moved")
    case_id = await told.complain()
    assert await told.tell() == 1
    [taken] = told.crm.taken
    assert taken.is_signed_by(secret)
    assert not taken.is_signed_by("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert taken.headers["Content-Type"] == "application/json"
    assert taken.json == {
        "type": "case.opened",
        "timestamp": "2026-11-20T09:00:00Z",
        "data": {
            "case": {
                "id": case_id,
                "state": "open",
                "cause": "score",
                "team": "staff",
                "opened_at": "2026-11-20T09:00:00Z",
                "first_response_due": taken.json["data"]["case"]["first_response_due"],
                "resolve_due": taken.json["data"]["case"]["resolve_due"],
                "resolved_at": None,
            },
            "response": {
                "id": taken.json["data"]["response"]["id"],
                "survey": "delivery-csat",
                "metric": "csat",
                "score": 1,
                "reasons": [],
                "answered_at": "2026-11-20T09:00:00Z",
            },
            "touchpoint": "delivery",
            "event_id": "e-1",
            "order_id": "order of e-1",
            "customer": {"id": "c-111"},
        },
    }
    assert "Анна".encode() not in taken.body
    assert b"79001234567" not in taken.body

    await recovery.claim_case(told.database, told.scene.catalogues, case_id, STAFF, now=NOON + MINUTE)
    await recovery.resolve_case(told.database, told.scene.catalogues, case_id, STAFF, now=NOON + HOUR)
    assert await told.tell(NOON + HOUR) == 2
    moves = {one.json["timestamp"]: one.json["data"]["move"] for one in told.crm.taken[1:]}
    assert moves == {
        "2026-11-20T09:01:00Z": {"from": "open", "to": "claimed"},
        "2026-11-20T10:00:00Z": {"from": "claimed", "to": "resolved"},
    }
    assert {one.json["data"]["case"]["state"] for one in told.crm.taken[1:]} == {"resolved"}
    assert await told.states() == {"sent": 3}
    assert await told.log() == [(204, None)] * 3


async def test_an_answer_is_told_once_with_all_that_was_added_within_ten_minutes(told: Told) -> None:
    await told.subscribe("response.received", "response.changed", with_comment=True)
    await told.subscribe("response.received", name="plain")
    view = await told.scene.rate(await told.scene.ask(order_id="42"), 5)
    assert isinstance(view, AskReasons)
    answer = view.answer.response_id
    shop = (told.database, told.scene.catalogues, ANNA, answer)
    await answering.toggle_reason(*shop, 2, chosen=True, now=NOON + MINUTE)
    assert await told.tell(NOON + 9 * MINUTE) == 0
    assert await told.tell(NOON + 10 * MINUTE) == 2
    by_comment = {"comment" in one.json["data"]["response"]: one for one in told.crm.taken}
    assert by_comment[True].json["data"]["response"]["reasons"] == ["fast"]
    assert by_comment[True].json["data"]["response"]["comment"] is None
    assert "case" not in by_comment[True].json["data"]
    assert by_comment[False].json["data"]["customer"] == {"id": "c-7"}

    await answering.finish_reasons(*shop, now=NOON + 11 * MINUTE)
    assert await told.states() == {"sent": 2}, "going on to the comment says nothing new"
    await told.scene.write("Быстро! Звоните 8 900 123-45-67", 1, now=NOON + 12 * MINUTE)
    await told.scene.rate(1, 4, now=NOON + 15 * MINUTE)
    assert await told.tell(NOON + 21 * MINUTE) == 0
    assert await told.tell(NOON + 22 * MINUTE) == 1
    changed = told.crm.taken[-1].json
    assert changed["type"] == "response.changed"
    assert (changed["data"]["response"]["score"], changed["data"]["response"]["comment"]) == (
        4,
        "Быстро! Звоните ☎ ••",
    )
    assert await told.tell(NOON + DAY) == 0


async def test_nothing_is_noted_that_nobody_asked_for(told: Told) -> None:
    await told.complain("e-1")
    await told.subscribe("case.moved")
    case_id = await told.complain("e-2")
    assert await told.tell(NOON + DAY) == 0
    assert await told.scene.count("webhook_messages") == 0
    await recovery.claim_case(told.database, told.scene.catalogues, case_id, STAFF, now=NOON)
    assert await told.tell() == 1
    assert told.crm.types() == ["case.moved"]


async def test_what_is_told_of_somebody_who_was_forgotten_names_nobody(told: Told) -> None:
    await told.subscribe("case.opened", with_comment=True)
    await told.complain()
    await told.scene.write("Позвоните мне: Анна, +79001234567", 1)
    await told.tell()
    assert "Позвоните" in told.crm.taken[0].json["data"]["response"]["comment"]
    await forget(told.database, told.scene.catalogues, ANNA, now=NOON + HOUR)
    assert await replay(told.database, "crm", since=NOON, now=NOON + HOUR) == 1
    await told.tell(NOON + HOUR)
    first, again = told.crm.taken
    assert again.id == first.id
    data = again.json["data"]
    assert (data["customer"], data["order_id"], data["event_id"]) == (None, None, None)
    assert data["response"]["comment"] is None
    assert data["response"]["score"] == 1
