"""Acting before the complaint: the shop reports that something went wrong, and nobody has to complain first."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox import FaultKind
from tests.journeys.product import CATALOGUE, Product, press
from tests.journeys.settlement import fill_pool
from tests.journeys.troubles import count

APOLOGY = CATALOGUE.replace(
    "    survey: delivery-csat\n",
    """\
    survey: delivery-csat
    incident:
      when: [incident, late]
      apology: {ru: "{name|}, простите: с заказом {order_id|} беда", en: "{name|}, we are sorry about {order_id|}"}
""",
)


async def test_an_incident_brings_an_apology_and_a_case_instead_of_a_question(product: Product) -> None:
    product.catalogue = APOLOGY
    async with product.running():
        await product.connect(product.anna, "c-7", "42")
        seen = product.anna.last()
        decided = await product.report("delivery", "42", "c-7", attributes={"late": True, "employee": "e-17"})
        assert (decided["outcome"], decided["reason"]) == ("skipped", "apologised")
        apology = await product.anna.wait_for(after=seen)
        assert apology.text == "Анна, простите: с заказом 42 беда"
        card = await product.oleg.wait_for(
            lambda message: "сообщил сам магазин" in message.text and "извинился перед клиентом" in message.text,
            chat=product.team,
        )
        assert "заказ 42" in card.text
        assert "Последний ответ" not in card.text
        await product.oleg.write("/cases", chat=product.team)
        await product.oleg.wait_for(lambda message: "Доставка: сообщил магазин" in message.text, chat=product.team)
        assert "ваша" in await press(product.oleg, card, "Взять")

        again = await product.report("visit", "42", "c-7", attributes={"incident": True})
        assert again["outcome"] == "planned", "a visit has no apology: it is asked about"
        await product.pass_time(timedelta(hours=1))
        assert await count(product, "select count(*) from cases") == 1, "one order has one incident"
        assert len([one for one in product.anna.see() if "простите" in one.text]) == 1


async def test_who_connects_later_is_told_while_it_is_being_put_right(product: Product) -> None:
    product.catalogue = APOLOGY
    async with product.running():
        await product.report("delivery", "42", "c-7", attributes={"late": True})
        await product.report("delivery", "43", "c-8", attributes={"late": True})
        await product.post(
            "/api/v1/cases/2/moves", {"move": "dismiss", "by": {"name": "CRM"}, "note": "Приехал вовремя"}
        )
        await product.connect(product.boris, "c-8", "43")
        await product.connect(product.anna, "c-7", "42")
        await product.anna.wait_for(lambda message: "простите: с заказом 42 беда" in message.text)
        await product.card("Бот извинился")
        await product.pass_time(timedelta(hours=1))
        assert [one.text for one in product.boris.see() if "простите" in one.text] == []
        await product.connect(product.anna, "c-7", "42")
        assert len([one for one in product.anna.see() if "простите" in one.text]) == 1


async def test_nobody_is_woken_by_an_apology(product: Product) -> None:
    product.catalogue = APOLOGY
    async with product.running():
        await product.connect(product.anna, "c-7", "42")
        seen = product.anna.last()
        await product.move_to(product.clock.now().replace(hour=23))
        await product.report("delivery", "42", "c-7", attributes={"incident": True})
        await product.card("Бот ещё не извинился")
        assert product.anna.last() == seen
        await product.pass_time(timedelta(hours=11))
        await product.anna.wait_for(lambda message: "простите" in message.text)


async def test_whoever_does_not_want_to_hear_from_us_gets_none_and_staff_are_told(product: Product) -> None:
    product.catalogue = APOLOGY
    async with product.running():
        await product.connect(product.anna, "c-7", "42")
        await product.anna.write("/stop")
        await product.anna.wait_for(lambda message: "Передумаете" in message.text)
        await product.report("delivery", "42", "c-7", attributes={"incident": True})
        await product.card("Извинение до клиента не дойдёт")
        await product.report("delivery", "43", "c-nobody", name="Вера", attributes={"incident": True})
        unknown = await product.card("заказ 43")
        assert "никто не писал" in unknown.text


async def test_an_apology_that_is_refused_is_told_on_the_card(product: Product) -> None:
    product.catalogue = APOLOGY
    async with product.running():
        await product.connect(product.anna, "c-7", "42")
        await product.anna.block()
        await product.noted(product.anna, "blocked")
        await product.report("delivery", "42", "c-7", attributes={"incident": True})
        card = await product.card("заказ 42")
        assert "никто не писал" in card.text


async def test_nobody_apologises_twice_when_it_is_unknown_whether_it_arrived(product: Product) -> None:
    product.catalogue = APOLOGY
    async with product.running():
        await product.connect(product.anna, "c-7", "42")
        product.fail_sending(product.anna, FaultKind.RESET, executed=True)
        await product.report("delivery", "42", "c-7", attributes={"incident": True})
        # VK shows once what is sent again, so there it is known in the end
        known = "Неизвестно, дошло ли извинение" if product.vk is None else "извинился перед клиентом"
        await product.oleg.wait_for(lambda message: known in message.text, chat=product.team)
        await product.pass_time(timedelta(hours=3))
        assert len([one for one in product.anna.see() if "простите" in one.text]) == 1


async def test_an_old_incident_opens_nothing(product: Product) -> None:
    product.catalogue = APOLOGY
    async with product.running():
        await product.connect(product.anna, "c-7", "42")
        long_ago = (product.clock.now() - timedelta(days=3)).isoformat()
        decided = await product.report("delivery", "42", "c-7", occurred_at=long_ago, attributes={"incident": True})
        assert (decided["outcome"], decided["reason"]) == ("skipped", "stale")
        assert await count(product, "select count(*) from cases") == 0


async def test_a_touchpoint_without_an_apology_opens_a_case_and_asks_as_ever(product: Product) -> None:
    async with product.running():
        await product.connect(product.anna, "c-7", "42")
        decided = await product.report("delivery", "42", "c-7", attributes={"incident": True})
        assert decided["outcome"] == "planned"
        card = await product.card("сообщил сам магазин")
        await product.pass_time(timedelta(hours=2))
        question = await product.anna.wait_for(lambda message: "5" in message.labels)
        await product.anna.tap(question, "1")
        await product.oleg.wait_for_edit(card, lambda message: "1 из 5" in message.text)
        assert await count(product, "select count(*) from cases") == 1, "the answer joins the case about its event"


OFFER = APOLOGY.replace("      when: [incident, late]\n", "      when: [incident, late]\n      offer: sorry\n").replace(
    "  teams: {logistics: {chat: staff}}\n",
    """\
  teams: {logistics: {chat: staff}}
  pools: {sorry: {title: {ru: Скидка, en: Discount}, text: {ru: "Скидка: {code}", en: "Discount: {code}"}, low_at: 0}}
""",
)


async def test_an_offer_follows_the_apology_to_whoever_agreed_and_staff_make_it_to_others(product: Product) -> None:
    product.catalogue = OFFER
    async with product.running():
        await fill_pool(product, ["A1", "A2"])
        for person, customer, order, agreed in (
            (product.anna, "c-7", "42", True),
            (product.boris, "c-8", "43", False),
        ):
            await product.connect(person, customer)
            event = {
                "id": f"{order}:delivery",
                "touchpoint": "delivery",
                "occurred_at": product.clock.now().isoformat(),
                "order_id": order,
                "customer": {"id": customer, "offers": agreed},
                "attributes": {"incident": True},
            }
            await product.post("/api/v1/events", event)
            await person.wait_for(lambda message: "беда" in message.text or "sorry" in message.text)
        await product.anna.wait_for(lambda message: "Скидка: A1" in message.text)
        await product.card("Предложите сами: Скидка")
        told = [message.text for message in product.team.see() if "Предложите сами" in message.text]
        assert len(told) == 1
        assert "заказ 43" in told[0]
        assert await count(product, "select count(*) from promo_codes where state = 'given'") == 1
        assert not any("Скидка" in message.text for message in product.boris.see())
