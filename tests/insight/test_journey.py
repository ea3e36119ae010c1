"""The customer's way: who goes on where, who stops, who buys, who is lost, against plain counting of the events."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from datetime import date, timedelta
from statistics import median

import pytest

from bot.drawing.kinds import Theme
from bot.drawing.painting import open_painter
from bot.screens.journey import journey_screen
from bot.screens.journey_json import build_journey_document
from bot.screens.journey_picture import build_scene
from bot.screens.plain import plain_text
from bot.screens.report_json import Document, iso_duration
from surveys.rules.metrics import Tally
from surveys.rules.shares import Share, level, share_difference
from surveys.rules.weeks import Period, parse_period
from surveys.stations import Journey
from surveys.tracing import trace_journey
from tests.insight.conftest import DAY, NOW, START, Shop

WITHIN = timedelta(days=30)
HOUR = timedelta(hours=1)


async def traced(shop: Shop, period: Period | None = None, within: timedelta = WITHIN) -> Journey:
    asked = period or parse_period("90d", now=NOW, zone=shop.catalogues.zone)
    return await trace_journey(shop.database, shop.catalogues, asked, within=within, now=NOW)


def station(document: Document, touchpoint: str) -> Document:
    return next(one for one in document["touchpoints"] if one["touchpoint"] == touchpoint)


def draw(*parts: object) -> int:
    """A number that looks random and is the same every time."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4], "big")


async def test_steps_are_those_of_the_events_themselves(shop: Shop) -> None:
    names = ("search", "checkout", "visit", "delivery")
    for customer in range(1, 13):
        for turn in range(draw(customer) % 8):
            at = START + timedelta(hours=draw(customer, turn) % (24 * 80))
            order = f"{customer}-{turn % 2}" if draw(turn, customer) % 3 else None
            await shop.event(names[draw(customer, turn, 1) % 4], customer, at, order=order)
    document = build_journey_document(await traced(shop))

    followed_to = NOW - WITHIN
    last = followed_to.astimezone(shop.catalogues.zone).date()
    assert document["followed_to"] == last.isoformat()
    waits: defaultdict[tuple[str, str | None], list[timedelta]] = defaultdict(list)
    by_time = sorted(enumerate(shop.events), key=lambda pair: (pair[1][2], pair[0]))
    for place, (_, (touchpoint, customer, at, order)) in enumerate(by_time):
        if at.astimezone(shop.catalogues.zone).date() >= last:
            continue
        later = [one for _, one in by_time[place + 1 :] if one[1] == customer and one[2] <= at + WITHIN]
        same = [one for one in later if order is not None and one[3] == order]
        onward = (same or later or [None])[0]
        waits[touchpoint, None if onward is None else onward[0]].append(
            timedelta(0) if onward is None else onward[2] - at
        )
    assert len(waits) > 10
    for touchpoint in names:
        found = {step["touchpoint"]: step for step in station(document, touchpoint)["next"]}
        expected = {onward: times for (name, onward), times in waits.items() if name == touchpoint}
        assert {onward: step["count"] for onward, step in found.items()} == {
            onward: len(times) for onward, times in expected.items()
        }
        for onward, times in expected.items():
            middle = None if onward is None else median(times)
            assert found[onward]["median"] == iso_duration(middle)
        assert sum(step["count"] for step in found.values()) == next(iter(found.values()))["n"]


async def test_an_order_s_own_events_come_before_the_customer_s_others(shop: Shop) -> None:
    await shop.event("checkout", 1, START, order="a")
    await shop.event("checkout", 1, START + HOUR, order="b")
    await shop.event("delivery", 1, START + 2 * DAY, order="a")
    await shop.event("delivery", 1, START + 3 * DAY, order="b")
    document = build_journey_document(await traced(shop))
    (step,) = station(document, "checkout")["next"]
    assert (step["touchpoint"], step["count"], step["n"]) == ("delivery", 2, 2)
    assert step["median"] == "P2DT11H30M"


async def test_what_comes_too_late_or_is_our_own_question_is_no_step(shop: Shop) -> None:
    await shop.event("search", 1, START)
    await shop.event("relationship", 1, START + DAY)
    await shop.event("visit", 1, START + WITHIN + HOUR)
    await shop.event("search", 2, START)
    await shop.event("visit", 2, START + WITHIN)
    document = build_journey_document(await traced(shop))
    steps = {step["touchpoint"]: step["count"] for step in station(document, "search")["next"]}
    assert steps == {"visit": 1, None: 1}
    assert "relationship" not in {one["touchpoint"] for one in document["touchpoints"]}


async def test_events_whose_time_is_not_over_say_nothing_of_stopping(shop: Shop) -> None:
    await shop.event("search", 1, START)
    await shop.event("search", 2, NOW - DAY)
    document = build_journey_document(await traced(shop))
    assert station(document, "search")["events"] == 2
    assert [step["n"] for step in station(document, "search")["next"]] == [1]
    recent = await traced(shop, parse_period("7d", now=NOW, zone=shop.catalogues.zone))
    assert recent.followed_to is None
    assert [step.share.n for step in recent.stations[0].steps] == [1]
    assert "не пошли дальше" in plain_text(journey_screen(recent, "ru"))


async def test_who_buys_counts_customers_by_their_first_visit(shop: Shop) -> None:
    for customer in range(1, 11):
        await shop.event("search", customer, START + customer * HOUR)
        await shop.event("search", customer, START + DAY + customer * HOUR)
    for customer in (1, 2, 3):
        await shop.event("checkout", customer, START + customer * HOUR + customer * DAY, order=f"o-{customer}")
        await shop.event("visit", customer, START + 20 * DAY)
    await shop.event("visit", 4, START + 20 * DAY)
    await shop.event("visit", 5, START + 50 * DAY)
    purchase = station(build_journey_document(await traced(shop)), "search")["purchase"]
    assert (purchase["count"], purchase["n"], purchase["share"]) == (4, 10, 40)
    assert purchase["places"] == {"checkout": 3, "visit": 1}
    assert purchase["median"] == "P2DT12H"
    interval = Share(4, 10).interval
    assert interval is not None
    assert (purchase["low"], purchase["high"]) == pytest.approx((interval.low, interval.high), abs=0.005)


async def test_a_named_way_is_followed_step_by_step(shop: Shop) -> None:
    for customer in range(1, 9):
        await shop.event("search", customer, START)
    for customer in range(1, 6):
        await shop.event("checkout", customer, START + customer * DAY)
    await shop.event("checkout", 6, START + 15 * DAY)  # after the way's fourteen days
    await shop.event("delivery", 7, START + DAY)  # without a checkout
    for customer in (1, 2):
        await shop.event("delivery", customer, START + 10 * DAY)
    await shop.event("delivery", 5, START + 4 * DAY)  # before the checkout
    (way,) = build_journey_document(await traced(shop))["journeys"]
    assert (way["journey"], way["within"], way["followed_to"]) == ("order", "P14D", "2026-11-09")
    assert [(step["touchpoint"], step["count"], step["n"]) for step in way["steps"]] == [
        ("search", 8, 8),
        ("checkout", 5, 8),
        ("delivery", 2, 8),
    ]
    assert [step["median"] for step in way["steps"]] == [None, "P3D", "P8DT12H"]


async def test_unhappy_customers_who_never_come_back_are_told_from_happy_ones(shop: Shop) -> None:
    for customer in range(1, 21):
        unhappy = customer <= 10
        await shop.answer("delivery", customer, START + DAY, 1 if unhappy else 5)
        await shop.answer("delivery", customer, START + 2 * DAY, 5)  # only the first one counts
        if customer > 8:
            await shop.event("search", customer, START + 5 * DAY)
    await shop.event("search", 1, START)  # before the answer
    await shop.event("search", 2, START + DAY + WITHIN + HOUR)
    journey = await traced(shop)
    lost = station(build_journey_document(journey), "delivery")["lost"]
    assert (lost["unhappy"]["count"], lost["unhappy"]["n"]) == (8, 10)
    assert (lost["happy"]["count"], lost["happy"]["n"]) == (0, 10)
    difference = share_difference(Share(8, 10), Share(0, 10))
    assert difference is not None
    assert (lost["difference"], lost["p_value"]) == (80, pytest.approx(difference.p_value, abs=0.0001))
    assert "Где теряем недовольных\n• Доставка: после плохой оценки не возвращаются 80\xa0%" in plain_text(
        journey_screen(journey, "ru")
    )


async def test_scores_volume_and_response_are_the_report_s(shop: Shop) -> None:
    for customer in range(1, 11):
        state = "answered" if customer <= 6 else "expired" if customer <= 8 else "waiting"
        event_id = await shop.event("delivery", customer, START + DAY, state=state)
        if state == "answered":
            await shop.answer("delivery", customer, START + 2 * DAY, customer % 5 + 1, event_id=event_id)
    entry = station(build_journey_document(await traced(shop)), "delivery")
    (score,) = entry["scores"]
    assert (score["metric"], score["n"], score["negative"], score["neutral"], score["positive"]) == ("csat", 6, 3, 1, 2)
    assert (score["score"], score["preliminary"]) == (33.33, True)
    assert (entry["events"], entry["response"]["count"], entry["response"]["n"]) == (10, 6, 8)
    assert entry["stage"] == "after"


async def test_a_shop_without_anything_has_a_way_without_data(shop: Shop) -> None:
    journey = await traced(shop)
    assert [one.touchpoint for one in journey.stations] == ["search", "checkout", "visit", "delivery"]
    assert "ничего не произошло" in plain_text(journey_screen(journey, "ru"))
    assert [stop.note for stop in build_scene(journey, "ru", Theme.LIGHT).stops] == ["событий нет"] * 4


async def test_the_picture_shows_the_lines_and_the_lost(shop: Shop) -> None:
    for customer in range(1, 31):
        await shop.event("search", customer, START)
        await shop.event("checkout", customer, START + HOUR, order=f"o-{customer}")
        await shop.event("delivery", customer, START + DAY, order=f"o-{customer}")
        await shop.answer("delivery", customer, START + 2 * DAY, 1 if customer <= 15 else 5)
        if customer > 15:
            await shop.event("search", customer, START + 5 * DAY)
    journey = await traced(shop)
    scene = build_scene(journey, "en", Theme.DARK)
    lines = {(line.start, line.end): (line.label, line.median) for line in scene.lines}
    assert lines[0, 1] == ("67\xa0%", "60 min")
    assert lines[1, 3] == ("100\xa0%", "23 h")
    assert lines[3, 0] == ("50\xa0%", "4 d")
    assert scene.stops[0].leaving == "33\xa0% stop here · 100\xa0% bought"
    delivery = scene.stops[3]
    assert delivery.lost == "Lost: 100\xa0% of the unhappy, 0\xa0% of the happy"
    assert [label for _, label in delivery.sides] == ["50\xa0%", "0\xa0%", "50\xa0%"]
    async with open_painter() as painter:
        drawn = await painter.paint(scene)
    width = int.from_bytes(drawn[16:20], "big")
    assert (drawn[:4], width) == (b"\x89PNG", 1080)


def test_a_touchpoint_is_what_its_answers_surely_say() -> None:
    assert level(Tally(1, 0, 3)) is None
    assert [level(Tally(*sides)) for sides in ((2, 2, 20), (20, 2, 2), (9, 5, 10))] == [
        "positive",
        "negative",
        "neutral",
    ]
    assert Counter(level(Tally(0, n, 0)) for n in range(5, 50)) == {"neutral": 45}


def test_the_period_is_the_last_ninety_days_with_today() -> None:
    from zoneinfo import ZoneInfo

    period = parse_period("90d", now=NOW, zone=ZoneInfo("Europe/Moscow"))
    assert (period.start, period.end) == (date(2026, 8, 26), date(2026, 11, 24))
