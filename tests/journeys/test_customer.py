"""A customer's way through the product, in either messenger: connecting, answering, being left alone."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from tests.journeys.product import NOON, ZONE, Product, button
from tests.journeys.troubles import count, eventually


async def test_an_event_waits_until_the_customer_connects(product: Product) -> None:
    async with product.running():
        decided = await product.report("delivery", "42", "c-7")
        assert decided["outcome"] == "waiting"
        await product.connect(product.anna, "c-7")
        await product.pass_time(timedelta(hours=2))
        question = await product.anna.wait_for(lambda message: "5" in message.labels)
        assert question.text.startswith("Анна, как вам доставка заказа 42?")


async def test_one_who_connects_too_late_is_not_asked(product: Product) -> None:
    async with product.running():
        await product.report("delivery", "42", "c-7")
        await product.pass_time(timedelta(days=2, seconds=1))
        await product.connect(product.anna, "c-7")
        told = await product.get("/api/v1/events/42:delivery")
        assert told["outcome"] == "skipped"
        assert told["invitations"][0]["reason"] in {"unreachable", "stale"}


async def test_an_order_link_binds_the_order_and_not_the_customer(product: Product) -> None:
    async with product.running():
        await product.connect(product.boris, "c-7", "42")
        assert (await product.report("delivery", "42", "c-7"))["outcome"] == "planned"
        assert (await product.report("delivery", "43", "c-7"))["outcome"] == "waiting"
        reach = (await product.get("/api/v1/scores?from=2026-11-16&to=2026-11-23"))["reach"]
        assert (reach["customers"], reach["reachable"]) == (1, 1)


async def test_a_link_that_is_taken_says_so(product: Product) -> None:
    async with product.running():
        links = await product.post("/api/v1/customers/c-7/links")
        key = product.key_of(links)
        first = await product.anna.start(key)
        welcome = await product.anna.wait_for(after=first)
        again = await product.anna.start(key)
        assert (await product.anna.wait_for(after=again)).text == welcome.text
        other = await product.boris.start(key)
        refused = await product.boris.wait_for(after=other)
        assert refused.text != welcome.text
        assert "Анна" not in refused.text


async def test_one_reminder_while_unanswered_and_none_after_the_answer(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.connect(product.boris, "c-8")
        question = await product.asked(product.anna, "42", "c-7")
        other = await product.asked(product.boris, "43", "c-8")
        await product.boris.tap(other, "5")
        await product.pass_time(timedelta(days=1))
        reminder = await product.anna.wait_for(lambda message: "5" in message.labels, after=question)
        assert reminder.reply_to == question.id
        await product.pass_time(timedelta(days=3))
        assert [message for message in product.anna.see() if message.reply_to == question.id] == [reminder]
        assert [message for message in product.boris.see() if message.reply_to == other.id] == []


async def test_a_question_that_falls_into_the_night_is_asked_at_ten(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.move_to(NOON + timedelta(hours=8))
        decided = await product.report("delivery", "42", "c-7")
        morning = datetime.combine(NOON.date() + timedelta(days=1), time(10), ZONE)
        assert datetime.fromisoformat(str(decided["ask_at"])) == morning
        await product.move_to(morning - timedelta(seconds=1))
        assert product.anna.last().labels == ()
        await product.move_to(morning)
        await product.anna.wait_for(lambda message: "5" in message.labels)


async def test_somebody_who_blocked_the_bot_is_unreachable_until_they_return(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.anna.block()
        await product.noted(product.anna, "blocked")
        decided = await product.report("delivery", "42", "c-7")
        assert decided["outcome"] == "waiting"
        written = await product.anna.start()
        await product.anna.wait_for(after=written)
        await product.pass_time(timedelta(hours=2))
        await product.anna.wait_for(lambda message: "5" in message.labels, after=written)


async def test_a_block_that_nobody_told_us_of_is_noticed_when_sending(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        assert (await product.report("delivery", "42", "c-7"))["outcome"] == "planned"
        await product.anna.deactivate()
        await product.pass_time(timedelta(hours=2))
        for _ in range(200):
            told = await product.get("/api/v1/events/42:delivery")
            if told["outcome"] == "rejected":
                break
        assert told["outcome"] == "rejected"
        assert (await product.report("delivery", "43", "c-7"))["outcome"] == "waiting"


async def test_a_block_that_nobody_told_us_of_is_noticed_when_answering(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        product.forbid(product.anna)
        await product.anna.write("/privacy")
        await eventually(lambda: count(product, "select 1 from accounts where state = 'blocked'"))
        assert (await product.report("delivery", "42", "c-7"))["outcome"] == "waiting"


async def test_dont_ask_me_under_the_question_can_be_undone(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        await product.anna.tap(question, button(question, "Больше не"))
        stopped = await product.anna.wait_for_edit(question)
        decided = await product.report("delivery", "43", "c-7")
        assert (decided["outcome"], decided["reason"]) == ("skipped", "opted_out")
        undo = stopped.buttons[0]
        assert undo.data is not None
        await product.anna.tap(stopped, undo.data)
        await product.anna.wait_for_edit(question, lambda message: "5" in message.labels)


async def test_the_product_may_restart_in_the_middle_of_a_dialogue(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        question = await product.asked(product.anna, "42", "c-7")
        await product.anna.tap(question, "4")
        await product.anna.wait_for_edit(question)
    written = await product.anna.write("Курьер молодец, но без звонка")
    async with product.running():
        await product.anna.wait_for(lambda message: "Спасибо" in message.text, after=written)
        told = await product.get("/api/v1/events/42:delivery")
        assert told["responses"][0]["comment"] == "Курьер молодец, но без звонка"


async def test_a_cancelled_order_is_not_asked_about(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        assert (await product.report("delivery", "42", "c-7"))["outcome"] == "planned"
        await product.post("/api/v1/orders/42/cancel")
        await product.pass_time(timedelta(hours=3))
        told = await product.get("/api/v1/events/42:delivery")
        assert told["outcome"] == "cancelled"
        assert product.anna.last().labels == ()


async def test_pause_holds_questions_and_lets_complaints_through(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.connect(product.boris, "c-8")
        question = await product.asked(product.anna, "42", "c-7")
        await product.report("delivery", "43", "c-8")
        written = await product.owner.write("/pause")
        await product.owner.wait_for(after=written)
        await product.pass_time(timedelta(hours=2))
        await product.anna.tap(question, "1")
        await product.card()
        assert product.boris.last().labels == ()
        await product.owner.write("/continue")
        await product.boris.wait_for(lambda message: "5" in message.labels)


async def test_who_opened_the_parcel_does_not_learn_who_paid_for_it(product: Product) -> None:
    async with product.running():
        await product.report("visit", "41", "c-7", name="Анна")
        await product.connect(product.boris, "c-7", "42")
        seen = product.boris.see()[-1].id
        assert (await product.report("delivery", "42", "c-7", name="Анна"))["outcome"] == "planned"
        await product.pass_time(timedelta(hours=2))
        question = await product.boris.wait_for(lambda message: "5" in message.labels, after=seen)
        assert question.text.startswith("Борис, как вам доставка заказа 42?")
        await product.told("42:delivery", "sent")
        await product.pass_time(timedelta(days=1))
        await product.boris.wait_for(lambda message: message.reply_to == question.id)
        await product.boris.tap(question, "2")
        await product.boris.wait_for_edit(question)
        assert [message.text for message in product.boris.see() if "Анна" in message.text] == []
