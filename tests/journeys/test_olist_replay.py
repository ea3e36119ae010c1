"""Four weeks of real orders through the real loop: asked, answered as their customers did, reported as the data says.

Deliveries come in over HTTP, answers through the sandbox and long polling; business time moves from instant to instant
of the data. The schedule's loop is the product's own `run_once`, called where time has moved, so nothing is waited for
but answers to what somebody did.
"""

from __future__ import annotations

import heapq
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.app import Application, RunRole
from bot.clock import MovableClock
from bot.sandbox import MessageView, Person
from tests.journeys.olist import (
    EXPIRES_AFTER,
    REMIND_AFTER,
    ZONE,
    Figures,
    Order,
    is_working_time,
    next_working_moment,
    read_orders,
)
from tests.journeys.product import Product

OLIST = os.environ.get("OTKLIK_TEST_OLIST")
CATALOGUE = Path(__file__).parents[2] / "docs" / "examples" / "olist-catalogue.yaml"
FIRST, END = date(2018, 3, 26), date(2018, 4, 23)
"""A spring in which many parcels came late."""

WEEK = timedelta(days=7)
CARD = "Complaint No. "
PATIENCE = 20.0
"""Seconds of machine time for one answer; far more than it takes on a busy machine."""

pytestmark = [
    pytest.mark.customers_in("telegram", why="it is about the numbers, whoever brought the answers"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not OLIST or not Path(OLIST, "reviews.csv").exists(),
        reason="OTKLIK_TEST_OLIST does not name the folder of Olist's orders.csv and reviews.csv",
    ),
]

Step = Callable[[], Awaitable[None]]


@pytest.fixture
def clock() -> MovableClock:
    """The Monday on which the replay begins."""
    return MovableClock(datetime.combine(FIRST, time(), ZONE), running=False)


@dataclass
class Replay:
    """The shop's customers, and what is still to happen, by its instant."""

    product: Product
    orders: list[Order]
    bot: Application
    people: dict[str, Person] = field(default_factory=dict)
    questions: dict[str, MessageView] = field(default_factory=dict)
    _agenda: list[tuple[datetime, int, Step]] = field(default_factory=list)
    _turn: count[int] = field(default_factory=count)

    def at(self, instant: datetime, step: Step) -> None:
        """Have something happen then."""
        heapq.heappush(self._agenda, (instant.astimezone(ZONE), next(self._turn), step))

    async def run(self) -> None:
        """Move time from one instant to the next until nothing is left; the product sweeps once a day."""
        swept_on = None
        while self._agenda:
            instant, _, step = heapq.heappop(self._agenda)
            self.product.clock.move_to(instant)
            if instant.date() != swept_on:
                await self.bot.sweep()
                swept_on = instant.date()
            await step()

    async def send_what_is_due(self) -> int:
        """One turn of the product's loop at the present instant; how many rows of the schedule it took."""
        assert self.bot.telegram is not None
        return await self.bot.telegram.delivery.run_once(self.product.clock.now())

    def deliver(self, number: int, order: Order) -> Step:
        """The shop reports a delivery; its customer is reached in one of three ways, one after the other."""
        way = number % 3
        person = self.product.telegram.add_person(100_000 + number, f"Customer {number}", started=way == 0)
        self.people[order.id] = person

        async def step() -> None:
            customer: dict[str, object] = {"id": order.customer}
            if way == 0:
                customer["telegram_id"] = person.id
            if way == 1:
                await self.product.connect(person, order.customer, order.id)
            results = (await self.product.post("/api/v1/events", event_of(order, customer)))["results"]
            assert isinstance(results, list)
            (decided,) = results
            assert decided["status"] == "accepted", decided
            assert decided["outcome"] == ("waiting" if way == 2 else "planned"), decided
            if way == 2:
                await self.product.connect(person, order.customer)
                decided = await self.told(order)
                assert decided["outcome"] == "planned", decided
            else:
                assert datetime.fromisoformat(decided["ask_at"]) == order.asked_at
            self.at(order.asked_at, self.ask(order))

        return step

    def ask(self, order: Order) -> Step:
        """The question comes at its instant; a day later a reminder, if it was not answered."""
        person = self.people[order.id]

        async def step() -> None:
            await self.send_what_is_due()
            question = person.last()
            assert order.id in question.text
            assert question.labels[:5] == ("1", "2", "3", "4", "5")
            assert question.at == order.asked_at
            self.questions[order.id] = question
            if order.answers or order.answers_too_late:
                self.at(order.answered_at, self.answer(order))
            if order.is_reminded:
                self.at(order.asked_at + REMIND_AFTER, self.remind(order))

        return step

    def remind(self, order: Order) -> Step:
        """The reminder comes at its instant."""

        async def step() -> None:
            await self.send_what_is_due()
            (reminder,) = self.reminders(order)
            assert reminder.at == order.asked_at + REMIND_AFTER

        return step

    def answer(self, order: Order) -> Step:
        """The customer taps the score they gave and writes what they wrote; whoever is too late reads so.

        Of a low score the team's chat hears at once while the team works, else when it works again.
        """
        person, question = self.people[order.id], self.questions[order.id]

        async def step() -> None:
            data = next(button.data for button in question.buttons if button.text == str(order.score))
            assert data is not None
            await person.forge_tap(person.last(), data, deadline=PATIENCE)
            if order.answers_too_late:
                await person.wait_for(lambda message: "has passed" in message.text, deadline=PATIENCE)
                return
            if order.is_unhappy:
                await self.send_what_is_due()
                assert len(self.cards(order)) == is_working_time(order.answered_at)
            if order.comment:
                written = await person.write(order.comment)
                thanks = await person.wait_for(after=written, deadline=PATIENCE)
                assert "Thank you" in thanks.text
                await self.send_what_is_due()
            if order.is_unhappy:
                self.at(next_working_moment(order.answered_at), self.on_the_table(order))

        return step

    def on_the_table(self, order: Order) -> Step:
        """Once the team works, its chat holds the card, once, with all that the customer said."""

        async def step() -> None:
            await self.send_what_is_due()
            (card,) = self.cards(order)
            assert order.comment in card.text

        return step

    def week_over(self, monday: date) -> Step:
        """The owner has just been sent the report on the week that ended."""

        async def step() -> None:
            await self.send_what_is_due()
            week = Figures.of(self.orders, lambda order: order.answered_in == monday - WEEK)
            report = self.product.owner.last().text
            assert f"week {(monday - WEEK).isocalendar().week}," in report
            assert f"{week.n} answers" in report
            assert week.score is not None
            assert f"{week.score:.1f}\N{NO-BREAK SPACE}% (" in report

        return step

    def cards(self, order: Order) -> list[MessageView]:
        """The complaint's cards in the team's chat."""
        cards = [message for message in self.product.team.see() if message.text.startswith(CARD)]
        return [card for card in cards if order.id in card.text]

    def reminders(self, order: Order) -> list[MessageView]:
        """What the bot sent the customer in reply to the question."""
        question = self.questions[order.id]
        sent = [message for message in self.people[order.id].see() if message.from_bot]
        return [message for message in sent if message.reply_to == question.id]

    async def told(self, order: Order) -> dict[str, object]:
        """What the product tells about an order's event."""
        return await self.product.get(f"/api/v1/events/{order.id}:delivered")


def event_of(order: Order, customer: dict[str, object]) -> dict[str, object]:
    """The delivery as the shop reports it."""
    return {
        "id": f"{order.id}:delivered",
        "touchpoint": "delivery",
        "occurred_at": order.delivered_at.isoformat(),
        "order_id": order.id,
        "amount": order.amount,
        "currency": "BRL",
        "customer": customer,
        "attributes": order.attributes,
    }


async def test_four_weeks_of_real_orders(product: Product) -> None:
    product.catalogue = CATALOGUE.read_text("utf-8")
    orders = read_orders(Path(OLIST or ""), FIRST, END)
    assert 150 <= len(orders) <= 300
    assert any(order.answers_too_late for order in orders)
    assert len({order.customer for order in orders}) == len(orders), "quarantine would leave somebody unasked"
    async with product.running(RunRole.BOT) as bot, product.running(RunRole.WEB):
        replay = Replay(product, orders, bot)
        for number, order in enumerate(orders):
            replay.at(order.delivered_at, replay.deliver(number, order))
        monday, over = FIRST, max(order.answered_at for order in orders if order.answers).date()
        while monday <= over:
            monday += WEEK
            replay.at(datetime.combine(monday, time(9), ZONE), replay.week_over(monday))
        await replay.run()
        product.clock.move_by(EXPIRES_AFTER)
        await bot.sweep()

        await check_weeks(product, orders, monday)
        await check_whole(product, orders, monday)
        await check_answers(replay)
        await check_cases(replay)
        assert all(len(replay.reminders(order)) == order.is_reminded for order in orders)
        told = Counter(message.text for message in product.owner.see() if message.from_bot)
        assert set(told.values()) == {1}, "the owner was told something twice"
        reports = Counter(text.partition("\n")[0] for text in told if text.startswith("Olist: week"))
        assert set(reports.values()) == {1}, reports
        assert len(reports) == (monday - FIRST) // WEEK


async def check_weeks(product: Product, orders: list[Order], end: date) -> None:
    """Each week's document says what the data says, also of late and punctual parcels apart."""
    monday = FIRST
    while monday < end:
        year, week, _ = monday.isocalendar()
        document = await product.get(f"/api/v1/scores?week={year}-W{week}&by=late")
        (entry,) = document["touchpoints"]

        def in_week(order: Order, monday: date = monday) -> bool:
            return order.answered_in == monday

        figures = Figures.of(orders, in_week)
        assert {key: entry[key] for key in figures.fields} == figures.fields
        before = Figures.of(orders, lambda order, monday=monday: order.answered_in == monday - WEEK)
        assert entry["previous"] == {"n": before.n, "score": before.score}
        assert document["cases"]["opened"] == figures.sides[0]

        delivered = [order for order in orders if order.delivered_in == monday]
        answered = [order for order in delivered if order.answers]
        assert entry["funnel"] == {
            "events": len(delivered),
            **dict.fromkeys(("waiting", "planned", "skipped", "cancelled", "rejected", "unknown"), 0),
            "delivered": len(delivered),
            "answered": len(answered),
            "commented": sum(bool(order.comment) for order in answered),
            "maturing": False,
        }
        assert sum(segment["n"] for segment in entry["by"]["segments"]) == figures.n
        for segment in entry["by"]["segments"]:
            part = Figures.of(orders, lambda order, late=segment["value"]: in_week(order) and order.late is late)
            assert {key: segment[key] for key in part.fields} == part.fields
        monday += WEEK


async def check_whole(product: Product, orders: list[Order], end: date) -> None:
    """Over all weeks nothing is missing and nothing is counted twice, and late parcels are rated worse."""
    document = await product.get(f"/api/v1/scores?from={FIRST}&to={end}&by=late")
    (entry,) = document["touchpoints"]
    assert entry["n"] == sum(order.answers for order in orders)
    segments = {segment["value"]: segment for segment in entry["by"]["segments"]}
    assert segments.keys() == {True, False}
    for late, segment in segments.items():
        part = Figures.of(orders, lambda order, late=late: order.late is late)
        assert {key: segment[key] for key in part.fields} == part.fields
    assert segments[True]["score"] < segments[False]["score"] - 20


async def check_answers(replay: Replay) -> None:
    """Every answer was kept as it was given, in time or not at all."""
    for order in replay.orders:
        told = await replay.told(order)
        assert told["outcome"] == ("answered" if order.answers else "expired"), told
        kept = [(response["score"], response["comment"]) for response in told["responses"]]
        assert kept == ([(order.score, order.comment or None)] if order.answers else [])
        if order.answers:
            assert datetime.fromisoformat(told["responses"][0]["answered_at"]) == order.answered_at


async def check_cases(replay: Replay) -> None:
    """A case and a card in the team's chat for each 1 and 2, once, with what the customer wrote."""
    unhappy = {order.id: order for order in replay.orders if order.is_unhappy}
    listed = (await replay.product.get("/api/v1/cases?state=open&limit=1000"))["cases"]
    assert isinstance(listed, list)
    assert Counter(case["order_id"] for case in listed) == Counter(unhappy.keys())
    for case in listed:
        order = unhappy[case["order_id"]]
        assert (case["score"], case["comment"]) == (order.score, order.comment or None)
        assert datetime.fromisoformat(case["opened_at"]) == order.answered_at
    cards = [message for message in replay.product.team.see() if message.text.startswith(CARD)]
    assert len(cards) == len(unhappy)
    for order in unhappy.values():
        (card,) = (found.text for found in replay.cards(order))
        assert f"Score: {order.score} of 5" in card
        assert order.comment in card
        assert f"late: {'yes' if order.late else 'no'}" in card
