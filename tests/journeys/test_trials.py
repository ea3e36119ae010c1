"""A trial of two questions, from the catalogue to the answers and what managers are told."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox import Person
from surveys.publishing import publish
from surveys.rules.trials import deal
from tests.journeys.product import CATALOGUE, Product
from tests.journeys.troubles import count

TRIAL = """\
trials:
  KEY:
    touchpoint: delivery
    measure: response_rate
    from: 2026-11-18
    variants: {b: {question: {ru: "{name|}, всё ли приехало?", en: "{name|}, is it all there?"}}}
    planned: 400
"""


async def begin_trial(product: Product, first: str, second: str) -> str:
    """A trial that gives the first customer a and the second b; its key."""
    async with product.database.transaction() as transaction:
        persons = [
            await transaction.value("select person_id from customers where external_id = $1", customer)
            for customer in (first, second)
        ]
    dealt = ["a", "b"]
    key = next(
        key for key in (f"words-{n}" for n in range(99)) if [deal(key, int(str(one)), 0.5) for one in persons] == dealt
    )
    await publish(product.database, CATALOGUE + TRIAL.replace("KEY", key), now=product.clock.now())
    await product.application.follow_catalogue()
    return key


async def asked(product: Product, person: Person, order: str, customer: str) -> str:
    """The question somebody is asked about their order, answered with 5 at once."""
    question = await product.asked(person, order, customer)
    text = question.text
    await person.tap(question, "5")
    await product.told(f"{order}:delivery", "answered")
    return text


async def test_two_people_are_asked_differently_and_each_answer_keeps_what_was_asked(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7")
        await product.connect(product.boris, "c-8")
        key = await begin_trial(product, "c-7", "c-8")
        assert (await asked(product, product.anna, "42", "c-7")).startswith("Анна, как вам доставка заказа 42?\n")
        assert (await asked(product, product.boris, "43", "c-8")).startswith("Борис, всё ли приехало?\n")
        async with product.database.transaction() as transaction:
            rows = await transaction.rows(
                """
                select i.trial, i.variant, i.counts_in_trial, i.question = r.question as same, r.question
                from responses r join invitations i on i.id = r.invitation_id order by i.order_id
                """
            )
        assert [tuple(row)[:4] for row in rows] == [(key, "a", True, True), (key, "b", True, True)]
        assert "доставка заказа 42" in rows[0]["question"]
        assert "доставка" not in rows[1]["question"]

        story = await product.get("/api/v1/events/43:delivery")
        assert [(one["trial"], one["variant"]) for one in story["invitations"]] == [(key, "b")]  # type: ignore[attr-defined]
        written = await product.owner.write("/why 43")
        assert f"Эксперимент {key}: вариант B" in (await product.owner.wait_for(after=written)).text
        written = await product.owner.write("/trials")
        told = (await product.owner.wait_for(after=written)).text
        assert f"{key} · Доставка" in told
        assert "не хватает: A — 400, B — 400" in told
        assert "%" not in told
        (document,) = (await product.get("/api/v1/trials"))["trials"]  # type: ignore[misc]
        assert (document["trial"], document["state"], document["verdict"]) == (key, "running", None)  # type: ignore[index, call-overload]
        await product.pass_time(timedelta(days=8))
        (document,) = (await product.get("/api/v1/trials"))["trials"]  # type: ignore[misc]
        assert document["variants"]["a"]["reached"] == document["variants"]["b"]["reached"] == 1  # type: ignore[index, call-overload]
        written = await product.boris.write("/trials")
        unknown = await product.boris.wait_for(after=written)
        assert key not in unknown.text


async def test_a_tap_faster_than_the_record_of_the_sending_keeps_the_variant_s_words(product: Product) -> None:
    async with product.running():
        await product.connect(product.boris, "c-7")
        await product.connect(product.anna, "c-8")
        await begin_trial(product, "c-7", "c-8")
        question = await product.asked(product.anna, "42", "c-8")
        # as it is between the sending and its recording: the words are not there yet
        async with product.database.transaction() as transaction:
            await transaction.run("update invitations set question = null")
        await product.anna.tap(question, "5")
        await product.told("42:delivery", "answered")
        assert await count(product, "select count(*) from responses where question = 'Анна, всё ли приехало?'") == 1
