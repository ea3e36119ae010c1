"""A large journey is counted once an hour, says when, and is the same as one that was just counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.screens.journey_json import build_journey_document
from surveys.publishing import publish
from surveys.rules.weeks import parse_period
from surveys.stations import Journey
from surveys.tracing import prepare_journey, trace_journey
from tests.insight.conftest import CATALOGUE, DAY, NOW, START, Shop

MINUTE = timedelta(minutes=1)


async def traced(shop: Shop, *, after: timedelta = timedelta(0), large: bool = True) -> Journey:
    now = NOW + after
    period = parse_period("90d", now=now, zone=shop.catalogues.zone)
    return await trace_journey(shop.database, shop.catalogues, period, now=now, worth_keeping=-1.0 if large else 60.0)


async def fill(shop: Shop) -> None:
    for customer in range(1, 9):
        await shop.event("search", customer, START + DAY)
        event_id = await shop.event("checkout", customer, START + 2 * DAY, order=f"o-{customer}", state="answered")
        await shop.answer("checkout", customer, START + 3 * DAY, customer % 7 + 1, metric="ces", event_id=event_id)
        if customer % 2:
            await shop.event("delivery", customer, START + 4 * DAY, order=f"o-{customer}")


async def events(shop: Shop, after: timedelta) -> int:
    return (await traced(shop, after=after, large=False)).stations[0].funnel.events


async def test_what_is_kept_is_what_was_counted(shop: Shop) -> None:
    await fill(shop)
    counted = await traced(shop)
    await shop.event("search", 50, START + DAY)
    kept = await traced(shop, after=59 * MINUTE)
    assert kept == counted
    assert build_journey_document(kept) == build_journey_document(counted)
    assert kept.counted_at == NOW
    anew = await traced(shop, after=66 * MINUTE)
    assert anew.counted_at == NOW + 66 * MINUTE
    assert anew.stations[0].funnel.events == counted.stations[0].funnel.events + 1


async def test_a_small_journey_is_always_counted_anew(shop: Shop) -> None:
    await fill(shop)
    before = await events(shop, timedelta(0))
    await shop.event("search", 50, START + DAY)
    assert await events(shop, timedelta(0)) == before + 1


async def test_another_catalogue_or_an_older_clock_does_not_show_what_was_kept(shop: Shop) -> None:
    await fill(shop)
    await traced(shop)
    await shop.event("search", 50, START + DAY)
    assert await events(shop, -MINUTE) == 9
    await publish(shop.database, CATALOGUE.replace("Пекарня", "Булочная"), now=NOW)
    await shop.catalogues.refresh(shop.database)
    assert await events(shop, MINUTE) == 9


async def test_the_loop_counts_ahead_once_an_hour_while_somebody_asks(shop: Shop) -> None:
    await fill(shop)
    assert not await prepare_journey(shop.database, shop.catalogues, now=NOW)
    await traced(shop)
    await shop.event("search", 50, START + DAY)
    assert await prepare_journey(shop.database, shop.catalogues, now=NOW + MINUTE)
    assert await events(shop, 2 * MINUTE) == 9
    assert not await prepare_journey(shop.database, shop.catalogues, now=NOW + 60 * MINUTE)
    assert await prepare_journey(shop.database, shop.catalogues, now=NOW + 61 * MINUTE)
    ahead = await traced(shop, after=90 * MINUTE, large=False)
    assert ahead.counted_at == NOW + 61 * MINUTE
    later = NOW + 6 * DAY
    assert await prepare_journey(shop.database, shop.catalogues, now=later)
    await traced(shop, after=6 * DAY + MINUTE, large=False)
    assert await prepare_journey(shop.database, shop.catalogues, now=NOW + 12 * DAY)
    later = NOW + 20 * DAY
    assert not await prepare_journey(shop.database, shop.catalogues, now=later)
    async with shop.database.transaction() as transaction:
        assert await transaction.value("select count(*) from journey_counts") == 0


async def test_a_large_journey_is_counted_ahead_of_the_first_who_asks(shop: Shop) -> None:
    await fill(shop)
    assert not await prepare_journey(shop.database, shop.catalogues, now=NOW, large_from=9)
    assert await prepare_journey(shop.database, shop.catalogues, now=NOW, large_from=8)
    assert not await prepare_journey(shop.database, shop.catalogues, now=NOW + MINUTE, large_from=8), "once an hour"
    assert (await traced(shop, after=2 * MINUTE, large=False)).counted_at == NOW


async def test_what_another_program_kept_is_counted_anew(shop: Shop) -> None:
    await fill(shop)
    counted = await traced(shop)
    async with shop.database.transaction() as transaction:
        await transaction.run("update journey_counts set content = '{\"format\": 0}'")
    assert replace(await traced(shop, after=MINUTE), counted_at=NOW) == counted
