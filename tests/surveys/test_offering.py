"""Promo codes and the consent to offers on a real database, many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from db.database import Database
from surveys import closing, complaining, membership, people, pools
from surveys.actors import Actor
from surveys.closing import ClosedByForm, CodeNotGiven, FormResult, FormView
from surveys.intake import IncomingCustomer, IncomingEvent, take_in
from surveys.linking import LinkRequest, connect, make_link_keys
from surveys.publishing import Catalogues, publish
from surveys.recovery import StaffActor
from surveys.rules.cases import GIVEN
from surveys.rules.closing import FormKind, TickedGiven, WrittenNote
from surveys.rules.offers import CodeRefusal

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
TEAM = -1
CATALOGUE = """
business: {name: Bakery, timezone: Europe/Berlin, languages: [en]}
touchpoints:
  delivery: {title: {en: Delivery}, survey: delivery-csat}
surveys:
  delivery-csat: {metric: csat, question: {en: How was it?}}
recovery:
  pools:
    sorry: {title: {en: 15 % off}, text: {en: "Take {code}"}, per_day: 4, low_at: 1, every: P10D}
"""


@pytest.fixture
async def catalogues(database: Database) -> Catalogues:
    """The catalogue in force, and a team that works in a chat."""
    await publish(database, CATALOGUE, now=NOW)
    await membership.set_team_chat(database, "staff", TEAM, title=None, now=NOW)
    found = Catalogues()
    await found.refresh(database)
    return found


def customer(number: int) -> Actor:
    return Actor("telegram", 500 + number, f"Customer {number}", "en")


async def ready_form(database: Database, catalogues: Catalogues, number: int, *, now: datetime = NOW) -> int:
    """A form with a ticked code about a new complaint of this customer."""
    await complaining.complain(database, catalogues, customer(number), now=now)
    async with database.autocommit() as statement:
        case_id = await statement.value("select max(id) from cases")
    assert isinstance(case_id, int)
    form = await closing.begin_form(database, catalogues, case_id, FormKind.RESOLVE, staff(number), now=now)
    assert isinstance(form, FormView)
    for entry in (TickedGiven(GIVEN.index("code"), True), WrittenNote("sorry")):
        await closing.fill_in_form(database, catalogues, form.form_id, entry, staff(number))
    return form.form_id


def staff(number: int) -> StaffActor:
    return StaffActor(9000 + number, f"Staff {number}", TEAM)


async def finish(
    database: Database, catalogues: Catalogues, forms: Sequence[int], *, now: datetime = NOW
) -> list[FormResult]:
    return await asyncio.gather(
        *(closing.finish_form(database, catalogues, form, staff(number), now=now) for number, form in enumerate(forms))
    )


def refusals(results: Sequence[FormResult]) -> list[CodeRefusal]:
    return [result.refused.refusal for result in results if isinstance(result, CodeNotGiven)]


async def test_of_many_who_want_the_last_codes_each_gets_another_or_none(
    database: Database, catalogues: Catalogues
) -> None:
    await pools.import_codes(database, catalogues, "sorry", ["A", "B", "C"], now=NOW)
    forms = [await ready_form(database, catalogues, number) for number in range(8)]
    results = await finish(database, catalogues, forms)
    given = [result.code.code for result in results if isinstance(result, ClosedByForm) and result.code is not None]
    assert sorted(given) == ["A", "B", "C"]
    assert refusals(results) == [CodeRefusal.EMPTY] * 5
    async with database.autocommit() as statement:
        closed = await statement.value("select count(*) from cases where state = 'resolved'")
        notices = await statement.value("select count(*) from schedule where kind = 'notice'")
    assert closed == 3
    assert notices == 0  # nobody manages here


async def test_a_days_budget_holds_however_many_ask_at_once(database: Database, catalogues: Catalogues) -> None:
    await membership.settle_in(database, owners=[7], staff_chat=None, now=NOW)
    await pools.import_codes(database, catalogues, "sorry", [f"C{number}" for number in range(5)], now=NOW)
    forms = [await ready_form(database, catalogues, number) for number in range(6)]
    results = await finish(database, catalogues, forms)
    assert refusals(results) == [CodeRefusal.BUDGET] * 2
    (standing,) = await pools.list_pools(database, catalogues, now=NOW)
    assert (standing.free, standing.given, standing.given_today, standing.low) == (1, 4, 4, False)
    (tomorrow,) = await pools.list_pools(database, catalogues, now=NOW + timedelta(days=1))
    assert (tomorrow.given, tomorrow.given_today) == (4, 0)

    form = await ready_form(database, catalogues, 0, now=NOW + timedelta(days=10) - timedelta(seconds=1))
    assert refusals(await finish(database, catalogues, [form], now=NOW + timedelta(days=9))) == [
        CodeRefusal.CUSTOMER_HAS_ONE
    ]
    await closing.fill_in_form(database, catalogues, form, TickedGiven(GIVEN.index("code"), True), staff(0))
    for _ in range(2):
        await finish(database, catalogues, [form], now=NOW + timedelta(days=10))
    async with database.autocommit() as statement:
        rows = await statement.rows("select recipient, detail from schedule where kind = 'notice'")
    assert [tuple(row) for row in rows] == [("chat:7", "low_codes:sorry")]


async def test_a_withdrawn_pool_gives_no_codes(database: Database, catalogues: Catalogues) -> None:
    await pools.import_codes(database, catalogues, "sorry", ["A", "B"], now=NOW)
    assert await pools.withdraw_pool(database, catalogues, "sorry") == 2
    form = await ready_form(database, catalogues, 0)
    assert refusals(await finish(database, catalogues, [form])) == [CodeRefusal.EMPTY]
    assert await pools.import_codes(database, catalogues, "sorry", ["A", "D"], now=NOW) == 1


def event(number: int, *, offers: bool | None) -> IncomingEvent:
    return IncomingEvent(f"e{number}", "delivery", NOW, IncomingCustomer("c-1", offers=offers))


async def words(database: Database) -> list[tuple[object, ...]]:
    async with database.autocommit() as statement:
        rows = await statement.rows(
            """
            select c.given, c.source, p.offers_consent from consents c join persons p on p.id = c.person_id
            where exists (select from customers u where u.person_id = p.id) order by c.id
            """
        )
    return [tuple(row) for row in rows]


async def test_consent_follows_whoever_turns_out_to_be_the_customer(database: Database, catalogues: Catalogues) -> None:
    await take_in(database, catalogues, [event(1, offers=True), event(2, offers=None)], now=NOW)
    assert await words(database) == [(True, "shop", True)]
    await people.settle_offers(database, catalogues, customer(1), agreed=False, now=NOW)
    (key,) = await make_link_keys(database, [LinkRequest("c-1")], now=NOW)
    await connect(database, catalogues, customer(1), key, now=NOW)
    assert await words(database) == [(True, "shop", False), (False, "customer", False)]
    await take_in(database, catalogues, [event(3, offers=True)], now=NOW)
    for _ in range(2):
        await people.settle_offers(database, catalogues, customer(1), agreed=True, now=NOW)
    assert await words(database) == [(True, "shop", True), (False, "customer", True), (True, "customer", True)]
    assert (await people.describe_privacy(database, catalogues, customer(1))).agreed_to_offers is True
    await people.forget(database, catalogues, customer(1), now=NOW)
    assert await words(database) == []
