"""The audit: who cares for a touchpoint, who is not heard of any more, what arrives that nobody knows."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.screens.audit import audit_screen
from bot.screens.audit_json import build_audit_document
from bot.screens.plain import plain_text
from bot.screens.report_json import Document
from surveys.auditing import audit
from surveys.intake import IncomingCustomer, IncomingEvent, take_in
from surveys.publishing import publish
from surveys.rules.auditing import UNNAMED, nameable
from tests.insight.conftest import CATALOGUE, DAY, NOW, Shop


async def audited(shop: Shop) -> Document:
    return build_audit_document(await audit(shop.database, shop.catalogues, now=NOW), "en")


def kinds(document: Document, touchpoint: str) -> set[str]:
    return {finding["kind"] for finding in document["findings"] if finding["touchpoint"] == touchpoint}


def finding(document: Document, kind: str) -> Document:
    return next(one for one in document["findings"] if one["kind"] == kind)


def incoming(number: int, touchpoint: str) -> IncomingEvent:
    return IncomingEvent(f"e-{number}", touchpoint, NOW - DAY, IncomingCustomer(f"c-{number}"))


async def test_a_catalogue_alone_is_told_what_it_lacks(shop: Shop) -> None:
    document = await audited(shop)
    assert document["managed"] == 0
    assert kinds(document, "search") == {"never_reported", "no_survey", "no_standard"}
    assert kinds(document, "visit") == {"never_reported", "no_survey", "no_standard"}
    assert kinds(document, "checkout") == kinds(document, "delivery") == {"never_reported"}
    assert kinds(document, "relationship") == {"silent_answers", "no_owner", "no_standard"}
    assert all(one["what"] and one["advice"] for one in document["findings"])


async def test_a_touchpoint_that_is_cared_for_and_lives_has_nothing_wrong(shop: Shop) -> None:
    for customer in range(1, 41):
        event_id = await shop.event("delivery", customer, NOW - 3 * DAY, state="answered")
        await shop.answer("delivery", customer, NOW - 2 * DAY, 5, event_id=event_id)
    document = await audited(shop)
    assert kinds(document, "delivery") == set()
    assert document["managed"] == 1
    told = plain_text(audit_screen(await audit(shop.database, shop.catalogues, now=NOW), "ru"))
    assert "Под управлением 1 точка из 5" in told
    assert "Живут сами по себе: Поиск, Заказ, Визит, Отношения" in told


async def test_silence_begins_after_fourteen_days(shop: Shop) -> None:
    await shop.event("search", 1, NOW - 14 * DAY)
    await shop.event("visit", 1, NOW - 14 * DAY - timedelta(seconds=1))
    await shop.event("delivery", 1, NOW - DAY)
    await shop.answer("delivery", 1, NOW - 15 * DAY, 5)
    await shop.event("checkout", 1, NOW - 200 * DAY)
    document = await audited(shop)
    assert "silent_events" not in kinds(document, "search")
    assert "silent_events" in kinds(document, "visit")
    assert kinds(document, "delivery") == {"silent_answers"}
    assert finding(document, "silent_answers")["last_at"] == (NOW - 15 * DAY).isoformat()
    assert kinds(document, "checkout") == {"never_reported"}


async def test_low_reach_and_few_answers_are_told_only_when_sure(shop: Shop) -> None:
    for customer in range(1, 41):
        state, reason = (
            ("waiting", None) if customer <= 12 else ("skipped", "unreachable" if customer <= 24 else "sample")
        )
        await shop.event("delivery", customer, NOW - DAY, state=state, reason=reason)
    for customer in range(1, 61):
        await shop.event("checkout", customer, NOW - DAY, state="answered" if customer <= 3 else "expired")
    for customer in range(1, 9):
        await shop.event("visit", customer, NOW - DAY, state="waiting" if customer <= 4 else "expired")
    document = await audited(shop)
    assert "unreached" in kinds(document, "delivery")
    assert finding(document, "unreached")["share"]["count"] == 24
    assert "low_response" in kinds(document, "checkout")
    assert finding(document, "low_response")["share"] == {"count": 3, "n": 60, "share": 5, "low": 1.71, "high": 13.7}
    assert kinds(document, "visit").isdisjoint({"unreached", "low_response"})


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        ((1, 1, 1, 5), (1, 1, 2, 5), "stuck_negative"),
        ((1, 5, 3, 3), (1, 5, 3, 4, 2, 3), "stuck_neutral"),
        ((1, 1, 1, 1), (1, 5, 3, 5, 1, 5), None),  # up beyond chance
        ((5, 5, 5, 4), (1, 1, 1, 5), None),  # new, not stuck
        ((1, 1, 1, 5), (5, 5, 5, 5), None),
    ],
)
async def test_what_does_not_move_for_a_quarter(
    shop: Shop, before: tuple[int, ...], now: tuple[int, ...], found: str | None
) -> None:
    for scores, at in ((before, NOW - 120 * DAY), (now, NOW - 10 * DAY)):
        for number in range(48):
            await shop.answer("delivery", None, at, scores[number % len(scores)])
    document = await audited(shop)
    assert {kind for kind in kinds(document, "delivery") if kind.startswith("stuck")} == ({found} if found else set())
    if found is not None:
        assert finding(document, found)["score"]["n"] == finding(document, found)["previous"]["n"] == 48


async def test_what_is_gone_from_the_catalogue_is_told(shop: Shop) -> None:
    await shop.event("kiosk", 1, NOW - DAY)
    await shop.answer("stall", 1, NOW - DAY, 5)
    document = await audited(shop)
    assert kinds(document, "kiosk") == kinds(document, "stall") == {"unconfigured"}


async def test_rejected_touchpoints_are_counted_by_day_and_named(shop: Shop) -> None:
    events = [incoming(1, "delivry"), incoming(2, "delivry"), incoming(3, "+7 900 123-45-67"), incoming(4, "delivery")]
    results = await take_in(shop.database, shop.catalogues, events, now=NOW)
    assert [result.status for result in results] == ["rejected", "rejected", "rejected", "accepted"]
    await take_in(shop.database, shop.catalogues, [incoming(1, "delivry")], now=NOW - DAY)
    await take_in(shop.database, shop.catalogues, [incoming(5, "nowhere")], now=NOW, dry_run=True)

    document = await audited(shop)
    unknown = [one for one in document["findings"] if one["kind"] == "unknown"]
    assert [(one["touchpoint"], one["rejected"], one["first_on"], one["last_on"], one["near"]) for one in unknown] == [
        ("delivry", 3, "2026-11-22", "2026-11-23", "delivery"),
        (UNNAMED, 1, "2026-11-23", "2026-11-23", None),
    ]
    async with shop.database.transaction() as transaction:
        kept = await transaction.rows("select * from unknown_touchpoints")
    assert "900" not in str(kept)
    told = plain_text(audit_screen(await audit(shop.database, shop.catalogues, now=NOW), "ru"))
    assert "delivry: 3 отклонённых сообщения, последнее 23 ноября 2026; возможно, имеется в виду delivery" in told
    assert "названия, похожие на личные данные" in told


async def test_a_flood_of_names_and_old_days_fill_nothing(shop: Shop) -> None:
    names = [f"{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(150)]
    events = [incoming(number, name) for number, name in enumerate(names)]
    await take_in(shop.database, shop.catalogues, events[:1], now=NOW - 500 * DAY)
    for _ in range(2):
        await take_in(shop.database, shop.catalogues, events, now=NOW)
    await take_in(shop.database, shop.catalogues, [incoming(0, "late-one"), *events[:1]], now=NOW)
    async with shop.database.transaction() as transaction:
        rows = await transaction.rows("select touchpoint, rejected from unknown_touchpoints order by 1")
    assert len(rows) == 100
    assert {row["rejected"] for row in rows} == {2, 3}
    assert (rows[0]["touchpoint"], rows[0]["rejected"]) == ("aa", 3)


async def test_reports_at_the_same_moment_are_all_counted(shop: Shop) -> None:
    names = ["kiosk", "stall", "van", "fair"]
    turned = [names[turn % 4 :] + names[: turn % 4] for turn in range(8)]
    batches = [[incoming(turn, name) for name in listed] for turn, listed in enumerate(turned)]
    await asyncio.gather(*(take_in(shop.database, shop.catalogues, batch, now=NOW) for batch in batches))
    document = await audited(shop)
    counted = {one["touchpoint"]: one["rejected"] for one in document["findings"] if one["kind"] == "unknown"}
    assert counted == dict.fromkeys(names, 8)


async def test_a_touchpoint_that_got_into_the_catalogue_is_unknown_no_longer_from_then_on(shop: Shop) -> None:
    await take_in(shop.database, shop.catalogues, [incoming(1, "kiosk")], now=NOW)
    wider = CATALOGUE.replace("  visit:", "  kiosk: {title: {ru: Киоск, en: Kiosk}}\n  visit:")
    await publish(shop.database, wider, now=NOW)
    await shop.catalogues.refresh(shop.database)
    await take_in(shop.database, shop.catalogues, [incoming(1, "kiosk")], now=NOW)
    document = await audited(shop)
    assert [one["kind"] for one in document["findings"] if one["touchpoint"] == "kiosk"] == [
        "no_survey",
        "no_owner",
        "no_standard",
    ]


@given(st.text(max_size=60))
def test_a_kept_name_is_short_and_holds_no_number(text: str) -> None:
    kept = nameable(text)
    assert kept in (text, UNNAMED)
    assert 1 <= len(kept) <= 40
    assert sum(character.isdigit() for character in kept) <= 4


@pytest.mark.parametrize(
    "personal", ["+79001234567", "anna@example.org", "9001234567", "Анна, позвоните", "", "a\nb", "x" * 41]
)
def test_what_may_be_personal_is_not_kept(personal: str) -> None:
    assert nameable(personal) == UNNAMED


@pytest.mark.parametrize("name", ["Delivery", "доставка", "order.delivered", "shop 12", "crm:visit"])
def test_what_is_surely_a_touchpoint_is_named(name: str) -> None:
    assert nameable(name) == name
