"""Time is moved and run faster; trouble is switched on and survived; both are told why."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import Page, expect

from bot.cli.demonstration.opening import OpenDemo
from tests.page.people import ask_anna, chat, move, press


async def test_a_question_waits_for_the_morning_and_a_reminder_follows(window: Page) -> None:
    await move(window, "Tomorrow 10:00")
    now = window.locator("#now")
    await expect(now).to_have_text("Thu 19 Nov, 10:00")
    await press(window, "Order delivered")
    await move(window, "Tomorrow 10:00")
    await expect(now).to_have_text("Fri 20 Nov, 10:00")
    anna = chat(window, "Анна")
    await expect(anna.get_by_role("button", name="5", exact=True)).to_have_count(1)
    await expect(anna.locator(".day").last).to_have_text("Thursday 19 November")
    await move(window, "Next Monday 09:00")
    await expect(now).to_have_text("Mon 23 Nov, 09:00")
    await expect(window.locator("#deliveries tr", has_text="reminder")).to_contain_text("sent")


async def test_business_time_runs_faster(window: Page, demo: OpenDemo) -> None:
    await press(window, "Order delivered")
    await expect(window.locator("#journal")).to_contain_text("planned")
    await demo.stage.pass_time(timedelta(minutes=110))
    await press(window, "×600")
    await expect(window.get_by_role("button", name="×600", exact=True)).to_have_attribute("aria-pressed", "true")
    anna = chat(window, "Анна")
    await expect(anna.get_by_role("button", name="5", exact=True)).to_be_visible()
    await press(window, "×1")
    await expect(window.get_by_role("button", name="×1", exact=True)).to_have_attribute("aria-pressed", "true")


async def test_too_many_requests_hold_a_question_back_and_it_comes_once(window: Page) -> None:
    await press(window, "Order delivered")
    limit = window.get_by_role("switch", name="429: too many requests")
    await limit.click()
    await expect(limit).to_be_checked()
    await move(window, "+1 h")
    await press(window, "+1 h")
    row = window.locator("#deliveries tr", has_text="invitation")
    await expect(row).to_contain_text("attempts", timeout=20_000)
    await limit.click()
    await expect(limit).not_to_be_checked()
    anna = chat(window, "Анна")
    await expect(anna.get_by_role("button", name="5", exact=True)).to_have_count(1, timeout=20_000)
    await expect(row).to_contain_text("sent")


async def test_a_complaint_outlives_a_messenger_that_is_down(window: Page) -> None:
    anna = await ask_anna(window)
    down = window.get_by_role("switch", name="Messenger down")
    await down.click()
    await expect(down).to_be_checked()
    two = anna.get_by_role("button", name="2", exact=True)
    await two.click()
    await expect(two).to_have_attribute("aria-busy", "true")
    await down.click()
    await expect(down).not_to_be_checked()
    await expect(chat(window, "Команда").get_by_role("log")).to_contain_text("Жалоба № 1", timeout=30_000)
