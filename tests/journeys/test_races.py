"""What happens at one instant, in several processes, on a real PostgreSQL: one outcome, and a consistent one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from bot.app import RunRole
from bot.sandbox import Person
from db.database import Database
from surveys import answering, cancelling, claiming, forgetting, intake, linking, messages, settling, sweeping
from surveys.actors import Actor
from surveys.answer_views import AskReasons
from surveys.channels import channel_state
from surveys.due import Due, SettledText
from surveys.intake import IncomingCustomer, IncomingEvent
from surveys.linking import Connected, LinkTaken
from surveys.messages import IncomingMessage
from surveys.rules.dialogue import MessageKind
from surveys.rules.sending import Accepted
from tests.journeys.product import Product
from tests.journeys.troubles import count, crowd, end_leases, eventually, plan, questions, sent_to

pytestmark = pytest.mark.customers_in("telegram", why="which of two comes first is decided behind the messengers")

FEW = 24


def actor(person: Person) -> Actor:
    return Actor("telegram", person.id, person.user.first_name, "ru")


async def rows(product: Product, query: str, *arguments: object) -> list[tuple[object, ...]]:
    async with product.database.autocommit() as transaction:
        return [tuple(row) for row in await transaction.rows(query, *arguments)]


async def asked_crowd(product: Product, number: int) -> dict[Person, int]:
    """People who were just asked, with their invitations."""
    people = crowd(product, number)
    await plan(product, people)
    await product.pass_time(timedelta(hours=2))
    for person in people:
        await person.wait_for(lambda message: "5" in message.labels)
    await eventually(lambda: _are_sent(product, number))
    found = dict(await rows(product, "select order_id, id from invitations"))
    return {person: int(str(found[str(person.id)])) for person in people}


async def _are_sent(product: Product, number: int) -> bool:
    return await count(product, "select count(*) from invitations where state = 'sent'") == number


async def due_crowd(product: Product, number: int) -> list[Person]:
    """People who are to be asked now; no process sends."""
    people = crowd(product, number)
    await plan(product, people)
    product.clock.move_by(timedelta(hours=2))
    return people


@asynccontextmanager
async def another(product: Product, database_url: str, role: RunRole) -> AsyncGenerator[None, None]:
    """One more process, with a pool of its own."""
    database = await Database.connect(database_url)
    try:
        async with replace(product, database=database).running(role):
            yield
    finally:
        await database.close()


async def test_two_workers_ask_each_of_two_hundred_once(product: Product, database_url: str) -> None:
    async with product.running(RunRole.WEB):
        people = await due_crowd(product, 200)
        async with another(product, database_url, RunRole.WORKER), another(product, database_url, RunRole.WORKER):
            await eventually(lambda: _are_sent(product, len(people)), deadline=20)
    assert {len(sent_to(product, person.id)) for person in people} == {1}


async def test_a_tap_and_a_wish_to_be_forgotten(product: Product) -> None:
    async with product.running():
        asked = await asked_crowd(product, FEW)
        database, catalogues, now = product.database, product.application.catalogues, product.clock.now()

        async def tap(person: Person, invitation_id: int, score: int) -> object:
            return await answering.give_score(database, catalogues, actor(person), invitation_id, score, now=now)

        async def write(person: Person) -> object:
            message = IncomingMessage(50_000, MessageKind.TEXT, "Торт помялся")
            return await messages.take_message(database, catalogues, actor(person), message, now=now)

        async def forget(person: Person) -> object:
            return await forgetting.forget(database, catalogues, actor(person), now=now)

        await asyncio.gather(
            *(
                work
                for place, (person, invitation_id) in enumerate(asked.items())
                for work in (tap(person, invitation_id, 1 + place % 5), forget(person), write(person))
            )
        )
        # who wrote after having been forgotten is somebody new; nothing older names them
        assert await rows(product, "select * from responses where account_id is not null or order_id is not null") == []
        assert await rows(product, "select * from customers") == []
        assert await rows(product, "select * from responses where comment is not null") == []
        assert await rows(product, "select * from invitations where account_id is not null") == []
        answered = await count(product, "select count(*) from invitations where state = 'answered'")
        assert await count(product, "select count(*) from responses") == answered


async def test_cancelling_while_two_workers_send(product: Product, database_url: str) -> None:
    async with product.running(RunRole.WEB):
        people = await due_crowd(product, 60)
        async with another(product, database_url, RunRole.WORKER), another(product, database_url, RunRole.WORKER):
            now = product.clock.now()
            cancelled = await asyncio.gather(
                *(cancelling.cancel_order(product.database, str(person.id), now=now) for person in people)
            )
            await eventually(lambda: _is_settled(product))
        states = dict(await rows(product, "select order_id, state from invitations"))
        for person, cancellation in zip(people, cancelled, strict=True):
            assert states[str(person.id)] == ("cancelled" if cancellation.cancelled else "sent")
            assert len(sent_to(product, person.id)) == (0 if cancellation.cancelled else 1)


async def _is_settled(product: Product) -> bool:
    left = "select count(*) from schedule where kind = 'invitation' and state in ('due', 'sending')"
    return await count(product, left) == 0


async def test_answers_faster_than_the_sending_is_written_down(product: Product) -> None:
    async with product.running(RunRole.WEB):
        people = await due_crowd(product, FEW)
        database, catalogues, now = product.database, product.application.catalogues, product.clock.now()
        due = await claiming.claim(database, catalogues, "telegram", now=now)
        assert len(due) == FEW
        by_chat = {one.chat_id: one for one in due}

        async def settle(one: Due) -> None:
            text = SettledText("Как вам доставка?", "ru")
            await settling.settle(database, catalogues, [(one, Accepted(7), text)], now=now)

        views = await asyncio.gather(
            *(
                answering.give_score(database, catalogues, actor(person), by_chat[person.id].subject_id, 1, now=now)
                for person in people
            ),
            *(settle(one) for one in due),
        )
        assert {type(view) for view in views[:FEW]} == {AskReasons}
        assert await rows(product, "select distinct state, message_id from invitations") == [("answered", 7)]
        assert await count(product, "select count(*) from responses") == FEW
        assert await count(product, "select count(*) from cases") == FEW
        kinds = dict(await rows(product, "select kind, count(*) from schedule where state = 'due' group by kind"))
        assert kinds["card"] == FEW
        # whoever answered needs no reminder
        product.clock.move_by(timedelta(days=2))
        for one in await claiming.claim(database, catalogues, "telegram", now=product.clock.now()):
            assert one.kind != "reminder"


async def test_an_order_reported_and_claimed_by_many_at_once(product: Product) -> None:
    async with product.running(RunRole.WEB):
        database, catalogues, now = product.database, product.application.catalogues, product.clock.now()
        people = crowd(product, 8)

        def events(touchpoint: str) -> list[IncomingEvent]:
            return [
                IncomingEvent(
                    id=f"{person.id}:{touchpoint}",
                    touchpoint=touchpoint,
                    occurred_at=now - timedelta(hours=2),
                    customer=IncomingCustomer(id=f"c-{person.id}", telegram_id=person.id),
                    order_id=str(person.id),
                )
                for person in people
            ]

        claimed: list[Due] = []

        async def claim() -> None:
            for _ in range(4):
                claimed.extend(await claiming.claim(database, catalogues, "telegram", now=now, limit=3))

        reported = [events("delivery"), events("visit"), list(reversed(events("delivery"))), events("visit")[::-1]]
        await asyncio.gather(
            *(intake.take_in(database, catalogues, some, now=now) for some in reported), claim(), claim()
        )
        await claim()
        await claim()
        assert await count(product, "select count(*) from touchpoint_events") == 2 * len(people)
        assert await count(
            product,
            "select count(*) from persons where exists (select from customers c where c.person_id = persons.id)",
        ) == len(people)
        assert sorted(one.chat_id for one in claimed) == [person.id for person in people]
        skipped = await rows(product, "select distinct reason from invitations where state = 'skipped'")
        assert set(skipped) <= {("lower_priority",), ("order_already_asked",)}
        states = dict(await rows(product, "select state, count(*) from invitations group by state"))
        assert states == {"sending": len(people), "skipped": len(people)}


async def test_links_opened_at_one_instant(product: Product) -> None:
    async with product.running(RunRole.WEB):
        database, now = product.database, product.clock.now()
        people = crowd(product, 6)
        for number in range(6):
            decided = await product.report("delivery", f"o-{number}", f"k-{number}")
            assert decided["outcome"] == "waiting"
        keys = [(await linking.make_links(database, f"k-{n}", [f"o-{n}"], now=now)) for n in range(6)]

        # the same link by the same person twice, and by another; and everybody a second link, all at once
        tries = [
            (person, key)
            for n, person in enumerate(people)
            for key in (
                keys[n].customer_key,
                keys[n].customer_key,
                keys[n - 1].customer_key,
                keys[n - 1].order_keys[f"o-{n - 1 if n else 5}"],
            )
        ]
        views = await asyncio.gather(*(_open(product, person, key) for person, key in tries))
        assert {type(view) for view in views} <= {Connected, LinkTaken}
        opened: dict[str, set[int]] = {}
        for (person, key), view in zip(tries, views, strict=True):
            if isinstance(view, Connected):
                opened.setdefault(key, set()).add(person.id)
        assert all(len(who) == 1 for who in opened.values())
        assert len(opened) == 12
        assert await count(product, "select count(*) from accounts") == 6
        # every order is planned once, of whoever opened its own link
        asked = await rows(
            product,
            "select i.order_id, a.external_id, i.state from invitations i left join accounts a on a.id = i.account_id",
        )
        assert len(asked) == 6
        for order_id, external_id, state in asked:
            (holder,) = opened[keys[int(str(order_id)[2:])].order_keys[str(order_id)]]
            assert state in ("planned", "skipped")
            assert external_id in (holder, None)


async def _open(product: Product, person: Person, key: str) -> object:
    catalogues, now = product.application.catalogues, product.clock.now()
    for _ in range(5):
        try:
            return await linking.connect(product.database, catalogues, actor(person), key, now=now)
        except asyncpg.DeadlockDetectedError:
            continue
    raise AssertionError("it deadlocked five times")


async def test_sweeps_of_many_processes_settle_a_dead_one_once(product: Product) -> None:
    async with product.running(RunRole.WEB):
        await due_crowd(product, 5)
        database, catalogues, now = product.database, product.application.catalogues, product.clock.now()
        assert len(await claiming.claim(database, catalogues, "telegram", now=now)) == 5
        await end_leases(product)
        await asyncio.gather(*(sweeping.sweep(database, catalogues, now=now) for _ in range(4)))
        assert await rows(product, "select state, count(*) from invitations group by state") == [("unknown", 5)]
        steps = await count(product, "select count(*) from invitation_steps where step = 'unknown'")
        assert steps == 5
        # that a process died says nothing about the messenger
        assert (await channel_state(database, "telegram")).paused_until is None


async def test_two_scores_tapped_in_one_instant(product: Product) -> None:
    async with product.running():
        asked = await asked_crowd(product, 4)
        for person in asked:
            question = questions(person)[0]
            await asyncio.gather(
                person.forge_tap(question, f"r:{asked[person]}:1"), person.forge_tap(question, f"r:{asked[person]}:4")
            )
        assert await count(product, "select count(*) from responses") == 4
        assert await count(product, "select count(*) from response_scores") == 4
        assert await rows(product, "select distinct score from responses") == [(4,)]
        assert await count(product, "select count(*) from cases") == 4
        await product.card("4 из 5")
