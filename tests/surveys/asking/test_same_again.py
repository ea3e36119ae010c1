"""VK shows a message sent again under the same key once: an unknown outcome there is tried again for 50 minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from surveys.rules.sending import Accepted, NotExecuted, RefusalCause, Refused, Unknown
from surveys.scheduling import Due

from .conftest import Shop

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("vk_in_use")


async def asked_in_vk(shop: Shop) -> Due:
    """A question on its way to somebody in VK."""
    await shop.report(shop.event("e-1", telegram_id=None, vk_id=22))
    shop.now += 2 * HOUR
    (due,) = await shop.claim(channel="vk")
    return due


async def retried_at_once(shop: Shop) -> None:
    await shop.run("update schedule set retry_at = null")


async def tried_so_long_ago(shop: Shop, ago: timedelta) -> None:
    await shop.run("update schedule set first_tried_at = clock_timestamp() - $1::interval", ago)


async def test_an_unknown_question_is_sent_again_under_the_same_key_until_it_is_known(shop: Shop) -> None:
    first = await asked_in_vk(shop)
    assert first.delivery_key is not None
    await shop.settle((first, Unknown("reset")))
    assert await shop.states() == {"e-1": ("unknown", None)}
    assert await shop.claim(channel="vk") == (), "not before its pause has passed"
    await retried_at_once(shop)
    (second,) = await shop.claim(channel="vk")
    assert (second.delivery_key, second.attempt, second.is_repeat) == (first.delivery_key, 2, False)
    assert second.work == first.work
    await shop.settle((second, NotExecuted(1, "too many requests")))
    assert await shop.states() == {"e-1": ("unknown", None)}, "the first try may still have arrived"
    await retried_at_once(shop)
    (third,) = await shop.claim(channel="vk")
    assert third.delivery_key == first.delivery_key
    await shop.settle((third, Accepted(7)))
    assert await shop.states() == {"e-1": ("sent", None)}
    (row,) = await shop.schedule()
    assert (row["state"], row["message_id"], row["first_tried_at"]) == ("sent", 7, None)
    assert len(await shop.schedule("reminder")) == 1


async def test_a_crash_while_sending_is_tried_again_too(shop: Shop) -> None:
    first = await asked_in_vk(shop)
    await shop.run("update schedule set claimed_at = clock_timestamp() - interval '91 seconds' where state = 'sending'")
    assert (await shop.sweep()).unknown == 1
    await retried_at_once(shop)
    (second,) = await shop.claim(channel="vk")
    assert second.delivery_key == first.delivery_key


async def test_after_fifty_minutes_it_stays_unknown(shop: Shop) -> None:
    first = await asked_in_vk(shop)
    await tried_so_long_ago(shop, timedelta(minutes=51))
    await shop.settle((first, Unknown("reset")))
    await retried_at_once(shop)
    assert await shop.claim(channel="vk") == ()
    (row,) = await shop.schedule()
    assert (row["state"], (await shop.states())["e-1"][0]) == ("unknown", "unknown")


async def test_one_that_waited_too_long_for_its_next_try_is_given_up(shop: Shop) -> None:
    first = await asked_in_vk(shop)
    await shop.settle((first, Unknown("reset")))
    await retried_at_once(shop)
    await tried_so_long_ago(shop, timedelta(minutes=51))
    assert await shop.claim(channel="vk") == ()
    (row,) = await shop.schedule()
    assert (row["state"], (await shop.states())["e-1"][0]) == ("unknown", "unknown")


async def test_a_first_try_that_was_certainly_not_made_does_not_count(shop: Shop) -> None:
    first = await asked_in_vk(shop)
    await shop.settle((first, NotExecuted(1, "not connected")))
    assert await shop.states() == {"e-1": ("planned", None)}
    (row,) = await shop.schedule()
    assert row["first_tried_at"] is None


@pytest.mark.parametrize(
    "meanwhile",
    ["update persons set opted_out_at = now()", "update accounts set state = 'blocked'"],
)
async def test_who_may_not_be_asked_any_more_is_not(shop: Shop, meanwhile: str) -> None:
    first = await asked_in_vk(shop)
    await shop.settle((first, Unknown("reset")))
    await shop.run(meanwhile)
    await retried_at_once(shop)
    assert await shop.claim(channel="vk") == ()
    assert (await shop.schedule())[0]["state"] == "dropped"
    assert await shop.states() == {"e-1": ("unknown", None)}


async def test_nobody_is_asked_again_at_night(shop: Shop) -> None:
    first = await asked_in_vk(shop)
    await shop.settle((first, Unknown("reset")))
    await retried_at_once(shop)
    shop.now += 8 * HOUR
    assert await shop.claim(channel="vk") == ()
    assert await shop.states() == {"e-1": ("unknown", None)}


async def test_a_refusal_of_the_next_try_leaves_it_unknown(shop: Shop) -> None:
    first = await asked_in_vk(shop)
    await shop.settle((first, Unknown("reset")))
    await retried_at_once(shop)
    (second,) = await shop.claim(channel="vk")
    await shop.settle((second, Refused(RefusalCause.BLOCKED, "blacklist")))
    assert await shop.states() == {"e-1": ("unknown", None)}
    assert (await shop.schedule())[0]["state"] == "rejected"


async def test_a_reminder_that_may_have_arrived_is_not_moved_to_the_morning(shop: Shop) -> None:
    first = await asked_in_vk(shop)
    await shop.settle((first, Accepted(7)))
    shop.now += 24 * HOUR
    (reminder,) = await shop.claim(channel="vk")
    await shop.settle((reminder, Unknown("reset")))
    await retried_at_once(shop)
    shop.now += 8 * HOUR
    assert await shop.claim(channel="vk") == ()
    assert (await shop.schedule("reminder"))[0]["state"] == "unknown"
