"""Chats behave like a messenger: formats, files, replies, commands, blocks, two windows, a thousand messages."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from bot.cli.demonstration.opening import OpenDemo
from tests.page.conftest import OpenWindow
from tests.page.people import ask_anna, chat, move, press, say

SHIFTS = """() => new Promise((tell) => {
    let sum = 0;
    const seen = new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) if (!shift.hadRecentInput) sum += shift.value;
    });
    seen.observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => tell(sum)));
})"""


async def test_what_a_customer_types_is_shown_and_never_run(window: Page) -> None:
    anna = chat(window, "Анна")
    await say(anna, '<img src=x onerror="document.title=1"><script>document.title=2</script> javascript:alert(1)')
    own = anna.locator(".own").last
    await expect(own).to_contain_text('<img src=x onerror="document.title=1">')
    await expect(own.locator("img, script, a[href^=javascript]")).to_have_count(0)
    await expect(window).to_have_title(re.compile("Otklik sandbox"))


async def test_links_and_commands_in_texts_can_be_pressed(window: Page) -> None:
    boris = chat(window, "Борис")
    await say(boris, "https://example.com/cake?a=1&b=2. И ещё.")
    link = boris.get_by_role("link", name="https://example.com/cake?a=1&b=2", exact=True)
    await expect(link).to_have_attribute("href", "https://example.com/cake?a=1&b=2")
    await expect(link).to_have_attribute("rel", re.compile("noopener"))
    await boris.get_by_role("link", name="/privacy").first.click()
    await expect(boris.locator(".own").last).to_contain_text("/privacy")
    await expect(boris.locator(".theirs").last).to_contain_text("хранит о вас")


async def test_pictures_voice_and_documents_reach_the_staff_with_a_quote(window: Page) -> None:
    anna = await ask_anna(window)
    await press(anna, "1")
    team = chat(window, "Команда")
    for sample in ("Sample photo", "Sample voice note", "Sample receipt"):
        await press(anna, "Attach")
        await press(anna, sample)
    await expect(team.locator(".picture img")).to_be_visible()
    assert await team.locator(".picture img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 640
    await expect(team.get_by_label("Voice note", exact=True)).to_be_visible()
    await expect(team.get_by_role("link", name="Save receipt.txt")).to_be_visible()
    await expect(team.locator(".in-reply").first).to_contain_text("Жалоба № 1")
    played = await team.locator("audio").evaluate("sound => sound.play().then(() => sound.duration)")
    assert played == 3


async def test_a_voice_note_is_recorded(window: Page) -> None:
    await window.context.grant_permissions(["microphone"])
    anna = chat(window, "Анна")
    await press(anna, "Record a voice note")
    await press(anna, "Stop and send")
    await expect(anna.locator(".own audio")).to_be_visible()


async def test_a_reply_quotes_and_leads_back(window: Page) -> None:
    anna = chat(window, "Анна")
    await anna.get_by_role("log").focus()
    await window.keyboard.press("ArrowUp")
    await window.keyboard.press("r")
    await expect(anna.locator(".quote")).to_contain_text("Reply to Otklik")
    await say(anna, "А где мой заказ?")
    quote = anna.locator(".own .in-reply").last
    await expect(quote).to_contain_text("Готово")
    await quote.click()
    await expect(anna.locator(".theirs").first).to_be_focused()


async def test_a_block_is_noticed_and_lifted(window: Page) -> None:
    anna = chat(window, "Анна")
    await press(window, "Order delivered")
    await window.get_by_role("switch", name="Анна blocks the bot").click()
    await expect(anna.get_by_role("textbox")).to_be_hidden()
    event = window.locator("#events details", has_text="1041:delivery")
    await move(window, "+1 h")
    await move(window, "+1 h")
    await expect(event).not_to_contain_text("planned")
    await anna.locator(".bar").get_by_role("button", name="Unblock").click()
    await expect(anna.get_by_role("textbox")).to_be_visible()
    await expect(window.get_by_role("switch", name="Анна blocks the bot")).not_to_be_checked()


async def test_two_windows_show_the_same_and_one_that_was_away_catches_up(open_window: OpenWindow) -> None:
    first, second = await open_window(), await open_window()
    await ask_anna(first)
    await expect(chat(second, "Анна").get_by_role("button", name="5", exact=True)).to_be_visible()
    await second.context.set_offline(True)
    await expect(second.locator("#connection")).to_have_text("Reconnecting…", timeout=20_000)
    await press(chat(first, "Анна"), "2")
    await expect(chat(first, "Команда").get_by_role("log")).to_contain_text("Жалоба № 1")
    await second.context.set_offline(False)
    await expect(chat(second, "Команда").get_by_role("log")).to_contain_text("Жалоба № 1")
    await expect(second.locator("#now")).to_have_text("Wed 18 Nov, 14:00")
    await press(chat(second, "Команда"), "Взять")
    await expect(chat(first, "Команда").get_by_role("button", name="Взять")).to_have_count(0)


async def test_a_thousand_messages_arrive_without_a_shift_and_unread_ones_are_counted(
    window: Page, demo: OpenDemo
) -> None:
    boris, world = demo.stage.cast.boris, demo.stage.sandbox.world
    place = window.locator("#panel-boris")
    for number in range(1000):
        world.post(world.chats[boris.id], world.bot, f"Сообщение {number}: " + "хлеб " * (number % 40))
    await expect(place.locator(".message").last).to_contain_text("Сообщение 999")
    await expect(place.locator(".message").last).to_be_in_viewport()
    assert await window.evaluate(SHIFTS) < 0.01

    log, down, badge = place.locator(".log"), place.locator(".down"), place.locator(".down .badge")
    await log.evaluate("log => log.scrollTo(0, log.scrollHeight / 2)")
    await expect(down).to_be_visible()
    place_before = await log.evaluate("log => log.scrollTop")
    world.post(world.chats[boris.id], world.bot, "Ещё одно")
    await expect(badge).to_have_text("1", timeout=30_000)
    assert abs(await log.evaluate("log => log.scrollTop") - place_before) < 2
    await down.click()
    await expect(place.locator(".message").last).to_be_in_viewport()
    await expect(badge).to_be_hidden()
