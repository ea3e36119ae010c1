"""Another catalogue tried on what was recorded: the real loop played it first, and small sums check what comes out."""

from __future__ import annotations

import random  # noqa: TID251 - a fixed seed makes the days of a made-up shop
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from surveys.catalog.reading import read_catalogue
from surveys.comparing import Comparison, Effect, Outcome, compare
from surveys.intake import IncomingEvent, cancel_event
from surveys.rules.journey import Catalogue
from surveys.rules.weeks import local_day
from tests.surveys.asking.conftest import CATALOGUE

from .test_simulating import made_up

if TYPE_CHECKING:
    from .conftest import OpenShop, Shop

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def proposed(**replaced: str) -> Catalogue:
    source = CATALOGUE.replace("MAX_PER_DAY", "5000")
    for before, after in replaced.items():
        source = source.replace(before.replace("_", " "), after)
    reading = read_catalogue(source, name="new.yaml")
    assert reading.catalogue is not None
    return reading.catalogue


async def run_until(shop: Shop, instant: datetime) -> None:
    """Let the loop send everything at the very instant it is due."""
    while True:
        (row,) = await shop.rows("select min(due_at) as due_at from schedule where state = 'due'")
        due_at = row["due_at"]
        if not isinstance(due_at, datetime) or due_at > instant:
            break
        shop.now = due_at
        await shop.deliver()
    shop.now = instant


async def stored(shop: Shop) -> list[object]:
    """All that deciding would write."""
    tables = ("touchpoint_events", "invitations", "invitation_steps", "schedule", "persons", "customers", "accounts")
    return [await shop.rows(f"select md5(string_agg(t::text, ',' order by id)) from {table} t") for table in tables]


async def play(shop: Shop, events: list[tuple[datetime, IncomingEvent]]) -> None:
    """Report events, each when it became known, through the database."""
    for instant, event in sorted(events, key=lambda pair: (pair[0], pair[1].id)):
        await run_until(shop, instant)
        await shop.report(event)


async def compared(shop: Shop, catalogue: Catalogue, start: datetime, end: datetime | None = None) -> Comparison:
    return await compare(shop.database, shop.catalogues, catalogue, start=start, end=end or shop.now, now=shop.now)


async def test_the_catalogue_in_force_brings_back_what_really_happened(open_shop: OpenShop) -> None:
    """Events known late, people who connect later or never, who opt out, cancelled events, a tight daily limit, and
    questions of before the period that still count."""
    shop = await open_shop(max_per_day=4)
    begin = shop.now
    chance = random.Random(11)
    events = []
    for event in made_up(begin, 160, 16):
        late = timedelta(hours=chance.choice([0, 0, 0, 1, 5, 70]))
        number = int(event.customer.id.partition("-")[2])
        connected_from = begin + timedelta(days=number * 4) if number % 3 == 0 else begin
        known = event.occurred_at + late
        who = replace(event.customer, timezone="Asia/Omsk" if number % 2 else None)
        if known < connected_from:
            who = replace(who, telegram_id=None)
        events.append((known, replace(event, customer=who)))
    cut = begin + 12 * DAY
    for instant, event in sorted(events, key=lambda pair: (pair[0], pair[1].id)):
        await run_until(shop, instant)
        await shop.report(event)
        if event.id.endswith("7"):
            await run_until(shop, instant + timedelta(minutes=1))
            await cancel_event(shop.database, event.id, now=shop.now)
        if event.id == "e-70":
            await shop.run("update persons set opted_out_at = $1 where id % 7 = 1", shop.now)
    await run_until(shop, begin + 44 * DAY)
    await shop.sweep()
    await run_until(shop, shop.now + timedelta(minutes=1))

    found = await compared(shop, shop.catalogues.in_force.catalogue, cut)

    (row,) = await shop.rows("select count(*) as n from touchpoint_events where occurred_at >= $1", cut)
    assert found.events == row["n"] > 80
    assert found.changes == ()
    assert found.in_force == found.proposed == found.recorded
    assert found.reproduced == found.events
    reasons = {outcome for counts in found.recorded.counts.values() for outcome in counts}
    assert {"asked", "skipped", "cancelled"} <= {one.outcome for one in reasons}
    assert {"quarantine", "no_survey", "opted_out", "stale", "unreachable", "order_already_asked"} <= {
        one.reason for one in reasons
    }
    assert found.recorded.days_at_limit > 0


async def test_the_figures_are_those_of_small_sums(shop: Shop) -> None:
    begin = shop.now
    await play(shop, [(event.occurred_at, event) for event in made_up(begin, 120, 30)])
    await run_until(shop, begin + 60 * DAY)
    before = await stored(shop)

    found = await compared(shop, proposed(**{"any:_P7D": "any: PT1H"}), begin)

    zone = shop.catalogues.zone
    sent = await shop.rows(
        "select i.touchpoint, a.person_id, i.sent_at from invitations i join accounts a on a.id = i.account_id"
        " where i.sent_at is not null"
    )
    days = Counter(local_day(row["sent_at"], zone) for row in sent)  # type: ignore[arg-type]
    people = Counter(Counter(row["person_id"] for row in sent).values())
    real = found.recorded
    assert real.asked == len(sent)
    assert {day.day: day.asked for day in real.per_day} == days
    assert dict(real.people) == people
    assert real.busiest is not None
    assert real.busiest.asked == max(days.values())
    assert real.mean_per_day == pytest.approx(len(sent) / real.days)
    states = await shop.rows("select touchpoint, state, reason, count(*) as n from invitations group by 1, 2, 3")
    expected: Counter[tuple[object, Outcome]] = Counter()
    for row in states:
        asked = row["state"] in ("sent", "answered", "expired", "unknown")
        outcome = Outcome("asked") if asked else Outcome(str(row["state"]), row["reason"])  # type: ignore[arg-type]
        expected[row["touchpoint"], outcome] += int(str(row["n"]))
    assert {(name, one): n for name, counts in real.counts.items() for one, n in counts.items()} == expected
    assert found.proposed.asked > found.in_force.asked, "a shorter quarantine asks more"
    moved = sum(change.count for change in found.changes if change.after == Outcome("asked"))
    back = sum(change.count for change in found.changes if change.before == Outcome("asked"))
    assert found.proposed.asked - found.in_force.asked == moved - back
    assert {change.before.reason for change in found.changes if change.after == Outcome("asked")} == {"quarantine"}
    assert await stored(shop) == before, "nothing is written"


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (lambda catalogue: _touchpoint(catalogue, "delivery", sample=0.0), Outcome("skipped", "not_sampled")),
        (lambda catalogue: _touchpoint(catalogue, "delivery", survey=None), Outcome("skipped", "no_survey")),
        (lambda catalogue: _touchpoint(catalogue, "delivery", ask_after=3 * DAY), Outcome("skipped", "stale")),
        (lambda catalogue: _without(catalogue, "delivery"), Outcome("skipped", "no_survey")),
    ],
)
async def test_each_change_has_its_effect_on_each_event(
    shop: Shop, change: Callable[[Catalogue], Catalogue], outcome: Outcome
) -> None:
    begin = shop.now
    await play(
        shop,
        [
            (begin + n * HOUR, shop.event(f"e-{n}", ago=-n * HOUR, customer=f"c-{n}", telegram_id=n + 1))
            for n in range(4)
        ],
    )
    await run_until(shop, begin + 9 * DAY)

    found = await compared(shop, change(shop.catalogues.in_force.catalogue), begin)

    assert found.in_force.counts == {"delivery": {Outcome("asked"): 4}}
    assert found.proposed.counts == {"delivery": {outcome: 4}}
    assert found.proposed.asked == 0
    assert found.proposed.people == {}
    (only,) = found.changes
    assert (only.touchpoint, only.before, only.after, only.count) == ("delivery", Outcome("asked"), outcome, 4)
    assert only.example == "e-0"


async def test_what_is_not_over_yet_is_planned_or_waits(shop: Shop) -> None:
    begin = shop.now
    await shop.report(shop.event("e-1"), shop.event("e-2", customer="c-2", telegram_id=None))
    shop.now += HOUR

    found = await compared(shop, shop.catalogues.in_force.catalogue, begin)

    assert found.recorded.counts == found.in_force.counts
    assert found.in_force.counts == {"delivery": {Outcome("planned"): 1, Outcome("waiting"): 1}}
    assert found.in_force.asked == 0


async def test_the_forgotten_are_left_out_and_told_of(shop: Shop) -> None:
    begin = shop.now
    await shop.report(shop.event("e-1"), shop.event("e-2", customer="c-2", telegram_id=2))
    await shop.run("update touchpoint_events set customer_id = null where external_id = 'e-1'")
    shop.now += HOUR
    found = await compared(shop, shop.catalogues.in_force.catalogue, begin)
    assert (found.events, found.forgotten) == (1, 1)
    nothing = await compared(shop, shop.catalogues.in_force.catalogue, begin - 9 * DAY, begin)
    assert (nothing.events, nothing.recorded.asked, nothing.recorded.busiest) == (0, 0, None)
    assert isinstance(nothing.proposed, Effect)


def _touchpoint(catalogue: Catalogue, name: str, **changed: object) -> Catalogue:
    touchpoints = dict(catalogue.touchpoints)
    touchpoints[name] = replace(touchpoints[name], **changed)  # type: ignore[arg-type]
    return replace(catalogue, touchpoints=touchpoints)


def _without(catalogue: Catalogue, name: str) -> Catalogue:
    return replace(catalogue, touchpoints={key: one for key, one in catalogue.touchpoints.items() if key != name})
