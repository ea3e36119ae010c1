"""Closing a complaint: a form under the card, promo codes within their budget, and nobody closes it twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.app import RunRole
from bot.sandbox import FaultKind, MessageView, Person
from db import codes
from tests.journeys.product import Product, button, press
from tests.journeys.settlement import WITH_CLOSING, complained, fill_pool, noted, opened_form, resolve


async def _with_code(product: Product, card: MessageView, person: Person | None = None) -> MessageView:
    """A form that is ready to be finished, with a promo code ticked."""
    someone = person or product.oleg
    form = await opened_form(product, someone, card)
    for part in ("Вернули деньги", "Промокод", "Дальше"):
        await press(someone, form, part)
    return await noted(product, someone, form, "Извинились")


async def _free(product: Product) -> int:
    async with product.database.autocommit() as statement:
        return await codes.count_free(statement, "sorry")


async def _agreed(product: Product) -> None:
    """Anna agrees to offers under /privacy."""
    await product.anna.write("/privacy")
    privacy = await product.anna.wait_for(lambda message: "Присылайте предложения" in message.labels)
    await press(product.anna, privacy, "Присылайте предложения")
    await product.anna.wait_for(lambda message: "Не присылать предложений" in message.labels)


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_the_form_leads_step_by_step_to_the_closed_card(product: Product) -> None:
    product.catalogue = WITH_CLOSING
    async with product.running():
        card = await complained(product, "Ждали два часа")
        form = await opened_form(product, product.oleg, card)
        assert "как её решили" in form.text
        assert form.labels == ("Вернули деньги", "Довезли", "Отмена")
        await press(product.oleg, form, "Довезли")
        await press(product.oleg, form, "Назад")
        await press(product.oleg, form, "Вернули деньги")
        await press(product.oleg, form, "Извинение")
        await press(product.oleg, form, "Возврат денег")
        await press(product.oleg, form, "✓ Извинение")
        await press(product.oleg, form, "Дальше")
        popup = await press(product.oleg, form, "Закрыть жалобу")
        assert "Без заметки не закрыть" in popup
        await product.oleg.send_sticker(chat=product.team, reply_to=form)
        await product.oleg.wait_for(lambda message: "Без заметки не закрыть" in message.text, chat=product.team)
        form = await noted(product, product.oleg, form, "Вернули 500 ₽ на карту")
        assert await press(product.oleg, form, "Закрыть жалобу") == "Жалоба № 1 решена."
        card = await product.oleg.wait_for_edit(card, lambda message: "Решено" in message.text)
        for part in ("Итог: Вернули деньги", "Клиент получил: возврат денег", "Заметка: Вернули 500 ₽ на карту"):
            assert part in card.text
        assert (await product.oleg.wait_for(lambda message: message == form, chat=product.team)).labels == ()
        assert "закрыта" in await product.oleg.forge_tap(form, "wf:1")


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_the_reason_may_be_note_enough_and_cancelling_changes_nothing(product: Product) -> None:
    product.catalogue = WITH_CLOSING
    async with product.running():
        card = await complained(product)
        form = await opened_form(product, product.oleg, card)
        await press(product.oleg, form, "Довезли")
        await press(product.oleg, form, "Отмена")
        await product.oleg.wait_for_edit(form, lambda message: "ничего не изменили" in message.text)
        assert len((await product.get("/api/v1/cases?state=open"))["cases"]) == 1

        form = await opened_form(product, product.oleg, card)
        for part in ("Довезли", "Дальше", "Заметка: «Довезли»", "Закрыть жалобу"):
            await press(product.oleg, form, part)
        await product.oleg.wait_for_edit(card, lambda message: "Заметка: Довезли" in message.text)


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_what_is_no_complaint_needs_a_short_reason(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        form = await opened_form(product, product.oleg, card, "Не жалоба")
        assert "Без заметки не закрыть" in await press(product.oleg, form, "Это не жалоба")
        form = await noted(product, product.oleg, form, "Оценку поставил ребёнок")
        await press(product.oleg, form, "Это не жалоба")
        card = await product.oleg.wait_for_edit(card, lambda message: "Не жалоба: Олег" in message.text)
        assert "Почему: Оценку поставил ребёнок" in card.text
        await product.pass_time(timedelta(days=5))
        assert not any("решено?" in message.text for message in product.anna.see())


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_without_close_reasons_the_form_begins_with_what_was_given(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        form = await opened_form(product, product.oleg, card)
        assert form.labels == ("Извинение", "Возврат денег", "Заказ заново", "Дальше", "Отмена")


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_of_two_with_forms_one_closes_and_the_other_is_told_who(product: Product) -> None:
    product.catalogue = WITH_CLOSING
    async with product.running():
        card = await complained(product)
        forms = []
        for person in (product.oleg, product.pavel):
            form = await opened_form(product, person, card)
            for part in ("Довезли", "Дальше"):
                await press(person, form, part)
            forms.append(await noted(product, person, form, f"Сделал {person.user.first_name}"))
        assert "другой сотрудник" in await product.pavel.forge_tap(forms[0], button(forms[0], "Закрыть жалобу"))
        popups = await asyncio.gather(
            press(product.oleg, forms[0], "Закрыть жалобу"), press(product.pavel, forms[1], "Закрыть жалобу")
        )
        winner, loser = ("Олег", popups[1]) if popups[0].endswith("решена.") else ("Павел", popups[0])
        assert loser == f"Поздно: жалобу № 1 уже решил(а) {winner}."
        assert sum(popup.endswith("решена.") for popup in popups) == 1


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_a_form_of_an_earlier_round_says_so(product: Product) -> None:
    async with product.running():
        card = await complained(product)
        old = await opened_form(product, product.pavel, card)
        await resolve(product, card)
        assert "уже решил(а) Олег" in await press(product.pavel, old, "Извинение")
        old = await _begun_before_closing(product, card)
        assert "вернули в работу" in await press(product.pavel, old, "Извинение")


async def _begun_before_closing(product: Product, card: MessageView) -> MessageView:
    """Pavel's form, while Oleg closed the complaint and took it back."""
    await press(product.oleg, card, "Вернуть в работу")
    await product.oleg.wait_for_edit(card, lambda message: "Взял(а)" in message.text)
    form = await opened_form(product, product.pavel, card)
    assert "Сейчас жалоба у Олег" in form.text
    await resolve(product, card)
    await press(product.oleg, card, "Вернуть в работу")
    await product.oleg.wait_for_edit(card, lambda message: "Взял(а)" in message.text)
    return form


async def test_a_code_reaches_whoever_agreed_to_offers(product: Product) -> None:
    product.catalogue = WITH_CLOSING
    async with product.running():
        await fill_pool(product, ["AAA-1", "AAA-2"])
        card = await complained(product)
        await _agreed(product)
        form = await _with_code(product, card)
        assert "промокод «Скидка 15 %»" in form.text
        await press(product.oleg, form, "Закрыть жалобу")
        offer = await product.anna.wait_for(lambda message: "AAA-1" in message.text)
        assert offer.text.endswith("Анна, примите скидку на следующий заказ: AAA-1")
        assert await _free(product) == 1
        assert not any("AAA-1" in message.text for message in product.team.see())


async def test_without_consent_the_code_is_handed_over_in_person(product: Product) -> None:
    product.catalogue = WITH_CLOSING
    async with product.running():
        await fill_pool(product, ["AAA-1"])
        card = await complained(product)
        form = await _with_code(product, card)
        assert "не соглашался получать предложения" in form.text
        await press(product.oleg, form, "Закрыть жалобу")
        card = await product.oleg.wait_for_edit(card, lambda message: "передать лично: AAA-1" in message.text)
        assert "не доставлен" not in card.text
        await product.oleg.wait_for_edit(form, lambda message: "AAA-1" in message.text)
        low = await product.owner.wait_for(lambda message: "заканчиваются" in message.text)
        assert "Осталось 0 промокодов" in low.text
        assert not any("AAA-1" in message.text for message in product.anna.see())
        assert await _free(product) == 0


@pytest.mark.customers_in("telegram", why="it happens among staff")
async def test_an_empty_pool_and_a_customer_who_has_a_code_are_refused_before_anything_is_closed(
    product: Product,
) -> None:
    product.catalogue = WITH_CLOSING
    async with product.running():
        card = await complained(product)
        form = await _with_code(product, card)
        assert "закончились" in await press(product.oleg, form, "Закрыть жалобу")
        await product.oleg.wait_for_edit(form, lambda message: "промокод «" not in message.text)
        assert len((await product.get("/api/v1/cases?state=open"))["cases"]) == 1

        await fill_pool(product, ["AAA-1", "AAA-2", "AAA-3"])
        await press(product.oleg, form, "Промокод")
        await press(product.oleg, form, "Дальше")
        await press(product.oleg, form, "Закрыть жалобу")
        await product.oleg.wait_for_edit(card, lambda message: "Решено" in message.text)
        await press(product.oleg, card, "Вернуть в работу")
        await product.oleg.wait_for_edit(card, lambda message: "Взял(а)" in message.text)
        form = await _with_code(product, card)
        assert "уже получал" in await press(product.oleg, form, "Закрыть жалобу")
        assert await _free(product) == 2


async def test_a_refused_message_gives_its_code_back(product: Product) -> None:
    product.catalogue = WITH_CLOSING
    async with product.running():
        await fill_pool(product, ["AAA-1"])
        card = await complained(product)
        await _agreed(product)
        form = await _with_code(product, card)
        product.forbid(product.anna)
        await press(product.oleg, form, "Закрыть жалобу")
        await product.oleg.wait_for_edit(card, lambda message: "снова свободен" in message.text)
        assert await _free(product) == 1
        assert not any("AAA-1" in message.text for message in product.team.see())


async def test_a_code_of_unknown_fate_stays_given(product: Product) -> None:
    product.catalogue = WITH_CLOSING
    async with product.running():
        await fill_pool(product, ["AAA-1"])
        card = await complained(product)
        await _agreed(product)
        form = await _with_code(product, card)
        product.fail_sending(product.anna, FaultKind.RESET)
        await press(product.oleg, form, "Закрыть жалобу")
        # it goes once more, with the very same code
        await product.anna.wait_for(lambda message: "AAA-1" in message.text)
        assert await _free(product) == 0


async def test_a_code_that_was_read_stays_given_though_the_next_try_is_refused(product: Product) -> None:
    product.catalogue = WITH_CLOSING
    async with product.running():
        await fill_pool(product, ["AAA-1"])
        card = await complained(product)
        await _agreed(product)
        form = await _with_code(product, card)
        product.fail_sending(product.anna, FaultKind.RESET, executed=True)
        product.forbid(product.anna)
        await press(product.oleg, form, "Закрыть жалобу")
        card = await product.oleg.wait_for_edit(card, lambda message: "Неизвестно, дошёл ли промокод" in message.text)
        assert "снова свободен" not in card.text
        assert [message.text.count("AAA-1") for message in product.anna.see() if "AAA-1" in message.text] == [1]
        assert await _free(product) == 0


async def test_a_process_that_dies_before_sending_loses_no_code(product: Product) -> None:
    product.catalogue = WITH_CLOSING
    async with product.running():
        await fill_pool(product, ["AAA-1"])
        card = await complained(product)
        await _agreed(product)
        form = await _with_code(product, card)
    async with product.running(RunRole.BOT):
        await press(product.oleg, form, "Закрыть жалобу")
        assert await _free(product) == 0
    async with product.running():
        await product.anna.wait_for(lambda message: "AAA-1" in message.text)
        assert len([message for message in product.anna.see() if "AAA-1" in message.text]) == 1


async def _rows(product: Product, kind: str, state: str) -> int:
    async with product.database.autocommit() as statement:
        count = await statement.value("select count(*) from schedule where kind = $1 and state = $2", kind, state)
    assert isinstance(count, int)
    return count


@pytest.mark.parametrize("said", [True, False])
async def test_the_customers_own_word_on_offers_outranks_the_shops(product: Product, said: bool) -> None:
    product.catalogue = WITH_CLOSING
    async with product.running():
        await product.connect(product.anna, "c-7")
        await _says(product, "41", offers=said)
        await product.anna.write("/privacy")
        label = "Не присылать предложений" if said else "Присылайте предложения"
        privacy = await product.anna.wait_for(lambda message: label in message.labels)
        await press(product.anna, privacy, label)
        await product.anna.wait_for(lambda message: label not in message.labels, after=privacy.id - 1)
        await _says(product, "43", offers=said)
        async with product.database.autocommit() as statement:
            rows = await statement.rows("select given, source from consents order by id")
            agreed = await statement.value("select offers_consent from persons where offers_consent is not null")
        assert [tuple(row) for row in rows] == [(said, "shop"), (not said, "customer")]
        assert agreed is not said


async def _says(product: Product, order: str, *, offers: bool) -> None:
    """The shop reports an event, and whether Anna agreed to offers."""
    event = {
        "id": order,
        "touchpoint": "delivery",
        "occurred_at": product.clock.now().isoformat(),
        "customer": {"id": "c-7", "offers": offers},
    }
    results = (await product.post("/api/v1/events", event))["results"]
    assert isinstance(results, list)
    assert results[0]["status"] == "accepted"
