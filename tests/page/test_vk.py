"""A customer in VK on the page: the keyboard under the input field, callback buttons, pictures, the team's answer."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from bot.cli.demonstration.opening import OpenDemo
from tests.journeys.troubles import eventually
from tests.page.conftest import OpenWindow
from tests.page.people import chat, move, press, say


async def collect_cake(window: Page) -> Locator:
    """Gleb collects a cake and is asked the next day; his chat with the scores under its input field."""
    await press(window, "Глеб")
    await press(window, "Order collected")
    await expect(window.locator("#journal")).to_contain_text("planned")
    await move(window, "Tomorrow 10:00")
    await expect(window.locator("#now")).to_have_text("Thu 19 Nov, 10:00")
    for hour in ("11:00", "12:00", "13:00"):
        await move(window, "+1 h")
        await expect(window.locator("#now")).to_have_text(f"Thu 19 Nov, {hour}")
    gleb = chat(window, "Глеб")
    await expect(gleb.locator(".reply-keyboard .key")).to_have_count(12)
    return gleb


async def test_gleb_answers_below_his_input_field_and_the_team_answers_him(open_window: OpenWindow) -> None:
    window = await open_window()
    gleb, team = await collect_cake(window), chat(window, "Команда")
    await expect(gleb.locator(".sub")).to_have_text("VK customer")
    other = chat(await open_window(), "Глеб")
    await expect(other.locator(".reply-keyboard .key")).to_have_count(12)
    await press(gleb.locator(".reply-keyboard"), "3")
    for shown in (gleb, other):
        await expect(shown.locator(".reply-keyboard")).to_be_hidden()
        await expect(shown.get_by_role("log")).to_contain_text("Ваша оценка: 3")
    await press(gleb, "Не как на фото")
    await press(gleb, "Готово")
    await expect(gleb.locator(".theirs").last).to_contain_text("Фото поможет")
    await press(gleb, "Attach")
    await press(gleb, "Sample photo")
    own = gleb.locator(".own .picture img")
    assert await own.evaluate("image => image.decode().then(() => image.naturalWidth)") == 640

    await expect(team.get_by_role("log")).to_contain_text("Оценка: 3 из 10")
    await expect(team.locator(".picture img")).to_be_visible()
    await team.locator(".message", has_text="Жалоба № 1").first.get_by_role("button", name="Reply", exact=True).click()
    await say(team, "Простите! Испечём другой.")
    await expect(gleb.locator(".theirs").last).to_contain_text("Испечём другой")
    await gleb.locator(".theirs").last.get_by_role("button", name="Reply", exact=True).click()
    await say(gleb, "Спасибо!")
    await expect(gleb.locator(".own .in-reply")).to_contain_text("Испечём другой")
    await expect(team.get_by_role("log")).to_contain_text("Спасибо!")


async def test_what_a_press_of_a_callback_button_is_answered_with_pops_up(window: Page) -> None:
    gleb = await collect_cake(window)
    await press(gleb.locator(".reply-keyboard"), "9")
    change = gleb.get_by_role("button", name="Изменить оценку")
    await expect(change).to_be_visible()
    await move(window, "Tomorrow 10:00")
    await move(window, "Tomorrow 10:00")
    await expect(window.locator("#now")).to_have_text("Sat 21 Nov, 10:00")
    await change.click()
    await expect(gleb.locator(".toast")).to_be_visible()
    await expect(gleb.locator(".toast")).not_to_have_class("toast failed")


async def test_trouble_is_in_both_messengers(window: Page, demo: OpenDemo) -> None:
    slow = window.get_by_role("switch", name="Slow network")
    messengers = (demo.stage.sandbox, demo.stage.vk)

    async def in_both() -> bool:
        return all(one.faults.in_force() for one in messengers)

    await slow.click()
    await eventually(in_both)
    await expect(slow).to_be_checked()
    await slow.click()
    await expect(slow).not_to_be_checked()
    assert [len(one.faults.in_force()) for one in messengers] == [0, 0]


async def test_gleb_forbids_messages_and_allows_them_again(window: Page) -> None:
    gleb = chat(window, "Глеб")
    await press(gleb, "Block the bot")
    await expect(gleb.get_by_role("textbox")).to_be_hidden()
    await gleb.locator(".bar").get_by_role("button", name="Unblock").click()
    await expect(gleb.get_by_role("textbox")).to_be_visible()
    await say(gleb, "помощь")
    await expect(gleb.locator(".theirs").last).to_contain_text("Тёплый хлеб")
