"""Promo codes and the consent to offers on a real database, many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db.database import Database
from surveys import closing, complaining, membership, people, pools
from surveys.actors import Actor
from surveys.channels import remember_bot
from surveys.closing import ClosedByForm, CodeNotGiven, FormResult, FormView
from surveys.intake import IncomingCustomer, IncomingEvent, take_in
from surveys.linking import LinkRequest, connect, make_link_keys
from surveys.publishing import Catalogues, publish
from surveys.recovery import StaffActor
from surveys.rules.cases import GIVEN
from surveys.rules.closing import FormKind, TickedGiven, WrittenNote
from surveys.rules.offers import CodeRefusal
from surveys.rules.sending import Accepted, NotExecuted, RefusalCause, Refused, SendOutcome, Unknown
from surveys.scheduling import Due, claim, settle

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


async def ready_form(
    database: Database, catalogues: Catalogues, number: int, *, by: Actor | None = None, now: datetime = NOW
) -> int:
    """A form with a ticked code about a new complaint of this customer."""
    await complaining.complain(database, catalogues, by or customer(number), now=now)
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


async def claimed(database: Database, catalogues: Catalogues, channel: str) -> Due | None:
    """The message with the code, on its way; None when it is not to be sent."""
    async with database.autocommit() as statement:
        await statement.run("update schedule set retry_at = null")
    found = await claim(database, catalogues, channel, now=NOW)
    return next((due for due in found if due.kind == "reply"), None)


@pytest.mark.parametrize("channel", ["telegram", "vk"])
@pytest.mark.parametrize("then", ["stopped", "refused"])
@pytest.mark.parametrize("first", [Unknown("reset"), NotExecuted(0.0, "429")])
async def test_a_code_is_free_again_only_if_no_try_may_have_arrived(
    database: Database, catalogues: Catalogues, channel: str, then: str, first: SendOutcome
) -> None:
    await remember_bot(database, "vk", "bakery")
    await catalogues.refresh(database)
    await pools.import_codes(database, catalogues, "sorry", ["A"], now=NOW)
    anna = replace(customer(0), channel=channel)
    form = await ready_form(database, catalogues, 0, by=anna)
    await people.settle_offers(database, catalogues, anna, agreed=True, now=NOW)
    await finish(database, catalogues, [form])
    due = await claimed(database, catalogues, channel)
    assert due is not None
    await settle(database, catalogues, [(due, first, None)], now=NOW)
    if then == "stopped":
        await people.opt_out(database, catalogues, anna, now=NOW)
        assert await claimed(database, catalogues, channel) is None
    else:
        again = await claimed(database, catalogues, channel)
        assert again is not None
        await settle(database, catalogues, [(again, Refused(RefusalCause.BLOCKED, "403"), None)], now=NOW)
    (standing,) = await pools.list_pools(database, catalogues, now=NOW)
    assert (standing.free, standing.given) == ((0, 1) if isinstance(first, Unknown) else (1, 0))


async def test_a_late_refusal_frees_no_code_that_a_later_try_delivered(
    database: Database, catalogues: Catalogues
) -> None:
    await pools.import_codes(database, catalogues, "sorry", ["A"], now=NOW)
    form = await ready_form(database, catalogues, 0)
    await people.settle_offers(database, catalogues, customer(0), agreed=True, now=NOW)
    await finish(database, catalogues, [form])
    first = await claimed(database, catalogues, "telegram")
    assert first is not None
    await settle(database, catalogues, [(first, Unknown("given up"), None)], now=NOW)
    second = await claimed(database, catalogues, "telegram")
    assert second is not None
    await settle(database, catalogues, [(second, Accepted(7), None)], now=NOW)
    await settle(database, catalogues, [(first, Refused(RefusalCause.BLOCKED, "403"), None)], now=NOW)
    (standing,) = await pools.list_pools(database, catalogues, now=NOW)
    assert (standing.free, standing.given) == (0, 1)


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
