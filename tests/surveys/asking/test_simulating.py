from __future__ import annotations

import random  # noqa: TID251 - a fixed seed makes the days of a made-up shop
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from surveys.intake import IncomingCustomer, IncomingEvent
from surveys.simulating import Simulated, simulate

if TYPE_CHECKING:
    from .conftest import OpenShop, Shop

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def made_up(start: datetime, count: int, people: int, seed: int = 7) -> list[IncomingEvent]:
    """Weeks of a shop's events, reachable people only."""
    chance = random.Random(seed)
    return [
        IncomingEvent(
            f"e-{number}",
            chance.choice(["delivery", "product", "returned"]),
            start + timedelta(seconds=chance.randrange(40 * 86400)),
            IncomingCustomer(f"c-{person}", telegram_id=person + 1, timezone=chance.choice([None, "Asia/Omsk"])),
            order_id=f"o-{person}-{chance.randrange(4)}",
        )
        for number in range(count)
        for person in [chance.randrange(people)]
    ]


def told(results: list[Simulated]) -> dict[str, tuple[str, datetime | None, str | None]]:
    return {one.event_id: (one.outcome, one.at, one.reason) for one in results}


def test_events_are_replayed_in_the_order_they_happened(shop: Shop) -> None:
    events = [
        shop.event("late", ago=-HOUR, order_id="1"),
        shop.event("best", "product", order_id="1"),
        shop.event("early", ago=HOUR, order_id="1"),
        shop.event("early", order_id="1"),
        shop.event("bad", "nowhere"),
        shop.event("other", ago=-2 * HOUR),
    ]
    results = told(list(simulate(shop.catalogues.in_force.catalogue, events)))
    assert results["best"] == ("asked", shop.now + 3 * HOUR, None)
    assert results["late"][2] == "lower_priority"
    assert results["other"][2] == "quarantine"
    assert results["bad"][0] == "rejected"
    assert len([one for one in simulate(shop.catalogues.in_force.catalogue, events) if one.outcome == "duplicate"]) == 1


def test_whoever_cannot_be_reached_waits(shop: Shop) -> None:
    events = [shop.event("e-1", telegram_id=None)]
    catalogue = shop.catalogues.in_force.catalogue
    assert [one.outcome for one in simulate(catalogue, events)] == ["asked"]
    assert [one.outcome for one in simulate(catalogue, events, everybody_reachable=False)] == ["waiting"]


async def test_max_per_day(open_shop: OpenShop) -> None:
    shop = await open_shop(max_per_day=2)
    events = [shop.event(f"e-{n}", customer=f"c-{n}", telegram_id=n + 1) for n in range(5)]
    results = list(simulate(shop.catalogues.in_force.catalogue, events))
    days = [one.at.date() for one in results if one.at]
    assert [days.count(day) for day in sorted(set(days))] == [2, 2, 1] or sorted(one.outcome for one in results)[
        -1
    ] == "skipped"


async def test_the_simulation_and_the_real_loop_agree(shop: Shop) -> None:
    """The same days through the database, time passed in, give the same questions and the same reasons."""
    events = made_up(shop.now, 150, 12)
    simulated = told(list(simulate(shop.catalogues.in_force.catalogue, events)))
    times = sorted(
        {event.occurred_at for event in events} | {at for outcome, at, _ in simulated.values() if at is not None}
    )
    by_time: dict[datetime, list[IncomingEvent]] = {}
    for event in events:
        by_time.setdefault(event.occurred_at, []).append(event)
    for instant in times:
        shop.now = instant
        await shop.deliver()
        if instant in by_time:
            await shop.report(*by_time[instant])
    rows = await shop.rows(
        "select e.external_id, i.state, i.reason, i.sent_at from invitations i"
        " join touchpoint_events e on e.id = i.event_id"
    )
    real = {
        str(row["external_id"]): ("asked" if row["sent_at"] else row["state"], row["sent_at"], row["reason"])
        for row in rows
    }
    assert real == simulated
    assert {outcome for outcome, _, _ in simulated.values()} == {"asked", "skipped"}
