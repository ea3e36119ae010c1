"""The first minute as its guide tells it: a customer, the staff member, the manager."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.page.people import ask_anna, chat, move, press, say


async def test_the_guide_leads_from_a_late_cake_to_the_weeks_report(window: Page) -> None:
    guide, hint = window.get_by_role("region", name="The first minute"), window.locator("#hint")
    await expect(guide.locator("[aria-current=step]")).to_contain_text("Deliver an order")

    anna = await ask_anna(window)
    await expect(hint).to_contain_text("Tap 2")
    await press(anna, "2")
    await press(anna, "Опоздали")
    await press(anna, "Готово")
    await say(anna, "Ждали два часа, торт помялся.")
    await expect(anna.get_by_role("log")).to_contain_text("Простите нас")

    team = chat(window, "Команда")
    await expect(team.get_by_role("log")).to_contain_text("Ждали два часа, торт помялся.")
    await expect(hint).to_contain_text("Take it as Oleg")
    await press(team, "Взять")
    await expect(team.get_by_role("status")).to_contain_text("№ 1")
    await expect(team.get_by_role("button", name="Взять")).to_have_count(0)
    await expect(team.get_by_role("log")).to_contain_text("edited")

    await expect(hint).to_contain_text("next Monday")
    await move(window, "Next Monday 09:00")
    olga = chat(window, "Ольга")
    # a child process draws the report's picture first, with imports of its own
    await expect(olga.get_by_role("log")).to_contain_text("неделя 47", timeout=25_000)
    await expect(window.locator("#now")).to_have_text("Mon 23 Nov, 09:00")
    await expect(guide.locator(".done")).to_have_count(4)
    await press(window, "Close")
    await expect(guide).to_be_hidden()


async def test_a_month_of_history_gives_reports_something_to_say(window: Page) -> None:
    await press(window, "Load a month of answers")
    journal = window.get_by_role("log", name="What the shop was answered")
    await expect(journal).to_contain_text("past answers")
    await press(window, "Load a month of answers")
    await expect(journal).to_contain_text("They are there already")
    olga = chat(window, "Ольга")
    await press(olga, "Commands")
    await press(olga, "/report", exact=False)
    await expect(olga.get_by_role("log")).to_contain_text("Доставка · CSAT")
    await expect(olga.get_by_role("log")).to_contain_text("%")


async def test_a_hundred_orders_are_asked_and_answered_and_the_staff_get_their_cards(window: Page) -> None:
    await press(window, "A hundred orders")
    await expect(window.locator("#journal")).to_contain_text("100 orders: planned")
    await move(window, "+1 h")
    await move(window, "+1 h")
    await expect(chat(window, "Команда").get_by_role("log")).to_contain_text("Жалоба № 1")
    await expect(window.locator("#deliveries .chip.sent").first).to_be_visible()


async def test_an_order_without_its_link_waits_and_a_second_one_is_told_why_it_is_skipped(window: Page) -> None:
    await press(window, "Order delivered")
    await press(window, "Shop visited")
    events = window.locator("#events")
    await expect(events).to_contain_text("1041:delivery")
    visit = events.locator("details", has_text=":visit")
    await expect(visit).to_contain_text("waiting")
    await press(window, "Print a link")
    await press(window, "Open it as Анна")
    await press(window, "Order cancelled")
    await visit.locator("summary").click()
    await expect(visit.locator(".step").last).to_be_visible()
