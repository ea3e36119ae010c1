"""A case changes hands: to a colleague, back to the team, to another team's chat; nobody works one about themselves."""

from __future__ import annotations

import pytest

from bot.sandbox import MessageView, Person
from tests.journeys.product import CATALOGUE, STAFF, Product, button, press
from tests.journeys.settlement import resolve

OTHER_CHAT = -5002
TWO_TEAMS = CATALOGUE.replace(
    "{logistics: {chat: staff}}",
    "{logistics: {chat: staff}, kitchen: {title: {ru: Пекари, en: The bakers}, chat: bakers}}",
).replace("owner: logistics\n    ask_after: PT1H", "owner: kitchen\n    ask_after: PT1H")


async def complained(product: Product) -> MessageView:
    await product.connect(product.anna, "c-7")
    await product.anna.tap(await product.asked(product.anna, "42", "c-7"), "2")
    return await product.card("№ 1")


async def offered(product: Product, person: Person, card: MessageView) -> MessageView:
    """Press Hand over and wait for the choices under the card."""
    await press(person, card, "Передать")
    return await person.wait_for(lambda message: "Кому передать" in message.text, chat=product.team, after=card.id)


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_a_colleague_gets_the_case_and_gives_it_back(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        await press(product.pavel, card, "Взять")
        await product.pavel.wait_for_edit(card, lambda message: "Павел" in message.text)
        await press(product.pavel, card, "Передать")
        choices = await product.pavel.wait_for(lambda one: "Кому передать" in one.text, chat=product.team)
        assert not any("Олег" in label for label in choices.labels), "he has never worked a case"
        await product.pavel.tap(choices, button(choices, "Вернуть команде"))
        await product.pavel.wait_for_edit(card, lambda message: "Открыта" in message.text)

        await press(product.oleg, card, "Взять")
        await product.oleg.wait_for_edit(card, lambda message: "Олег" in message.text)
        choices = await offered(product, product.oleg, card)
        await product.oleg.tap(choices, button(choices, "Павел"))
        await product.pavel.wait_for_edit(card, lambda message: "Взял(а) Павел" in message.text)
        told = await product.oleg.wait_for_edit(choices, lambda message: "теперь дело ведёт Павел" in message.text)
        assert "Передал(а) Олег" in told.text
        assert told.labels == ()


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_another_team_gets_it_in_its_own_chat(product: Product) -> None:
    product.catalogue = TWO_TEAMS
    async with product.running():
        bakers = product.telegram.add_group(OTHER_CHAT, "Пекари", (product.owner, product.pavel))
        await product.owner.write("/here kitchen", chat=bakers)
        card = await complained(product)
        choices = await offered(product, product.oleg, card)
        await product.oleg.tap(choices, button(choices, "Пекари"))
        there = await product.pavel.wait_for(lambda message: "Жалоба № 1" in message.text, chat=bakers)
        left = await product.oleg.wait_for_edit(card, lambda message: "занимается команда «Пекари»" in message.text)
        assert left.labels == ()
        await product.pavel.tap(there, button(there, "Взять"))
        await product.pavel.wait_for_edit(there, lambda message: "Павел" in message.text)
        # whoever is in the first team's chat has nothing to do with it any more
        assert "в своём чате" in await product.oleg.forge_tap(card, "cr:1")


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_nobody_works_a_complaint_about_themselves(product: Product) -> None:
    product.catalogue = CATALOGUE.replace(
        "  teams: {logistics: {chat: staff}}",
        f"  teams: {{logistics: {{chat: staff}}}}\n  employees: [{{telegram_id: {STAFF}, employee: e-17}}]",
    )
    async with product.running():
        card = await complained(product)
        assert "о вас" in await press(product.oleg, card, "Взять")
        assert "ваша" in await press(product.pavel, card, "Взять")


async def test_the_card_tells_of_the_customer_s_earlier_scores_and_complaints(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        await resolve(product, card)
        await product.anna.write("/complaint И ещё забыли чек")
        second = await product.card("Жалоба № 2")
        assert "Раньше ставил(а): Доставка 2/5" in second.text
        assert "Других жалоб: 1" in second.text
