"""Managers read reports: with a picture, of what they may see, on the day they chose."""

from __future__ import annotations

import sys
from datetime import datetime, time, timedelta

import pytest

from bot.sandbox import Fault, FaultKind, MessageView, Person
from tests.journeys.product import NOON, ZONE, Product, button, press

pytestmark = pytest.mark.customers_in("telegram", why="managers read, and they are in Telegram")

MONDAY = datetime.combine((NOON + timedelta(days=5)).date(), time(9), ZONE)
WEEK = "неделя 47"
DRAWN = 20.0
"""Seconds within which a report is there on a machine that has much else to do: its picture starts a process."""


async def answers(product: Product, touchpoint: str, times: int, score: int, **attributes: str) -> None:
    """Past answers of this week, straight into the tables; the import of answers has its own tests."""
    metric = "csat" if touchpoint == "delivery" else "nps"
    async with product.database.transaction() as transaction:
        await transaction.run(
            "insert into responses (touchpoint, survey, metric, score, given_by, answered_at, changed_at, attributes,"
            " reasons, comment) select $1, 'x', $2, $3, 'import', $4, $4, $5, '{late}', 'Позвоните: +7 900 123-45-67'"
            " from generate_series(1, $6::int)",
            touchpoint,
            metric,
            score,
            NOON - timedelta(days=1),
            attributes,
            times,
        )


async def make_manager(product: Product, person: Person, limits: str = "") -> None:
    asked = await product.owner.write(f"/invite manager {limits}")
    invited = await product.owner.wait_for(lambda message: "start=team-" in message.text, after=asked)
    accepted = await person.start(invited.text.partition("start=")[2].split()[0])
    await person.wait_for(lambda message: "менеджер" in message.text, after=accepted)


def is_report(message: MessageView) -> bool:
    return WEEK in message.text and message.from_bot


async def test_the_weekly_report_comes_with_its_picture_and_report_shows_it_again(product: Product) -> None:
    async with product.running():
        await answers(product, "delivery", 40, 5)
        await product.move_to(MONDAY)
        posted = await product.owner.wait_for(is_report, deadline=DRAWN)
        assert posted.kind == "photo"
        assert "Доставка" in posted.text
        written = await product.owner.write("/report")
        # drawn at once it is one message; else the words come first and the picture follows
        await product.owner.wait_for(is_report, after=written, deadline=DRAWN)
        await product.owner.wait_for(lambda message: message.kind == "photo", after=written, deadline=DRAWN)


async def test_whoever_waits_for_the_picture_sees_that_it_is_drawn(product: Product) -> None:
    async with product.running():
        product.application.painter._command = ("sh", "-c", f"sleep 1; exec {sys.executable} -m bot.drawing.painter")
        await answers(product, "delivery", 40, 5)
        await product.move_to(MONDAY - timedelta(seconds=1))
        written = await product.owner.write("/report 2026-W47")
        first = await product.owner.wait_for(lambda message: "Рисую" in message.text, after=written)
        words = await product.owner.wait_for(is_report, after=written, deadline=DRAWN)
        assert words == first, "the same message becomes the words"
        picture = await product.owner.wait_for(lambda message: message.kind == "photo", after=written, deadline=DRAWN)
        assert picture.id > words.id
        assert button(words, "Разобраться")


async def test_a_report_whose_picture_fails_goes_out_as_words(product: Product) -> None:
    async with product.running():
        product.application.painter._command = ("/nonexistent/python",)
        await answers(product, "delivery", 40, 5)
        await product.move_to(MONDAY)
        posted = await product.owner.wait_for(is_report, deadline=DRAWN)
        assert posted.kind == "text"
        written = await product.owner.write("/report")
        assert (await product.owner.wait_for(is_report, after=written, deadline=DRAWN)).kind == "text"


async def test_a_picture_the_messenger_does_not_take_leaves_the_words(product: Product) -> None:
    async with product.running():
        await answers(product, "delivery", 40, 5)
        product.telegram.fail(
            Fault(
                FaultKind.FORBIDDEN,
                frozenset({"sendPhoto"}),
                times=None,
                description="Bad Request: PHOTO_INVALID_DIMENSIONS",
            )
        )
        await product.move_to(MONDAY)
        assert (await product.owner.wait_for(is_report, deadline=DRAWN)).kind == "text"


async def test_a_manager_of_a_part_sees_that_part_alone(product: Product) -> None:
    async with product.running():
        await answers(product, "delivery", 10, 5, location="shop-1")
        await answers(product, "delivery", 28, 5, location="shop-2")
        await answers(product, "visit", 7, 10, location="shop-1")
        asked = await product.owner.write("/invite manager team=kitchen")
        assert "logistics" in (await product.owner.wait_for(after=asked)).text
        await make_manager(product, product.boris, "team=logistics location=shop-1")
        written = await product.boris.write("/scores 7d")
        scores = await product.boris.wait_for(after=written)
        assert "10 ответов" in scores.text
        assert "7 ответов" in scores.text
        assert "38 ответов" not in scores.text
        written = await product.owner.write("/scores delivery 7d")
        assert "38 ответов" in (await product.owner.wait_for(after=written)).text
        for command in ("/journey", "/audit", "/drivers", "/comments", "/alarms", "/trials", "/export", "/why"):
            written = await product.boris.write(f"{command} 42")
            told = await product.boris.wait_for(after=written)
            assert told.text.startswith(f"Вам открыта часть касаний, а {command}")
        await product.move_to(MONDAY)
        assert "10 ответов" in (await product.boris.wait_for(is_report, deadline=DRAWN)).text
        assert "38 ответов" in (await product.owner.wait_for(is_report, deadline=DRAWN)).text


async def test_a_manager_chooses_day_and_hour_and_pauses(product: Product) -> None:
    async with product.running():
        await make_manager(product, product.boris)
        await answers(product, "delivery", 10, 5)
        await product.move_to(MONDAY - timedelta(hours=1))
        written = await product.boris.write("/subscription")
        card = await product.boris.wait_for(after=written)
        assert "по понедельникам в 09:00" in card.text
        await press(product.boris, card, "ср")
        await press(product.boris, card, "18:00")
        await press(product.boris, card, "Тёмный")
        await product.boris.wait_for(lambda message: "✓ Тёмный" in message.labels, after=written)
        assert "по средам в 18:00" in card.text
        await product.move_to(MONDAY)
        await product.owner.wait_for(is_report, deadline=DRAWN)
        await product.move_to(MONDAY + timedelta(days=2, hours=8, minutes=59))
        assert not [message for message in product.boris.see() if is_report(message)], "not before the chosen hour"
        await product.move_to(MONDAY + timedelta(days=2, hours=9))
        assert (await product.boris.wait_for(is_report, deadline=DRAWN)).kind == "photo"

        await press(product.boris, card, "Не присылать")
        await product.boris.wait_for(lambda message: "На паузе" in message.text, after=written)
        await product.move_to(MONDAY + timedelta(days=9, hours=9))
        await product.owner.wait_for(lambda message: "неделя 48" in message.text, deadline=DRAWN)
        assert not [message for message in product.boris.see() if "неделя 48" in message.text]
        await press(product.boris, card, "Присылать снова")
        await product.move_to(MONDAY + timedelta(days=9, hours=10))
        await product.boris.wait_for(lambda message: "неделя 48" in message.text, deadline=DRAWN)


async def test_day_time_paper_and_pause_can_be_written(product: Product) -> None:
    async with product.running():
        await make_manager(product, product.boris)

        async def write(text: str) -> MessageView:
            return await product.boris.wait_for(after=await product.boris.write(f"/subscription {text}"))

        assert "по средам в 18:30" in (await write("среда 18:30")).text
        dark = await write("dark")
        assert "по средам в 18:30" in dark.text
        assert "✓ Тёмный" in dark.labels
        assert "На паузе" in (await write("пауза")).text
        nonsense = await write("когда-нибудь")
        assert "Не понял «когда-нибудь»" in nonsense.text
        assert "/subscription понедельник 9:00" in nonsense.text
        assert "по средам в 18:30" in (await write("on")).text
        assert "по понедельникам в 09:00" in (await write("monday 09:00")).text


async def test_a_manager_looks_into_a_report_down_to_the_comments(product: Product) -> None:
    async with product.running():
        await answers(product, "delivery", 12, 1, location="shop-1", employee="e-17")
        await product.move_to(MONDAY)
        report = await product.owner.wait_for(is_report, deadline=DRAWN)
        await product.owner.tap(report, button(report, "Разобраться"))
        step = await product.owner.wait_for(lambda message: "Точки контакта" in message.text, after=report.id)
        for label, expected in (
            ("Доставка", "По местам"),
            ("shop-1", "По сотрудникам"),
            ("e-17", "По причинам"),
            ("Опоздали", "☎ ••"),
        ):
            await press(product.owner, step, label)
            await product.owner.wait_for(
                lambda message, expected=expected: message == step and expected in message.text, after=step.id - 1
            )
        assert "900" not in step.text
        await press(product.owner, step, "Назад")
        await product.owner.wait_for(
            lambda message: message == step and "По причинам" in message.text, after=step.id - 1
        )
