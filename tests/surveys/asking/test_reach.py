"""Who can be reached: only by channels somebody sends through; nothing stays planned that nobody sends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from surveys import linking, people
from surveys.actors import Actor
from surveys.scheduling import pause
from surveys.simulating import simulate
from surveys.story import tell

if TYPE_CHECKING:
    from .conftest import OpenShop, Shop

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def reported(shop: Shop) -> dict[str, tuple[str, str | None]]:
    """What became of the shop's own events."""
    states = await shop.states()
    return {event_id: state for event_id, state in states.items() if not event_id.startswith("relationship:")}


async def test_who_is_known_by_a_channel_nobody_sends_through_waits_for_telegram(shop: Shop) -> None:
    (taken,) = await shop.report(shop.event("e-1", telegram_id=None, vk_id=22))
    assert taken.outcome == "waiting"
    links = await people.make_links(shop.database, "c-1", [], now=shop.now)
    anna = Actor("telegram", 7, "Анна", "ru")
    await linking.connect(shop.database, shop.catalogues, anna, links.customer_key, now=shop.now)
    assert await shop.states() == {"e-1": ("planned", None)}
    shop.now += 2 * HOUR
    (asked,) = await shop.deliver()
    assert asked.chat_id == 7


async def test_telegram_is_asked_even_where_the_other_account_was_used_last(shop: Shop) -> None:
    await shop.report(shop.event("e-0", telegram_id=None, vk_id=22))
    await shop.run("update accounts set state = 'connected', last_used_at = $1", shop.now)
    await shop.report(shop.event("e-1", telegram_id=1, vk_id=22))
    assert {row["channel"] for row in await shop.schedule()} == {"telegram"}


async def test_an_event_planned_where_nobody_sends_ends_when_its_time_has_passed(shop: Shop) -> None:
    await shop.report(shop.event("e-1"), shop.event("e-2", customer="c-2", telegram_id=2))
    await shop.run("update accounts set channel = 'vk' where external_id = 1")
    await shop.run(
        "update schedule set channel = 'vk' where recipient = (select 'account:' || id from accounts"
        " where channel = 'vk')"
    )
    shop.now += 2 * HOUR
    assert len(await shop.deliver()) == 1
    shop.now += 2 * DAY - 2 * HOUR
    assert (await shop.sweep()).stale == 0, "its time has not passed yet"
    shop.now += timedelta(seconds=1)
    assert (await shop.sweep()).stale == 1
    assert await reported(shop) == {"e-1": ("skipped", "stale"), "e-2": ("sent", None)}
    assert [row["state"] for row in await shop.schedule()][:2] == ["dropped", "sent"]
    (story,) = await tell(shop.database, "e-1", now=shop.now)
    assert [(step.step, step.reason) for step in story.invitations[0].steps][-1] == ("skipped", "stale")
    assert (await shop.sweep()).stale == 0


async def test_what_was_held_until_too_late_ends_as_well(shop: Shop) -> None:
    await shop.report(shop.event("e-1"))
    await pause(shop.database, by="Ольга", now=shop.now)
    shop.now += 2 * DAY + HOUR
    assert await shop.deliver() == []
    assert (await shop.sweep()).stale == 1
    assert await reported(shop) == {"e-1": ("skipped", "stale")}


async def test_a_question_in_hand_is_left_to_its_sending(shop: Shop) -> None:
    await shop.report(shop.event("e-1"))
    shop.now += 2 * HOUR
    assert len(await shop.claim()) == 1
    shop.now += 3 * DAY
    assert (await shop.sweep()).stale == 0
    assert await reported(shop) == {"e-1": ("sending", None)}


async def test_nobody_gets_a_relational_event_where_nobody_sends(shop: Shop) -> None:
    await shop.report(shop.event("e-1", telegram_id=None, vk_id=22))
    shop.now += HOUR
    assert (await shop.sweep()).relational == 0
    await shop.run("update accounts set channel = 'telegram'")
    shop.now += HOUR
    assert (await shop.sweep()).relational == 1


async def test_a_simulation_of_known_accounts_counts_those_that_can_be_written_to(shop: Shop) -> None:
    events = [shop.event("e-1", telegram_id=None, vk_id=22), shop.event("e-2", customer="c-2", telegram_id=2)]
    told = simulate(shop.catalogues.in_force.catalogue, events, everybody_reachable=False)
    assert sorted((one.event_id, one.outcome) for one in told) == [("e-1", "waiting"), ("e-2", "asked")]


async def test_accounts_of_a_channel_taken_into_use_are_asked(open_shop: OpenShop, vk_in_use: None) -> None:
    shop = await open_shop()
    await shop.report(shop.event("e-1", telegram_id=None, vk_id=22))
    assert await shop.states() == {"e-1": ("planned", None)}
    shop.now += 2 * HOUR
    (asked,) = await shop.claim(channel="vk")
    assert asked.chat_id == 22
