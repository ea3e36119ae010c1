"""What recovery brought, counted by SQL and, independently, one case after the other over small random worlds."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from db.database import Database
from surveys.buying_again import HORIZON
from surveys.publishing import Catalogues, publish
from surveys.recovery_figures import RANKED_FROM, own_recovery, recovery_report
from surveys.reporting import weekly_report
from surveys.rules.weeks import Period, day_start
from tests.surveys.recovery_world import WorldCase, buyers, count, make_world, store

CATALOGUE = """
business: {name: Пекарня, timezone: Europe/Moscow, languages: [ru, en]}
touchpoints:
  delivery: {title: {ru: Доставка, en: Delivery}, survey: delivery-csat}
  visit: {title: {ru: Визит, en: Visit}, survey: delivery-csat}
surveys:
  delivery-csat: {metric: csat, question: {ru: Как доставка?, en: How was it?}}
recovery:
  teams: {logistics: {title: {ru: Логисты, en: Logistics}}, kitchen: {}}
  close_reasons: [{key: refund, title: {ru: Вернули деньги, en: Refund}}, {key: repeat, title: {ru: Снова, en: Again}}]
"""
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


async def published(database: Database) -> Catalogues:
    await publish(database, CATALOGUE, now=NOW)
    catalogues = Catalogues()
    await catalogues.refresh(database)
    return catalogues


@pytest.mark.parametrize(("seed", "days"), [(2, 400), (3, 60)])
async def test_the_figures_are_those_counted_one_by_one(database: Database, seed: int, days: int) -> None:
    catalogues = await published(database)
    world = make_world(seed, NOW)
    await store(database, world)
    end = NOW.date() + timedelta(days=1)
    period = Period(end - timedelta(days=days), end)
    report = await recovery_report(database, catalogues, start=period.start, end=period.end, now=NOW)
    zone = catalogues.zone
    start, stop = day_start(period.start, zone), day_start(period.end, zone)

    def expected(cases: list[WorldCase]) -> dict[str, object]:
        return asdict(count(cases, start, stop, NOW))

    figures = report.figures
    assert asdict(figures.total) == expected(world.cases)
    assert figures.total.settled > 0
    for part, attribute in (("team", "team"), ("touchpoint", "touchpoint"), ("reason", "reason")):
        for row in figures.by[part]:
            mine = [case for case in world.cases if getattr(case, attribute) == row.value]
            assert asdict(row.figures) == expected(mine), (part, row.value)
        assert sum(row.figures.opened for row in figures.by[part]) == figures.total.opened

    owners = {case.owner for case in world.cases}
    ranked = {
        owner
        for owner in owners - {None}
        if count([case for case in world.cases if case.owner == owner], start, stop, NOW).cases >= RANKED_FROM
    }
    assert {row.person_id for row in figures.by["person"] if row.value is not None} == ranked
    for row in figures.by["person"]:
        if row.value is not None or row.people == 0:
            mine = [case for case in world.cases if case.owner == row.person_id]
            assert asdict(row.figures) == expected(mine)
        else:
            mine = [case for case in world.cases if case.owner in owners - ranked - {None}]
            assert row.figures.cases == count(mine, start, stop, NOW).cases
            assert row.figures.median_resolve is None
            nothing = expected([])
            active = {one for one in owners if expected([c for c in world.cases if c.owner == one]) != nothing}
            assert row.people == len(active - ranked - {None})
    own = await own_recovery(database, catalogues, 1001, start=period.start, end=period.end, now=NOW)
    assert asdict(own.figures) == expected([case for case in world.cases if case.owner == 1001])

    bought = figures.bought_again
    told = {name: (share.successes, share.n) for name, share in (
        ("recovered", bought.recovered),
        ("not_recovered", bought.not_recovered),
        ("never_unhappy", bought.never_unhappy),
    )}  # fmt: skip
    assert told == buyers(world, bought.since, bought.until, HORIZON)
    assert bought.until == NOW - HORIZON
    assert bought.until - bought.since >= HORIZON
    assert bought.waiting == len(
        {c.person for c in world.cases if NOW - HORIZON <= c.opened_at < NOW and c.state != "dismissed"}
    )

    again = [a for a in world.answers if a.purpose == "recovery" and start <= a.at < stop]
    pairs = [(next(c.score for c in world.cases if c.event == a.event), a.score) for a in again]
    assert sum(one.n for one in figures.before_after) == len(pairs)
    if len(pairs) >= 5:
        (found,) = figures.before_after
        assert found.difference == pytest.approx(sum(after - before for before, after in pairs) / len(pairs))
        assert (found.negative_before.successes, found.negative_after.successes) == (
            sum(before <= 2 for before, _ in pairs),
            sum(after <= 2 for _, after in pairs),
        )

    weekly = await weekly_report(database, catalogues, start=period.start, end=period.end, now=NOW)
    assert weekly.recovery == figures
    delivery = await weekly_report(
        database, catalogues, start=period.start, end=period.end, touchpoint="delivery", now=NOW
    )
    assert delivery.recovery is not None
    assert asdict(delivery.recovery.total) == expected([c for c in world.cases if c.touchpoint == "delivery"])


async def test_an_empty_shop_has_nothing_and_shows_nothing(database: Database) -> None:
    catalogues = await published(database)
    report = await recovery_report(database, catalogues, start=NOW.date() - timedelta(days=30), end=NOW.date(), now=NOW)
    assert (report.figures.total.cases, report.figures.total.median_resolve) == (0, None)
    assert report.figures.before_after == ()
    assert not report.figures.bought_again.is_known
    assert report.figures.bought_again.recovered.per_cent is None
