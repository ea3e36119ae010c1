"""Many complaints at once: one message tells of them, none is lost, and each gets a card when somebody takes it up."""

from __future__ import annotations

from datetime import timedelta

from tests.journeys.product import CATALOGUE, Customer, Product, button
from tests.journeys.troubles import count, eventually

THREE = CATALOGUE.replace(
    "  teams: {logistics: {chat: staff}}",
    "  teams: {logistics: {chat: staff}}\n  outbreak: {complaints: 3, within: PT1H}",
)


async def ask_all(product: Product, *locations: str | None) -> list[Customer]:
    """As many people are asked about a delivery, each at their place."""
    people = product.customers(len(locations))
    events = [
        {
            "id": f"{n}:delivery",
            "touchpoint": "delivery",
            "occurred_at": product.clock.now().isoformat(),
            "order_id": str(n),
            "customer": {"id": f"g-{n}", f"{product.channel}_id": person.id},
            "attributes": {} if location is None else {"location": location},
        }
        for n, (person, location) in enumerate(zip(people, locations, strict=True))
    ]
    await product.post("/api/v1/events", events)
    await product.pass_time(timedelta(hours=2))
    for person in people:
        await person.wait_for(lambda message: "5" in message.labels)
    return people


async def complain(person: Customer) -> None:
    question = person.last()
    await person.tap(question, "2")


async def test_complaints_of_one_place_become_one_alert(product: Product) -> None:
    product.catalogue = THREE
    async with product.running():
        people = await ask_all(product, *["Арбат"] * 5)
        for number, person in enumerate(people, start=1):
            await complain(person)
            if number < 3:
                await product.card(f"№ {number}:")
        alert = await product.oleg.wait_for(
            lambda message: "Вспышка жалоб: Доставка, Арбат" in message.text and "5 жалоб" in message.text,
            chat=product.team,
        )
        assert await count(product, "select count(*) from cases where outbreak_id is not null") == 5
        cards = [message for message in product.team.see() if message.text.startswith("Жалоба №")]
        assert len(cards) == 2
        assert {f"№ {number}" for number in range(1, 6)} <= set(alert.labels)

        await product.oleg.tap(alert, button(alert, "№ 4"))
        card = await product.card("№ 4:")
        await product.oleg.tap(card, button(card, "Взять"))
        await product.oleg.wait_for_edit(alert, lambda message: "№ 4, Доставка: 2 из 5, в работе" in message.text)
        # it is the same message all the time
        assert len([message for message in product.team.see() if "Вспышка" in message.text]) == 1

        await product.pass_time(timedelta(hours=2))
        await product.oleg.wait_for_edit(alert, lambda message: "больше нет" in message.text)


async def test_another_place_is_no_part_of_it(product: Product) -> None:
    product.catalogue = THREE
    async with product.running():
        people = await ask_all(product, "Арбат", "Лубянка", "Арбат", "Лубянка")
        for number, person in enumerate(people, start=1):
            await complain(person)
            await product.card(f"№ {number}:")
        assert await count(product, "select count(*) from outbreaks") == 0


async def test_a_chat_is_not_flooded_with_cards(product: Product) -> None:
    async with product.running():
        people = await ask_all(product, *[None] * 14)
        product.team.silence_bot()
        for person in people:
            await complain(person)

        async def all_wait() -> bool:
            return await count(product, "select count(*) from cases") == 14

        await eventually(all_wait)
        folded = await count(product, "select count(*) from cases where folded")
        # cards that are being tried at that very moment are not waiting
        assert 1 <= folded <= 14 - 8
        product.team.silence_bot(silent=False)
        await product.owner.write("/here", chat=product.team)
        alert = await product.oleg.wait_for(
            lambda message: "Сразу много жалоб" in message.text and f"{folded} жалоб" in message.text,
            chat=product.team,
        )

        async def cards_are_there() -> bool:
            return len([one for one in product.team.see() if one.text.startswith("Жалоба №")]) == 14 - folded

        await eventually(cards_are_there)
        await product.oleg.tap(alert, button(alert, alert.labels[-1]))
        await product.card(f"{alert.labels[-1]}:")
