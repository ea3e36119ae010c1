from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from surveys.intake import IncomingCustomer, IncomingEvent, cancel_event, cancel_order, decide_waiting, take_in

if TYPE_CHECKING:
    from .conftest import OpenShop, Shop

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def test_an_event_is_planned_after_its_delay(shop: Shop) -> None:
    (result,) = await shop.report(shop.event("e-1"))
    assert (result.status, result.outcome, result.ask_at) == ("accepted", "planned", shop.now + 2 * HOUR)
    (row,) = await shop.schedule()
    assert (row["due_at"], row["channel"], row["state"]) == (shop.now + 2 * HOUR, "telegram", "due")


async def test_nobody_to_ask_yet_waits(shop: Shop) -> None:
    (result,) = await shop.report(shop.event("e-1", telegram_id=None))
    assert (result.outcome, result.ask_at) == ("waiting", None)
    assert await shop.schedule() == []


async def test_quiet_hours_of_the_customers_own_zone(shop: Shop) -> None:
    shop.now = datetime(2026, 11, 18, 13, 0, tzinfo=UTC)
    (omsk,) = await shop.report(shop.event("e-1", timezone="Asia/Omsk"))
    (berlin,) = await shop.report(shop.event("e-2", customer="c-2", telegram_id=2))
    assert omsk.ask_at == datetime(2026, 11, 19, 4, 0, tzinfo=UTC)
    assert berlin.ask_at == datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("night", "morning"),
    [("2026-03-28T20:30:00", "2026-03-29T08:00:00"), ("2026-10-24T19:30:00", "2026-10-25T09:00:00")],
)
async def test_clock_changes(shop: Shop, night: str, morning: str) -> None:
    shop.now = datetime.fromisoformat(night).replace(tzinfo=UTC)
    (result,) = await shop.report(shop.event("e-1"))
    assert result.ask_at == datetime.fromisoformat(morning).replace(tzinfo=UTC)


async def test_ask_by_to_the_second(shop: Shop) -> None:
    shop.now = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
    just, late = (
        shop.event("e-1", ago=2 * DAY),
        shop.event("e-2", ago=2 * DAY + timedelta(seconds=1), customer="c-2", telegram_id=2),
    )
    results = await shop.report(just, late)
    assert [result.outcome for result in results] == ["planned", "skipped"]
    assert results[1].reason == "stale"


async def test_a_delay_that_lands_behind_ask_by_is_stale(shop: Shop) -> None:
    shop.now = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)
    (result,) = await shop.report(shop.event("e-1", ago=timedelta(hours=42)))
    assert (result.outcome, result.reason) == ("skipped", "stale")


async def test_no_survey_and_opted_out(shop: Shop) -> None:
    (none,) = await shop.report(shop.event("e-1", "returned"))
    await shop.run("update persons set opted_out_at = $1", shop.now)
    (out,) = await shop.report(shop.event("e-2"))
    assert [(none.outcome, none.reason), (out.outcome, out.reason)] == [
        ("skipped", "no_survey"),
        ("skipped", "opted_out"),
    ]
    assert out.eligible_at is None


async def test_quarantine_skips_and_says_until_when(shop: Shop) -> None:
    first, second = await shop.report(shop.event("e-1"), shop.event("e-2"))
    assert first.ask_at is not None
    assert (second.outcome, second.reason, second.eligible_at) == ("skipped", "quarantine", first.ask_at + 7 * DAY)


async def test_quarantine_delays_where_the_touchpoint_says_so(shop: Shop) -> None:
    first, second, third = await shop.report(
        shop.event("e-1"), shop.event("e-2", "product"), shop.event("e-3", "product")
    )
    assert first.ask_at is not None
    assert second.ask_at == first.ask_at + 7 * DAY
    assert third.ask_at == second.ask_at + 10 * DAY, "two of one touchpoint keep the touchpoint's own distance"


async def test_quarantine_leaves_room_before_what_is_planned_later(shop: Shop) -> None:
    await shop.report(shop.event("e-1"), shop.event("e-2", "product"))
    await cancel_event(shop.database, "e-1", now=shop.now)
    shop.now += HOUR
    (again,) = await shop.report(shop.event("e-3"))
    assert (again.outcome, again.reason) == ("skipped", "quarantine")


async def test_quarantine_counts_from_the_send(shop: Shop) -> None:
    await shop.report(shop.event("e-1"))
    shop.now += 3 * HOUR
    await shop.deliver()
    sent_at = shop.now
    shop.now += 7 * DAY - timedelta(seconds=1)
    (early,) = await shop.report(shop.event("e-2", ago=2 * HOUR))
    shop.now += timedelta(seconds=1)
    (just,) = await shop.report(shop.event("e-3", ago=2 * HOUR))
    assert (early.reason, early.eligible_at) == ("quarantine", sent_at + 7 * DAY)
    assert (just.outcome, just.ask_at) == ("planned", sent_at + 7 * DAY)


async def test_one_question_per_order_the_larger_priority(shop: Shop) -> None:
    low, high = await shop.report(shop.event("e-1", order_id="42"), shop.event("e-2", "product", order_id="42"))
    assert (low.outcome, low.reason) == ("skipped", "lower_priority")
    assert high.outcome == "planned"
    (row,) = await shop.schedule()
    assert row["due_at"] == high.ask_at
    (named,) = await shop.rows(
        "select w.external_id from invitations i join invitations x on x.id = i.winner_id"
        " join touchpoint_events w on w.id = x.event_id join touchpoint_events e on e.id = i.event_id"
        " where e.external_id = 'e-1'"
    )
    assert named["external_id"] == "e-2"


async def test_a_better_event_of_the_order_replaces_what_is_planned(shop: Shop) -> None:
    await shop.report(shop.event("e-1", order_id="42"))
    (worse,) = await shop.report(shop.event("e-0", ago=-HOUR, order_id="42"))
    assert (worse.outcome, worse.reason) == ("skipped", "lower_priority")
    (better,) = await shop.report(shop.event("e-2", "product", order_id="42"))
    assert better.outcome == "planned"
    assert await shop.states() == {
        "e-0": ("skipped", "lower_priority"),
        "e-1": ("skipped", "lower_priority"),
        "e-2": ("planned", None),
    }
    assert [row["state"] for row in await shop.schedule()] == ["dropped", "due"]


async def test_ties_go_to_the_earlier_then_to_the_smaller_id(shop: Shop) -> None:
    await shop.report(
        shop.event("b", order_id="1"), shop.event("a", order_id="1"), shop.event("z", ago=HOUR, order_id="1")
    )
    assert (await shop.states())["z"] == ("planned", None)
    await shop.report(
        shop.event("d", order_id="2", customer="c-2", telegram_id=2),
        shop.event("c", order_id="2", customer="c-2", telegram_id=2),
    )
    assert (await shop.states())["c"] == ("planned", None)


async def test_after_a_send_the_rest_of_the_order_is_skipped(shop: Shop) -> None:
    await shop.report(shop.event("e-1", order_id="42"))
    shop.now += 2 * HOUR
    await shop.deliver()
    (rest,) = await shop.report(shop.event("e-2", "product", order_id="42"))
    assert (rest.outcome, rest.reason) == ("skipped", "order_already_asked")
    assert rest.eligible_at is not None


async def test_skips_are_final(shop: Shop) -> None:
    await shop.report(shop.event("e-1", order_id="42"), shop.event("e-2", "product", order_id="42"))
    await cancel_event(shop.database, "e-2", now=shop.now)
    assert (await shop.states())["e-1"] == ("skipped", "lower_priority")


async def test_a_repeated_id_changes_nothing_and_names_what_differs(shop: Shop) -> None:
    await shop.report(shop.event("e-1", amount="10.50", currency="RUB", attributes={"shop": "a"}))
    same, other = await shop.report(
        shop.event("e-1", amount="10.5", currency="RUB", attributes={"shop": "a"}),
        shop.event("e-1", "product", amount="11", currency="RUB", attributes={"shop": "b"}),
    )
    assert (same.status, same.error, same.outcome) == ("duplicate", None, "planned")
    assert other.status == "duplicate"
    assert other.error is not None
    assert other.error.startswith("touchpoint, amount, attributes: ")
    assert len(await shop.rows("select from touchpoint_events")) == 1


async def test_twice_in_one_batch(shop: Shop) -> None:
    first, again = await shop.report(shop.event("e-1"), shop.event("e-1", customer="c-2", telegram_id=2))
    assert (first.status, again.status) == ("accepted", "duplicate")
    assert again.error is not None
    assert "customer.id" in again.error
    assert len(await shop.rows("select from customers")) == 1


GOOD = IncomingEvent("x", "delivery", datetime(2026, 11, 18, 10, 0, tzinfo=UTC), IncomingCustomer("c-1"))


def bad(**changed: object) -> IncomingEvent:
    values = {name: getattr(GOOD, name) for name in IncomingEvent.__slots__}
    return IncomingEvent(**{**values, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("event", "names"),
    [
        (bad(id=""), "id: is empty"),
        (bad(id="relationship:1:1"), "id: ids that begin"),
        (bad(id="x" * 201), "id: has 201 characters"),
        (bad(id="a\x00b"), "id: contains a NUL"),
        (bad(touchpoint="nowhere"), "touchpoint: “nowhere” is not in the catalogue; it knows delivery"),
        (bad(touchpoint="relationship"), "touchpoint: “relationship” is asked every so often"),
        (bad(occurred_at=datetime(2026, 11, 18, 10, 0)), "occurred_at: has no time zone"),
        (bad(occurred_at=datetime(2026, 11, 19, 11, 0, 1, tzinfo=UTC)), "occurred_at: 2026-11-19"),
        (bad(occurred_at=datetime(1970, 1, 1, tzinfo=UTC)), "occurred_at: 1970"),
        (bad(customer=IncomingCustomer("")), "customer.id: is empty"),
        (bad(customer=IncomingCustomer("c", name="\ud800")), "customer.name: contains half"),
        (bad(customer=IncomingCustomer("c", language="русский")), "customer.language: “русский”"),
        (bad(customer=IncomingCustomer("c", timezone="Moscow")), "customer.timezone: “Moscow”"),
        (bad(customer=IncomingCustomer("c", timezone="../etc/passwd")), "customer.timezone"),
        (bad(customer=IncomingCustomer("c", telegram_id=-5)), "customer.telegram_id"),
        (bad(customer=IncomingCustomer("c", vk_id=2**60)), "customer.vk_id"),
        (bad(order_id=" "), "order_id: is empty; leave it out"),
        (bad(amount="12,50"), "amount: “12,50”"),
        (bad(amount="NaN"), "amount: “NaN”"),
        (bad(amount="1e999999"), "amount"),
        (bad(amount=Decimal("1.999")), "amount: “1.999” has more than two decimals"),
        (bad(currency="rub"), "currency: “rub”"),
        (bad(attributes={"a": {"b": 1}}), "attributes.a: must be a string"),
        (bad(attributes={"a": float("nan")}), "attributes.a: is outside"),
        (bad(attributes={"a": "x" * 1001}), "attributes.a: has 1001"),
        (bad(attributes={"a": "\x00"}), "attributes.a: contains a NUL"),
        (bad(attributes={str(number): 1 for number in range(51)}), "attributes: has 51"),
    ],
)
async def test_a_bad_event_names_the_field_and_rejects_only_itself(
    shop: Shop, event: IncomingEvent, names: str
) -> None:
    rejected, taken = await shop.report(event, shop.event("good"))
    assert (rejected.status, taken.status) == ("rejected", "accepted")
    assert rejected.error is not None
    assert rejected.error.startswith(names)
    assert len(await shop.rows("select from touchpoint_events")) == 1


async def test_a_dry_run_says_everything_and_keeps_nothing(shop: Shop) -> None:
    results = await shop.report(
        shop.event("e-1", order_id="1"), shop.event("e-2", "product", order_id="1"), dry_run=True
    )
    assert [result.outcome for result in results] == ["skipped", "planned"]
    for table in (
        "touchpoint_events",
        "invitations",
        "customers",
        "persons",
        "accounts",
        "schedule",
        "invitation_steps",
    ):
        assert await shop.rows(f"select from {table}") == []


async def test_a_second_customer_with_a_known_account_is_the_same_person(shop: Shop) -> None:
    await shop.report(shop.event("e-1", customer="c-1", telegram_id=1))
    (second,) = await shop.report(shop.event("e-2", customer="c-2", telegram_id=1))
    assert second.reason == "quarantine"
    assert len(await shop.rows("select distinct person_id from customers")) == 1


async def test_a_customer_that_turns_out_to_be_somebody_else_is_moved_and_logged(shop: Shop) -> None:
    await shop.report(
        shop.event("e-1", customer="c-1", telegram_id=1), shop.event("e-2", customer="c-2", telegram_id=None, vk_id=22)
    )
    (before,) = await shop.rows("select person_id from customers where external_id = 'c-2'")
    await shop.run("update persons set opted_out_at = $1 where id = $2", shop.now, before["person_id"])
    await shop.report(shop.event("e-3", customer="c-2", telegram_id=1))
    persons = await shop.rows("select distinct person_id from customers union select person_id from accounts")
    assert len(persons) == 1, "the account left behind without a customer follows"
    assert len(await shop.rows("select from person_moves")) == 2
    assert (await shop.states())["e-3"] == ("skipped", "opted_out"), "and so does the wish to be left alone"
    await shop.report(shop.event("e-4", customer="c-2", telegram_id=1))
    assert len(await shop.rows("select from person_moves")) == 2


async def test_a_known_customer_named_with_the_account_of_a_new_one(shop: Shop) -> None:
    await shop.report(shop.event("e-1", customer="c-1", telegram_id=None))
    results = await shop.report(
        shop.event("e-2", customer="c-2", telegram_id=7), shop.event("e-3", customer="c-1", telegram_id=7)
    )
    assert [result.reason for result in results] == ["quarantine", None] or [r.outcome for r in results] == [
        "skipped",
        "skipped",
    ]
    assert len(await shop.rows("select distinct person_id from customers")) == 1
    assert (await shop.states())["e-1"][0] == "planned", "what waited is asked now that an account is known"


async def test_what_the_shop_says_later_counts(shop: Shop) -> None:
    await shop.report(shop.event("e-1", timezone="Asia/Omsk", language="en"))
    await shop.report(IncomingEvent("e-2", "returned", shop.now, IncomingCustomer("c-1", name="Иван")))
    (row,) = await shop.rows("select name, language, timezone from customers")
    assert row == {"name": "Иван", "language": "en", "timezone": "Asia/Omsk"}


async def test_waiting_events_are_asked_once_somebody_connects_the_better_first(shop: Shop) -> None:
    await shop.report(
        shop.event("e-1", telegram_id=None),
        shop.event("e-2", "product", telegram_id=None, order_id="1"),
        shop.event("e-3", telegram_id=None, order_id="1"),
    )
    await shop.run(
        "insert into accounts (channel, external_id, person_id, state, state_since, created_at)"
        " select 'telegram', 9, person_id, 'connected', $1, $1 from customers",
        shop.now,
    )
    shop.now += HOUR
    (person,) = await shop.rows("select id from persons")
    async with shop.database.transaction() as transaction:
        await decide_waiting(transaction, shop.catalogues, int(str(person["id"])), now=shop.now)
    assert await shop.states() == {
        "e-1": ("skipped", "quarantine"),
        "e-2": ("planned", None),
        "e-3": ("skipped", "lower_priority"),
    }
    assert len(await shop.schedule()) == 1


async def test_an_orders_link_decides_who_is_asked(shop: Shop) -> None:
    await shop.report(shop.event("e-1", customer="payer", telegram_id=1, order_id="42"))
    await shop.report(shop.event("e-0", "returned", customer="opener", telegram_id=2))
    await shop.run(
        "insert into order_bindings (customer_id, order_id, account_id, bound_at)"
        " select c.id, '42', a.id, $1 from customers c, accounts a where c.external_id = 'payer' and a.external_id = 2",
        shop.now,
    )
    (opener,) = await shop.rows("select person_id from accounts where external_id = 2")
    async with shop.database.transaction() as transaction:
        await decide_waiting(transaction, shop.catalogues, int(str(opener["person_id"])), now=shop.now)
    (row,) = [row for row in await shop.schedule() if row["state"] == "due"]
    (account,) = await shop.rows("select id from accounts where external_id = 2")
    assert row["recipient"] == f"account:{account['id']}"
    (later,) = await shop.report(shop.event("e-2", "product", customer="payer", telegram_id=1, order_id="42"))
    assert later.outcome == "planned"
    assert (await shop.states())["e-1"] == ("skipped", "lower_priority")


async def test_cancelling(shop: Shop) -> None:
    await shop.report(
        shop.event("e-1", order_id="1"),
        shop.event("e-2", customer="c-2", telegram_id=None, order_id="1"),
        shop.event("e-3", customer="c-3", telegram_id=3),
    )
    cancelled = await cancel_order(shop.database, "1", now=shop.now)
    assert cancelled.cancelled == ("e-1", "e-2")
    assert (await cancel_order(shop.database, "1", now=shop.now)) == cancelled
    assert not (await cancel_event(shop.database, "nothing", now=shop.now)).found
    shop.now += 2 * HOUR
    await shop.deliver()
    kept = await cancel_event(shop.database, "e-3", now=shop.now)
    assert [(one.id, one.state) for one in kept.kept] == [("e-3", "sent")]
    assert [row["state"] for row in await shop.schedule()] == ["dropped", "sent"]


async def test_the_same_event_reported_by_many_at_once_is_taken_once(shop: Shop) -> None:
    results = await asyncio.gather(
        *(
            shop.report(shop.event("e-1"), shop.event(f"own-{n}", customer=f"c-{n}", telegram_id=n + 50))
            for n in range(6)
        )
    )
    assert sorted(result[0].status for result in results) == ["accepted"] + ["duplicate"] * 5
    assert len(await shop.rows("select from customers")) == 6


async def test_events_of_one_order_reported_at_once_plan_one_question(shop: Shop) -> None:
    await asyncio.gather(
        *(shop.report(shop.event(f"e-{n}", "product" if n == 3 else "delivery", order_id="42")) for n in range(8))
    )
    states = await shop.states()
    assert states.pop("e-3") == ("planned", None)
    assert set(states.values()) == {("skipped", "lower_priority")}
    assert len([row for row in await shop.schedule() if row["state"] == "due"]) == 1


async def test_overlapping_batches_in_opposite_order(shop: Shop) -> None:
    events = [
        shop.event(f"e-{n}", customer=f"c-{n % 7}", telegram_id=n % 5 + 1, order_id=str(n % 11)) for n in range(60)
    ]
    both = await asyncio.gather(shop.report(*events), shop.report(*reversed(events)), shop.report(*events[20:50]))
    assert all(result.status in ("accepted", "duplicate") for results in both for result in results)
    assert len(await shop.rows("select from touchpoint_events")) == 60
    for _ in range(30):
        shop.now += 6 * HOUR
        await shop.deliver()
    clashes = await shop.rows(
        "select from invitations i join accounts a on a.id = i.account_id"
        " join invitations o on o.id > i.id join accounts b on b.id = o.account_id and b.person_id = a.person_id"
        " where i.sent_at is not null and o.sent_at is not null"
        " and abs(extract(epoch from i.sent_at - o.sent_at)) < 7 * 86400"
    )
    assert clashes == [], "persons joined with questions planned for both are still asked once in the period"


async def test_sampling_is_stable_and_even(open_shop: OpenShop) -> None:
    shop = await open_shop(**{"priority: 10": "priority: 10\n    sample: 0.25"})
    events = [shop.event(f"e-{n}", customer=f"c-{n}", telegram_id=n + 1) for n in range(400)]
    results = await take_in(shop.database, shop.catalogues, events, now=shop.now, dry_run=True)
    again = await shop.report(*reversed(events))
    assert {one.id: one.outcome for one in results} == {one.id: one.outcome for one in again}
    assert 60 < sum(one.outcome == "planned" for one in results) < 140
    assert {one.reason for one in results if one.outcome == "skipped"} == {"not_sampled"}
