from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.screens.screen import Screen
from bot.screens.story import build_story_document, story_screen
from surveys.intake import cancel_event
from surveys.story import tell

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


async def test_nothing_known(shop: Shop) -> None:
    assert await tell(shop.database, "no\x00thing", now=shop.now) == ()
