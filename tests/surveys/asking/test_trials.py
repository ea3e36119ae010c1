"""A trial deals two variants: each is asked, reminded and waited for as its variant says, and that is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from db import reasks, schedule
from db.reasks import NewReask
from db.schedule import ScheduleEntry
from surveys.due import AskInvitation, RemindInvitation
from surveys.intake import IncomingEvent
from surveys.publishing import FaultyCatalogueError, publish
from surveys.rules.sending import Accepted, Unknown
from surveys.rules.trials import deal
from surveys.simulating import simulate
from tests.surveys.asking.conftest import CATALOGUE, NOON, OpenShop, Shop

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = """\
trials:
  later:
    touchpoint: delivery
    measure: response_rate
    from: 2026-11-18
    variants: {b: {ask_after: PT4H}}
    planned: 30
"""
REMINDED = LATER.replace("ask_after: PT4H", "remind_after: P2D")
ASKED = LATER.replace(
    "{b: {ask_after: PT4H}}", '{b: {question: {ru: "{name|}, всё ли приехало?", en: "{name|}, is it all there?"}}}'
)


@pytest.fixture
def open_trial(open_shop: OpenShop) -> OpenShop:
    async def opened(trial: str = LATER, **replaced: str) -> Shop:
        shop = await open_shop(**replaced)
        await put(shop, trial)
        return shop

    return opened


async def put(shop: Shop, trial: str, source: str = CATALOGUE) -> None:
    await publish(shop.database, source.replace("MAX_PER_DAY", "5000") + trial, now=shop.now)
    await shop.catalogues.refresh(shop.database)


async def person_of(shop: Shop, customer: str) -> int:
    (row,) = await shop.rows("select person_id from customers where external_id = $1", customer)
    return int(str(row["person_id"]))


async def two(shop: Shop) -> dict[str, int]:
    """A customer's number for each variant, by the order in which the shop meets them."""
    await shop.report(*(shop.event(f"past-{n}", "returned", customer=f"c-{n}", telegram_id=n) for n in range(1, 13)))
    found: dict[str, int] = {}
    for n in range(1, 13):
        found.setdefault(deal("later", await person_of(shop, f"c-{n}"), 0.5).value, n)
    return found


def about(shop: Shop, event_id: str, customer: int, touchpoint: str = "delivery", **more: object) -> IncomingEvent:
    return shop.event(event_id, touchpoint, customer=f"c-{customer}", telegram_id=customer, **more)


async def given(shop: Shop) -> Sequence[dict[str, object]]:
    return await shop.rows(
        """
        select e.external_id as event, i.state, i.trial, i.variant, i.counts_in_trial as counts, i.ask_at
        from invitations i join touchpoint_events e on e.id = i.event_id
        where e.touchpoint <> 'returned' order by i.id
        """
    )


async def test_the_delay_follows_the_variant_and_what_was_given_is_kept(open_trial: OpenShop) -> None:
    shop = await open_trial()
    people = await two(shop)
    results = await shop.report(
        *(about(shop, name, n) for name, n in people.items()),
        shop.event("visit", "product", customer="c-12", telegram_id=12),
        shop.event("early", ago=13 * HOUR, customer="c-11", telegram_id=11),
    )
    asked_at = {result.id: result.ask_at for result in results}
    assert (asked_at["a"], asked_at["b"]) == (NOON + 2 * HOUR, NOON + 4 * HOUR)
    rows = {str(row["event"]): (row["trial"], row["variant"], row["counts"]) for row in await given(shop)}
    assert rows["a"] == ("later", "a", False)
    assert rows["b"] == ("later", "b", False)
    assert rows["visit"] == rows["early"] == (None, None, False), "another touchpoint, and the day before the trial"
    shop.now += 5 * HOUR
    await shop.deliver()
    counted = {str(row["event"]) for row in await given(shop) if row["counts"]}
    assert counted == {"a", "b"}


async def test_quarantine_and_a_better_event_decide_as_ever(open_trial: OpenShop) -> None:
    shop = await open_trial()
    await put(shop, LATER, CATALOGUE.replace("ask_by: P2D", "ask_by: P9D\n    when_blocked: delay"))
    people = await two(shop)
    n = people["b"]
    await shop.report(about(shop, "first", n, order_id="1"))
    await shop.report(about(shop, "better", n, "product", order_id="1"))
    rows = {str(row["event"]): row for row in await given(shop)}
    assert (rows["first"]["state"], rows["better"]["state"]) == ("skipped", "planned")
    shop.now += 3 * HOUR
    await shop.deliver()
    sent_at = shop.now
    (result,) = await shop.report(about(shop, "again", n, order_id="2"))
    assert (result.outcome, result.ask_at) == ("planned", sent_at + 7 * DAY)
    row = (await given(shop))[-1]
    assert (row["trial"], row["variant"]) == ("later", "b")


async def test_the_reminder_follows_the_variant(open_trial: OpenShop) -> None:
    shop = await open_trial(REMINDED)
    people = await two(shop)
    await shop.report(*(about(shop, name, n) for name, n in people.items()))
    shop.now += 2 * HOUR
    await shop.deliver()
    rows = await shop.rows(
        """
        select e.external_id as event, s.due_at from schedule s join invitations i on i.id = s.subject_id
        join touchpoint_events e on e.id = i.event_id where s.kind = 'reminder'
        """
    )
    assert {str(row["event"]): row["due_at"] for row in rows} == {"a": shop.now + DAY, "b": shop.now + 2 * DAY}


async def test_the_question_follows_the_variant_and_so_does_its_reminder(open_trial: OpenShop) -> None:
    shop = await open_trial(ASKED)
    people = await two(shop)
    await shop.report(*(about(shop, name, n) for name, n in people.items()))
    shop.now += 2 * HOUR
    claimed = await shop.claim()
    questions = {due.chat_id: due.work.survey.question["en"] for due in claimed if isinstance(due.work, AskInvitation)}
    assert questions == {
        people["a"]: "{name|Hello}, how was delivery {order_id}?",
        people["b"]: "{name|}, is it all there?",
    }
    await shop.settle(*((due, Accepted(7)) for due in claimed))
    await shop.run("update invitations set question = null")
    shop.now += DAY
    reminders = {due.chat_id: due.work for due in await shop.claim()}
    reminder = reminders[people["b"]]
    assert isinstance(reminder, RemindInvitation)
    assert reminder.question == "Анна, всё ли приехало?"


async def test_only_what_somebody_is_asked_first_counts_and_what_is_unknown_never_does(open_trial: OpenShop) -> None:
    shop = await open_trial(LATER)
    people = await two(shop)
    a, b = people["a"], people["b"]
    await shop.report(about(shop, "lost", a), about(shop, "b-1", b))
    shop.now += 4 * HOUR
    await shop.settle(*((due, Unknown("reset") if due.chat_id == a else Accepted(5)) for due in await shop.claim()))
    shop.now += 8 * DAY
    await shop.report(about(shop, "a-2", a), about(shop, "b-2", b))
    shop.now += 4 * HOUR
    await shop.deliver()
    told = {str(row["event"]): (row["variant"], row["counts"]) for row in await given(shop)}
    assert told == {"lost": ("a", False), "b-1": ("b", True), "a-2": ("a", False), "b-2": ("b", False)}


async def test_whoever_is_joined_or_split_keeps_the_variant_they_were_given(open_trial: OpenShop) -> None:
    shop = await open_trial(LATER)
    people = await two(shop)
    a, b = people["a"], people["b"]
    await shop.report(about(shop, "first", b))
    shop.now += 4 * HOUR
    await shop.deliver()
    (mover, target) = (await person_of(shop, f"c-{b}"), await person_of(shop, f"c-{a}"))
    move = "update accounts set person_id = $2 where person_id = $1"
    for table in ("customers", "accounts"):
        await shop.run(move.replace("accounts", table), mover, target)
    shop.now += 8 * DAY
    await shop.report(about(shop, "joined", a))
    assert (await given(shop))[-1]["variant"] == "b", "the one who was asked under b is now this person too"
    await shop.run("update customers set person_id = $2 where external_id = $1", f"c-{b}", mover)
    await shop.run("update accounts set person_id = $2 where external_id = $1", b, mover)
    await shop.report(about(shop, "split-a", a), about(shop, "split-b", b))
    rows = {str(row["event"]): row["variant"] for row in await given(shop)}
    assert rows["joined"] == "b", "what was planned stays"
    assert rows["split-b"] == "b", "the account was asked under b"
    assert deal("later", target, 0.5) == "a"


async def test_what_was_planned_under_a_trial_that_is_over_is_asked_as_ever(open_trial: OpenShop) -> None:
    shop = await open_trial(ASKED)
    people = await two(shop)
    await shop.report(about(shop, "b", people["b"]))
    await put(shop, "")
    shop.now += 2 * HOUR
    (due,) = await shop.claim()
    assert isinstance(due.work, AskInvitation)
    assert "how was delivery" in due.work.survey.question["en"]
    assert [(row["trial"], row["counts"]) for row in await given(shop)] == [(None, False)]


async def test_whoever_connects_later_is_dealt_a_variant_then(open_trial: OpenShop) -> None:
    shop = await open_trial(LATER)
    (waiting,) = await shop.report(shop.event("e", telegram_id=None))
    assert waiting.outcome == "waiting"
    assert (await given(shop))[0]["trial"] is None
    await shop.report(shop.event("known", "returned"))
    person = await person_of(shop, "c-1")
    assert [(row["trial"], row["variant"]) for row in await given(shop)] == [("later", deal("later", person, 0.5))]


CHANGES = [
    ("from: 2026-11-18", "from: 2026-11-19", "trials.later.from", "it was 2026-11-18, now it is 2026-11-19"),
    ("planned: 30", "planned: 31", "trials.later.planned", "it was 30, now it is 31"),
    ("PT4H", "PT5H", "trials.later.variants.b", "it was PT4H, now it is PT5H"),
    ("measure: response_rate", "measure: score", "trials.later.measure", "it was response_rate"),
    ("{b: {ask_after: PT4H}}", "{b: {remind_after: P2D}}", "trials.later.variants", "it was ask_after"),
    ("    planned: 30", "    planned: 30\n    share: 0.4", "trials.later.share", "it was 0.5, now it is 0.4"),
]


async def test_a_trial_that_has_begun_cannot_be_changed(open_trial: OpenShop) -> None:
    shop = await open_trial(LATER)
    source = CATALOGUE.replace("MAX_PER_DAY", "5000")
    for old, new, key, message in CHANGES:
        with pytest.raises(FaultyCatalogueError) as caught:
            await put(shop, LATER.replace(old, new))
        (fault,) = caught.value.faults
        assert (fault.key, message in fault.message) == (key, True), fault
        line = (source + LATER.replace(old, new)).splitlines()[fault.line - 1]
        assert key.rpartition(".")[2] in line
        assert "take this trial out" in fault.fix
    with pytest.raises(FaultyCatalogueError, match="variant"):
        await put(shop, LATER, CATALOGUE.replace("ask_after: PT2H", "ask_after: PT1H"))
    await put(shop, LATER, CATALOGUE.replace("Bakery", "The bakery"))


async def test_one_to_come_may_be_changed_and_one_that_ended_may_go_on_as_it_was(open_trial: OpenShop) -> None:
    future = LATER.replace("2026-11-18", "2026-11-20")
    shop = await open_trial(future)
    await put(shop, future.replace("planned: 30", "planned: 50").replace("2026-11-20", "2026-11-19"))
    shop.now += 2 * DAY
    await put(shop, "")
    (row,) = await shop.rows("select planned, stopped_at from trials")
    assert (row["planned"], row["stopped_at"]) == (50, shop.now)
    with pytest.raises(FaultyCatalogueError, match="has ended"):
        await put(shop, future)
    await put(shop, future.replace("planned: 30", "planned: 50").replace("2026-11-20", "2026-11-19"))
    (row,) = await shop.rows("select planned, stopped_at from trials")
    assert (row["planned"], row["stopped_at"]) == (50, None)


async def test_the_question_asked_again_after_a_complaint_is_the_variant_s_and_counts_in_nothing(
    open_trial: OpenShop,
) -> None:
    shop = await open_trial(ASKED)
    n = (await two(shop))["b"]
    await shop.report(about(shop, "first", n))
    shop.now += 2 * HOUR
    await shop.deliver()
    (first,) = await shop.rows(
        "select event_id, account_id, catalogue_version_id from invitations where sent_at = $1", shop.now
    )
    shop.now += DAY
    event_id, account_id, version_id = (int(str(value)) for value in first.values())
    reask = NewReask(
        event_id,
        account_id,
        "delivery",
        "delivery-csat",
        relational=False,
        ask_at=shop.now,
        ask_by=shop.now + DAY,
        catalogue_version_id=version_id,
    )
    async with shop.database.transaction() as transaction:
        invitation_id = await reasks.plan(transaction, reask, now=shop.now)
        assert invitation_id is not None
        entry = ScheduleEntry.to_account("invitation", invitation_id, account_id, "telegram", shop.now)
        await schedule.add(transaction, [entry], now=shop.now)
    again = [due.work for due in await shop.claim() if isinstance(due.work, AskInvitation)]
    assert [(work.again, work.survey.question["en"]) for work in again] == [(True, "{name|}, is it all there?")]
    assert [(row["variant"], row["counts"]) for row in await given(shop)] == [("b", True), ("b", False)]


async def test_a_simulation_deals_the_variants(open_trial: OpenShop) -> None:
    shop = await open_trial(LATER)
    catalogue = shop.catalogues.in_force.catalogue
    results = list(simulate(catalogue, [about(shop, f"e-{n}", n) for n in range(1, 201)]))
    asked = Counter((one.variant, one.at) for one in results if one.outcome == "asked")
    assert set(asked) == {("a", NOON + 2 * HOUR), ("b", NOON + 4 * HOUR)}
    assert min(asked.values()) > 70
    (early,) = simulate(catalogue, [about(shop, "early", 1, ago=13 * HOUR)])
    assert (early.trial, early.variant) == (None, None)
