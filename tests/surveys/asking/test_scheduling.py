from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from db.schedule import ask_again_for
from surveys.intake import cancel_event
from surveys.publishing import publish, published_source
from surveys.rules.sending import Accepted, Migrated, NotExecuted, RefusalCause, Refused, Unknown
from surveys.scheduling import AskInvitation, PostWeeklyReport, RemindInvitation, is_paused, pause, resume
from surveys.sweeping import SweepCounts

if TYPE_CHECKING:
    from .conftest import OpenShop, Shop

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def due(shop: Shop, count: int = 1, **more: object) -> None:
    """So many people with a question that is due now."""
    results = await shop.report(
        *(shop.event(f"e-{n}", customer=f"c-{n}", telegram_id=n, **more) for n in range(1, count + 1))  # type: ignore[arg-type]
    )
    assert {result.outcome for result in results} == {"planned"}
    shop.now += 2 * HOUR


async def test_what_is_due_is_claimed_with_all_it_needs(shop: Shop) -> None:
    await shop.report(shop.event("e-1", order_id="42", language="en", attributes={"product": "cake"}))
    assert await shop.claim() == ()
    shop.now += 2 * HOUR - timedelta(seconds=1)
    assert await shop.claim() == ()
    shop.now += timedelta(seconds=1)
    (claimed,) = await shop.claim()
    assert (claimed.kind, claimed.chat_id, claimed.attempt, claimed.is_repeat) == ("invitation", 1, 1, False)
    work = claimed.work
    assert isinstance(work, AskInvitation)
    assert (work.survey_name, work.language) == ("delivery-csat", "en")
    assert (work.question_values["name"], work.question_values["order_id"], work.question_values["product"]) == (
        "Анна",
        "42",
        "cake",
    )
    assert await shop.states() == {"e-1": ("sending", None)}
    assert await shop.claim() == ()


async def test_an_accepted_question_expires_from_the_real_send(shop: Shop) -> None:
    await due(shop)
    (claimed,) = await shop.claim()
    shop.now += timedelta(minutes=3)
    await shop.settle((claimed, Accepted(77)))
    (row,) = await shop.rows("select * from invitations")
    assert (row["state"], row["sent_at"], row["expires_at"]) == ("sent", shop.now, shop.now + 7 * DAY)
    assert (row["message_id"], row["question"], row["language"]) == (77, "как доставка?", "ru")
    sent_at = shop.now
    shop.now = sent_at + 7 * DAY - timedelta(seconds=1)
    assert (await shop.sweep()).expired == 0
    shop.now += timedelta(seconds=1)
    assert (await shop.sweep()).expired == 1
    assert (await shop.states())["e-1"] == ("expired", None)


async def test_an_answer_faster_than_the_settling_stays(shop: Shop) -> None:
    await due(shop)
    (claimed,) = await shop.claim()
    await shop.run("update invitations set state = 'answered', answered_at = $1", shop.now)
    await shop.settle((claimed, Accepted(77)))
    (row,) = await shop.rows("select state, message_id from invitations")
    assert row == {"state": "answered", "message_id": 77}
    assert await shop.schedule("reminder") == []


async def test_one_reminder_while_unanswered(shop: Shop) -> None:
    await due(shop)
    await shop.deliver()
    shop.now += DAY
    (reminder,) = await shop.deliver()
    assert isinstance(reminder.work, RemindInvitation)
    assert reminder.work.reply_to == 101
    shop.now += DAY
    assert await shop.deliver() == []
    assert "reminded" in [row["step"] for row in await shop.rows("select step from invitation_steps")]


async def test_a_reminder_repeats_what_was_asked_whatever_the_catalogue_says_now(shop: Shop) -> None:
    await due(shop)
    await shop.deliver()
    asked = shop.catalogues.in_force.catalogue.surveys["delivery-csat"]
    published = await published_source(shop.database)
    assert published is not None
    changed = published.source.replace("survey: delivery-csat", "survey: product-nps").replace(
        "{ru: Возврат, en: Return}", "{ru: Возврат, en: Return}\n    survey: delivery-csat"
    )
    await publish(shop.database, changed.replace("как доставка", "что с доставкой"), now=shop.now)
    await shop.catalogues.refresh(shop.database)
    assert shop.catalogues.in_force.catalogue.touchpoints["delivery"].survey == "product-nps"
    shop.now += DAY
    (reminder,) = await shop.deliver()
    assert isinstance(reminder.work, RemindInvitation)
    assert (reminder.work.survey_name, reminder.work.survey) == ("delivery-csat", asked)
    assert reminder.work.question == "как доставка?", "as it was shown"


@pytest.mark.parametrize(
    ("happening", "reason"),
    [
        ("update invitations set state = 'answered', answered_at = $1", "answered"),
        ("update invitations set state = 'cancelled' where $1::timestamptz is not null", "cancelled"),
        ("update invitations set expires_at = $1::timestamptz + interval '1 hour'", "expired"),
        ("update persons set opted_out_at = $1", "opted_out"),
        ("update accounts set state = 'blocked', state_since = $1", "unreachable"),
    ],
)
async def test_no_reminder_nobody_needs(shop: Shop, happening: str, reason: str) -> None:
    await due(shop)
    await shop.deliver()
    await shop.run(happening, shop.now)
    shop.now += DAY
    assert await shop.deliver() == []
    (row,) = await shop.schedule("reminder")
    assert (row["state"], row["reason"]) == ("dropped", reason)


async def test_a_reminder_obeys_quiet_hours_and_not_quarantine(shop: Shop) -> None:
    await due(shop)
    await shop.deliver()
    (row,) = await shop.schedule("reminder")
    assert row["due_at"] == shop.now + DAY
    shop.now = datetime(2026, 11, 19, 22, 0, tzinfo=UTC)
    assert await shop.deliver() == []
    (row,) = await shop.schedule("reminder")
    assert row["due_at"] == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


async def test_cancelled_before_the_send(shop: Shop) -> None:
    await due(shop)
    await cancel_event(shop.database, "e-1", now=shop.now)
    assert await shop.claim() == ()


async def test_opted_out_before_the_send(shop: Shop) -> None:
    await due(shop)
    await shop.run("update persons set opted_out_at = $1", shop.now)
    assert await shop.claim() == ()
    assert await shop.states() == {"e-1": ("skipped", "opted_out")}


async def test_stale_by_the_time_it_could_be_sent(shop: Shop) -> None:
    await due(shop)
    shop.now += 2 * DAY - 2 * HOUR + timedelta(seconds=1)
    assert await shop.claim() == ()
    assert await shop.states() == {"e-1": ("skipped", "stale")}


async def test_quiet_hours_move_what_is_late(shop: Shop) -> None:
    await due(shop)
    shop.now = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)
    assert await shop.claim() == ()
    (row,) = await shop.schedule()
    assert (row["state"], row["due_at"]) == ("due", datetime(2026, 11, 19, 9, 0, tzinfo=UTC))
    assert await shop.states() == {"e-1": ("planned", None)}
    shop.now = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
    assert len(await shop.deliver()) == 1


async def test_two_questions_of_one_person_held_up_together(shop: Shop) -> None:
    await shop.report(shop.event("e-1"), shop.event("e-2", "product"))
    shop.now += 9 * DAY
    await shop.run("update invitations set ask_by = ask_by + interval '30 days'")
    (first,) = await shop.claim()
    assert first.subject_id == 1
    (second,) = [row for row in await shop.schedule() if row["state"] == "due"]
    assert second["due_at"] == shop.now + 7 * DAY


async def test_max_per_day_moves_the_rest_to_the_next_opening(open_shop: OpenShop) -> None:
    shop = await open_shop(max_per_day=3)
    await due(shop, 5)
    claimed = await shop.claim(limit=2)
    assert len(claimed) == 2
    assert len(await shop.claim()) == 1
    waiting = [row for row in await shop.schedule() if row["state"] == "due"]
    assert {row["due_at"] for row in waiting} == {datetime(2026, 11, 19, 9, 0, tzinfo=UTC)}
    shop.now = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
    assert len(await shop.claim()) == 2


async def test_max_per_day_counts_once_what_was_not_executed(open_shop: OpenShop) -> None:
    shop = await open_shop(max_per_day=1)
    await due(shop)
    (claimed,) = await shop.claim()
    await shop.settle((claimed, NotExecuted(0.001, "429")))
    await asyncio.sleep(0.01)
    (again,) = await shop.claim()
    assert again.attempt == 2
    await shop.settle((again, Accepted(1)))
    assert (await shop.rows("select asked from daily_asks"))[0]["asked"] == 1


async def test_pausing_holds_questions_and_lets_complaints_flow(shop: Shop) -> None:
    await due(shop)
    await shop.run(
        "insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, created_at)"
        " values ('weekly_report', 202646, 'chat:5', 'telegram', 'weekly_report:5:2026-W46', $1, $1)",
        shop.now,
    )
    await shop.run("insert into members (telegram_id, role, since) values (5, 'owner', $1)", shop.now)
    assert await pause(shop.database, by="owner", now=shop.now)
    assert await is_paused(shop.database)
    assert [one.kind for one in await shop.claim()] == ["weekly_report"]
    assert await resume(shop.database)
    assert [one.kind for one in await shop.claim()] == ["invitation"]


async def test_a_refusal_that_lasts_marks_the_account(shop: Shop) -> None:
    await due(shop, 2)
    first, second = await shop.claim()
    await shop.settle(
        (first, Refused(RefusalCause.BLOCKED, "Forbidden")), (second, Refused(RefusalCause.DEACTIVATED, "Forbidden"))
    )
    assert await shop.states() == {"e-1": ("rejected", "blocked"), "e-2": ("rejected", "deactivated")}
    states = await shop.rows("select state from accounts order by external_id")
    assert [row["state"] for row in states] == ["blocked", "deactivated"]
    (result,) = await shop.report(shop.event("e-3", customer="c-1"))
    assert result.outcome == "waiting"


async def test_chat_not_found_waits_until_ask_by(shop: Shop) -> None:
    await due(shop)
    (claimed,) = await shop.claim()
    await shop.settle((claimed, Refused(RefusalCause.CHAT_NOT_FOUND, "chat not found")))
    assert await shop.states() == {"e-1": ("waiting", None)}
    shop.now += 2 * DAY
    await shop.sweep()
    assert await shop.states() == {"e-1": ("skipped", "unreachable")}


@pytest.mark.usefixtures("vk_in_use")
async def test_chat_not_found_asks_another_account_of_the_person(shop: Shop) -> None:
    await shop.report(shop.event("e-1", telegram_id=1, vk_id=2))
    shop.now += 2 * HOUR
    (claimed,) = await shop.claim()
    await shop.settle((claimed, Refused(RefusalCause.CHAT_NOT_FOUND, "chat not found")))
    assert await shop.states() == {"e-1": ("planned", None)}
    (by_vk,) = await shop.claim(channel="vk")
    assert by_vk.chat_id == 2


@pytest.mark.usefixtures("vk_in_use")
async def test_an_account_blocked_meanwhile_gives_way_to_another_or_waits(shop: Shop) -> None:
    await shop.report(shop.event("e-1", telegram_id=1, vk_id=2), shop.event("e-2", customer="c-2", telegram_id=3))
    await shop.run("update accounts set state = 'blocked' where channel = 'telegram'")
    shop.now += 2 * HOUR
    assert await shop.claim() == ()
    assert await shop.states() == {"e-1": ("planned", None), "e-2": ("waiting", None)}
    (by_vk,) = await shop.claim(channel="vk")
    assert by_vk.chat_id == 2


async def test_unknown_is_not_asked_again_and_counts(shop: Shop) -> None:
    await due(shop)
    (claimed,) = await shop.claim()
    await shop.settle((claimed, Unknown("reset")))
    assert await shop.claim() == ()
    assert await shop.states() == {"e-1": ("unknown", None)}
    assert await shop.schedule("reminder") == []
    (next_one,) = await shop.report(shop.event("e-9"))
    assert next_one.reason == "quarantine"


async def test_a_process_that_died_leaves_unknown_and_a_late_arrival_counts(shop: Shop) -> None:
    await due(shop)
    (claimed,) = await shop.claim()
    await shop.run("update schedule set claimed_at = clock_timestamp() - interval '89 seconds' where state = 'sending'")
    assert (await shop.sweep()).unknown == 0
    await shop.run("update schedule set claimed_at = clock_timestamp() - interval '91 seconds' where state = 'sending'")
    assert (await shop.sweep()).unknown == 1
    assert (await shop.states())["e-1"] == ("unknown", None)
    await shop.settle((claimed, Accepted(5)))
    assert (await shop.states())["e-1"] == ("sent", None)


async def test_three_unknowns_in_a_row_pause_the_channel(shop: Shop) -> None:
    await due(shop, 5)
    first, second, third, fourth, *_ = await shop.claim(limit=4)
    await shop.settle((first, Unknown("reset")), (second, Unknown("reset")))
    await shop.settle((third, Accepted(1)))
    assert (await shop.rows("select unknown_in_a_row from channels"))[0]["unknown_in_a_row"] == 0
    await shop.settle(*((one, Unknown("reset")) for one in (fourth,)))
    await shop.run("update channels set unknown_in_a_row = 2")
    (fifth,) = await shop.claim()
    await shop.settle((fifth, Unknown("reset")))
    await due_again(shop)
    assert await shop.claim() == ()
    await shop.run("update channels set paused_until = clock_timestamp() - interval '1 second'")
    assert len(await shop.claim()) == 1


async def due_again(shop: Shop) -> None:
    await shop.report(shop.event("later", customer="later", telegram_id=99))
    shop.now += 2 * HOUR


async def test_not_executed_is_tried_again_after_the_given_time(shop: Shop) -> None:
    await due(shop)
    (claimed,) = await shop.claim()
    await shop.settle((claimed, NotExecuted(60, "429", whole_channel=True)))
    assert await shop.states() == {"e-1": ("planned", None)}
    assert await shop.claim() == ()
    (row,) = await shop.rows("select extract(epoch from retry_at - clock_timestamp()) as wait from schedule")
    assert 55 < float(str(row["wait"])) <= 60
    await shop.run("update schedule set retry_at = clock_timestamp()")
    (again,) = await shop.claim()
    assert (again.attempt, again.is_repeat) == (2, False)


async def test_claims_at_once_get_different_rows(shop: Shop) -> None:
    await due(shop, 40)
    claims = await asyncio.gather(*(shop.claim(limit=10) for _ in range(6)))
    ids = [one.schedule_id for claimed in claims for one in claimed]
    assert len(ids) == len(set(ids))
    rest = [one.schedule_id for one in await shop.claim()]
    assert sorted(ids + rest) == sorted({*ids, *rest})
    assert len(ids) + len(rest) == 40


async def test_claims_against_cancels_and_intake_at_once(shop: Shop) -> None:
    await due(shop, 30)

    async def cancel(number: int) -> int:
        return len((await cancel_event(shop.database, f"e-{number}", now=shop.now)).cancelled)

    async def claim_all() -> int:
        return len(await shop.claim(limit=5))

    async def intake(number: int) -> int:
        await shop.report(shop.event(f"late-{number}", "product", customer=f"c-{number}", telegram_id=number))
        return 0

    counts = await asyncio.gather(
        *(work for n in range(1, 31) for work in (cancel(n), claim_all(), intake(n))),
    )
    rest = len(await shop.claim())
    assert sum(counts) + rest == 30
    states = await shop.rows(
        "select state, count(*) as n from schedule"
        " where dedupe_key like 'invitation:%' and subject_id <= 30 group by state"
    )
    assert sum(int(str(row["n"])) for row in states if row["state"] in ("sending", "dropped")) == 30


async def test_the_weekly_report_is_scheduled_once_and_older_ones_given_up(shop: Shop) -> None:
    await shop.run(
        "insert into members (telegram_id, role, since) values (5, 'owner', $1), (6, 'manager', $1)", shop.now
    )
    await asyncio.gather(*(shop.sweep() for _ in range(4)))
    rows = await shop.schedule("weekly_report")
    assert [row["dedupe_key"] for row in rows] == ["weekly_report:5:2026-W46", "weekly_report:6:2026-W46"]
    assert {row["due_at"] for row in rows} == {datetime(2026, 11, 16, 8, 0, tzinfo=UTC)}
    first, second = await shop.claim()
    assert isinstance(first.work, PostWeeklyReport)
    assert (first.work.week_start.isoformat(), first.work.week_end.isoformat()) == ("2026-11-09", "2026-11-16")
    await shop.settle((first, Accepted(1)), (second, NotExecuted(0.001, "429")))
    shop.now += 7 * DAY
    await shop.sweep()
    assert [(one.recipient, one.subject_id) for one in await shop.claim()] == [("chat:5", 202647), ("chat:6", 202647)]
    states = [row["state"] for row in await shop.schedule("weekly_report")]
    assert states == ["sent", "dropped", "sending", "sending"]
    assert (await shop.sweep()) == SweepCounts()


async def test_relational_events_are_created_and_asked_every_so_often(shop: Shop) -> None:
    await shop.report(shop.event("e-1"), shop.event("e-2", customer="c-2", telegram_id=None))
    assert (await shop.sweep()) == SweepCounts(relational=1)
    (person,) = await shop.rows("select person_id from accounts")
    first = f"relationship:{person['person_id']}:1"
    assert (await shop.states())[first] == ("planned", None)
    shop.now += 2 * HOUR
    assert (await shop.sweep()) == SweepCounts()
    await shop.deliver()
    shop.now += 91 * DAY
    await shop.report(shop.event("e-3"))
    assert (await shop.sweep()).relational == 1
    assert f"relationship:{person['person_id']}:2" in await shop.states()


async def test_sweeps_at_once_do_everything_once(shop: Shop) -> None:
    await shop.report(*(shop.event(f"e-{n}", customer=f"c-{n}", telegram_id=n) for n in range(1, 20)))
    counts = await asyncio.gather(*(shop.sweep() for _ in range(4)))
    assert sum(one.relational for one in counts) == 19


async def open_case(shop: Shop) -> None:
    await shop.run("insert into team_chats (chat, chat_id, set_at) values ('staff', -100, $1)", shop.now)
    await shop.run(
        "insert into cases (team, cause, state, opened_at, changed_at) values ('staff', 'complaint', 'open', $1, $1)",
        shop.now,
    )
    await shop.run(
        "insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, created_at)"
        " values ('card', 1, 'team:staff', 'telegram', 'card:1', $1, $1)",
        shop.now,
    )


async def test_a_card_whose_fate_is_unknown_goes_out_again_marked_as_a_repeat(shop: Shop) -> None:
    await open_case(shop)
    (card,) = await shop.claim()
    assert (card.kind, card.chat_id, card.is_repeat) == ("card", -100, False)
    await shop.settle((card, Unknown("time-out")))
    await shop.run("update schedule set retry_at = clock_timestamp()")
    (again,) = await shop.claim()
    assert again.is_repeat
    await shop.settle((again, NotExecuted(0.001, "429")))
    await asyncio.sleep(0.01)
    (third,) = await shop.claim()
    assert third.is_repeat, "an attempt that was not executed in between changes nothing about that"
    await shop.settle((third, Accepted(9)))
    assert [(row["state"], row["reason"]) for row in await shop.schedule("card")] == [("sent", None)]


async def test_what_changes_while_a_card_is_being_sent_is_sent_after_it(shop: Shop) -> None:
    await open_case(shop)
    (card,) = await shop.claim()
    async with shop.database.transaction() as transaction:
        await ask_again_for(transaction, "card", 1, now=shop.now)
    assert await shop.claim() == ()
    await shop.settle((card, Accepted(9)))
    (redrawn,) = await shop.claim()
    await shop.settle((redrawn, Accepted(9)))
    assert await shop.claim() == ()


async def test_a_group_that_became_another_chat_is_followed(shop: Shop) -> None:
    await open_case(shop)
    (card,) = await shop.claim()
    await shop.settle((card, Migrated(-100200)))
    (again,) = await shop.claim()
    assert again.chat_id == -100200


async def test_complaints_go_before_questions(shop: Shop) -> None:
    await due(shop, 5)
    await open_case(shop)
    (first,) = await shop.claim(limit=1)
    assert first.kind == "card"
