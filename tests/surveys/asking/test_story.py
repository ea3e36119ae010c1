from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.screens.screen import Screen
from bot.screens.story import build_story_document, nothing_known_screen, story_screen
from surveys.intake import cancel_event
from surveys.story import suggest, tell

if TYPE_CHECKING:
    from .conftest import Shop

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


def read(screen: Screen) -> str:
    return "\n".join("".join(run.text for run in paragraph) for paragraph in screen.paragraphs)


async def test_an_order_is_told_step_by_step(shop: Shop) -> None:
    await shop.report(shop.event("e-1", order_id="42"), shop.event("e-2", "product", order_id="42"))
    shop.now += 3 * HOUR
    await shop.deliver()
    lost, asked = await tell(shop.database, "42", now=shop.now)
    assert (lost.outcome, asked.outcome) == ("skipped", "sent")
    assert lost.invitations[0].asked_instead == "e-2"
    assert [step.step for step in lost.invitations[0].steps] == ["planned", "skipped"]
    assert [step.step for step in asked.invitations[0].steps] == ["planned", "sent"]
    english = read(story_screen((lost, asked), "en", BERLIN, shop.catalogues.titles))
    assert "Not asked: the order has a more important question; asked about e-2 instead" in english
    assert "Asked, no answer yet; open until 25 November 2026, 15:00" in english
    assert "Delivery, 18 November 2026, 12:00, order 42" in english
    assert "Product" in english
    russian = read(story_screen((lost, asked), "ru", BERLIN, shop.catalogues.titles))
    assert "Не спросили: по заказу есть более важный вопрос; вместо этого спросили о e-2" in russian


async def test_why_not_and_when_again(shop: Shop) -> None:
    await shop.report(shop.event("e-1"), shop.event("e-2"), shop.event("e-3", customer="c-2", telegram_id=None))
    (story,) = await tell(shop.database, "e-2", now=shop.now)
    assert "quarantine after another question; may be asked again from 25 November 2026, 14:00" in read(
        story_screen((story,), "en", BERLIN, shop.catalogues.titles)
    )
    (waiting,) = await tell(shop.database, "e-3", now=shop.now)
    assert "Waiting: nowhere to write yet. Asked if the customer connects before 20 November 2026, 12:00" in read(
        story_screen((waiting,), "en", BERLIN, shop.catalogues.titles)
    )


async def test_the_document_carries_values_and_words(shop: Shop) -> None:
    await shop.report(shop.event("e-1", order_id="42", amount="10.50", currency="RUB", attributes={"shop": "a"}))
    await cancel_event(shop.database, "e-1", now=shop.now)
    (story,) = await tell(shop.database, "e-1", now=shop.now)
    document = build_story_document(story, "en", BERLIN)
    assert document["outcome"] == "cancelled"
    assert document["touchpoint"] == "delivery", "scripts go by the key"
    assert document["amount"] == "10.50"
    (invitation,) = document["invitations"]  # type: ignore[misc]
    assert invitation["text"] == "Cancelled: the event was taken back"
    assert [step["step"] for step in invitation["steps"]] == ["planned", "cancelled"]


async def test_every_outcome_and_reason_has_words(shop: Shop) -> None:
    await shop.report(shop.event("e-1"))
    for state in (
        "waiting",
        "planned",
        "sending",
        "sent",
        "unknown",
        "answered",
        "expired",
        "rejected",
        "skipped",
        "cancelled",
    ):
        await shop.run(
            "update invitations set state = $1, reason = 'blocked', sent_at = ask_at, answered_at = ask_at", state
        )
        stories = await tell(shop.database, "e-1", now=shop.now)
        for language in ("ru", "en"):
            assert read(story_screen(stories, language, BERLIN, shop.catalogues.titles))


async def test_a_touchpoint_the_catalogue_does_not_have_any_more_goes_by_its_key(shop: Shop) -> None:
    await shop.report(shop.event("e-1"))
    stories = await tell(shop.database, "e-1", now=shop.now)
    assert "delivery, 18 November" in read(story_screen(stories, "en", BERLIN, {}))


async def test_everything_that_may_happen_to_a_complaint_has_words(shop: Shop) -> None:
    await shop.report(shop.event("e-1", order_id="42"))
    await shop.run(
        "insert into outbreaks (id, cause, chat, touchpoint, location, opened_at)"
        " values (3, 'place', 'staff', 'delivery', 'shop-1', $1)",
        shop.now,
    )
    await shop.run(
        "insert into cases (id, event_id, team, cause, state, opened_at, changed_at, outbreak_id, solved_asked_at)"
        " select 5, id, 'staff', 'incident', 'open', $1, $1, 3, $1 from touchpoint_events",
        shop.now,
    )
    moves = (
        "open",
        "claim",
        "hand_over",
        "release",
        "refer",
        "await_customer",
        "customer_replied",
        "resolve",
        "confirm",
    )
    for number, move in enumerate((*moves, "reopen", "dismiss")):
        await shop.run(
            "insert into case_moves (case_id, move, from_state, to_state, moved_at, actor, given) values"
            " (5, $1::text, case when $1::text <> 'open' then 'open' end, 'open', $2, 'staff', '{code}')",
            move,
            shop.now + number * HOUR,
        )
    await shop.run(
        "insert into messages (channel, chat_id, message_id, kind, received_at, case_id)"
        " select 'telegram', 1, n, kind, $1, 5"
        " from unnest(array['text', 'voice', 'photo', 'document', 'other']) with ordinality as one (kind, n)",
        shop.now,
    )
    await shop.run(
        "insert into staff_messages (case_id, origin, kind, written_at, undelivered)"
        " select 5, origin, 'text', $1, case when origin = 'reply' then 'blocked' end"
        " from unnest(array['reply', 'template', 'code', 'apology', 'api']) as origin",
        shop.now,
    )
    await shop.run(
        "insert into promo_codes (pool, code, state, case_id, given_at, imported_at)"
        " values ('sorry', 'S3CRET', 'given', 5, $1, $1)",
        shop.now,
    )
    for state in ("called", "declined", "withdrawn"):
        await shop.run(
            "insert into call_requests (case_id, state, asked_at, window_start, window_end, ended_at)"
            " values (5, $1, $2, $2, $2::timestamptz + interval '2 hours', $2)",
            state,
            shop.now,
        )
    steps = ("warn_first", "level:1", "unclaimed:2", "warn_resolve", "overdue", "reopened", "morning:2026-11-18")
    for step in steps:
        await shop.run(
            "insert into schedule (kind, subject_id, recipient, channel, dedupe_key, due_at, state, created_at,"
            " settled_at, detail) values ('escalation', 5, 'team:staff', 'telegram', $1::text, $2, 'sent', $2, $2, $1)",
            step,
            shop.now,
        )
    (story,) = await tell(shop.database, "№42", now=shop.now)
    (case,) = story.cases
    assert len(case.moments) == len(moves) + 2 + 1 + 5 + 5 + 1 + 3 + 3 + len(steps) - 1 + 1
    for language in ("ru", "en"):
        told = read(story_screen((story,), language, BERLIN, {}))
        assert "S3CRET" not in told
        assert "_" not in told, "no key stands for itself"
        assert told.count("18 ") >= len(case.moments)
    assert "the shop itself reported that something went wrong" in told
    assert "not delivered: the customer blocked the bot" in told
    assert "outbreak No. 3" in told
    assert "level 1" in told


async def test_ids_like_the_one_asked_for_are_suggested(shop: Shop) -> None:
    for number in range(8):
        await shop.report(shop.event(f"shop-{number}", order_id=f"A-10{number}", customer=f"c-{number}"))
    assert await suggest(shop.database, "A-10") == tuple(f"A-10{number}" for number in range(5))
    assert (
        await suggest(shop.database, "shop-7x") == ("shop-7",)
        or (await suggest(shop.database, "shop-7x"))[0] == "shop-0"
    )
    assert await suggest(shop.database, "%") == ()
    assert await suggest(shop.database, "") == ()
    assert "A-100, A-101" in read(nothing_known_screen("A-10", ("A-100", "A-101"), "en"))


async def test_nothing_known(shop: Shop) -> None:
    assert await tell(shop.database, "no\x00thing", now=shop.now) == ()
