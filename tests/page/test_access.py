"""The page for everybody: a narrow screen, the keyboard alone, a screen reader; and for nobody from elsewhere."""

from __future__ import annotations

import json
from importlib.resources import files

import httpx
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from bot.cli.demonstration.opening import OpenDemo
from tests.page.conftest import OpenWindow
from tests.page.people import ask_anna, chat, press, tab

PHONE = {"viewport": {"width": 390, "height": 780}}
LARGEST_ASSETS = 150_000


async def test_axe_finds_nothing_serious(open_window: OpenWindow) -> None:
    light = await open_window()
    anna = await ask_anna(light)
    await press(anna, "2")
    await expect(chat(light, "Команда").get_by_role("log")).to_contain_text("Жалоба № 1")
    dark, phone = await open_window(color_scheme="dark", reduced_motion="reduce"), await open_window(**PHONE)
    await press(chat(phone, "Анна"), "Attach")
    for name, window in (("light", light), ("dark", dark), ("phone", phone)):
        if window is not phone:
            await expect(window.locator("#events .chip")).to_be_visible()
        found = (await Axe().run(window)).response["violations"]
        serious = [violation for violation in found if violation["impact"] in ("serious", "critical")]
        told = [(violation["id"], [node["html"] for node in violation["nodes"]][:3]) for violation in serious]
        assert not serious, name + json.dumps(told, ensure_ascii=False, indent=1)


async def test_on_a_phone_the_panels_are_tabs_with_badges(open_window: OpenWindow) -> None:
    phone = await open_window(**PHONE, has_touch=True)
    await expect(tab(phone, "Анна")).to_have_attribute("aria-selected", "true")
    await expect(phone.locator(".panel:visible")).to_have_count(1)
    await tab(phone, "Анна").focus()
    await phone.keyboard.press("ArrowLeft")
    await expect(tab(phone, "Shop")).to_be_focused()
    await press(phone, "Order delivered")
    await expect(phone.locator("#journal")).to_contain_text("planned")
    await press(phone, "+1 h")
    await press(phone, "+1 h")
    await expect(tab(phone, "Анна").locator(".badge")).to_have_text("1")
    await phone.keyboard.press("Tab")
    await tab(phone, "Анна").click()
    await expect(tab(phone, "Анна").locator(".badge")).to_be_hidden()
    await press(chat(phone, "Анна"), "5")
    await tab(phone, "Why").click()
    await expect(phone.locator("#events")).to_contain_text("answered")
    assert await phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_keyboard_alone_is_enough(window: Page) -> None:
    async def walk_to(name: str, presses: int = 60) -> None:
        for _ in range(presses):
            await window.keyboard.press("Tab")
            label = await window.evaluate(
                "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()"
            )
            if label == name:
                return
        raise AssertionError(f"Tab never reached {name}")

    await walk_to("+1 h")
    await walk_to("Order delivered")
    await window.keyboard.press("Enter")
    await expect(window.locator("#journal")).to_contain_text("planned")
    await window.evaluate("document.activeElement.blur()")
    hour = window.get_by_role("button", name="+1 h")
    for _ in range(2):
        await hour.focus()
        await window.keyboard.press("Space")
        await expect(hour).not_to_have_attribute("aria-busy", "true")
    anna = chat(window, "Анна")
    await anna.get_by_role("log").focus()
    await walk_to("4")
    await window.keyboard.press("Enter")
    await expect(anna.get_by_role("log")).to_contain_text("Ваша оценка: 4")
    assert await anna.evaluate("chat => chat.contains(document.activeElement)"), "the edit took the focus away"
    await anna.get_by_role("button", name="Commands").focus()
    await window.keyboard.press("Enter")
    await window.keyboard.press("Escape")
    await expect(anna.get_by_role("button", name="Commands")).to_be_focused()


async def test_new_messages_are_read_out_and_old_ones_are_not(window: Page) -> None:
    log = chat(window, "Анна").get_by_role("log")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log).to_have_attribute("aria-label", "Chat: Анна. Arrow keys walk through the messages, R replies.")


async def test_only_this_machine_and_this_page_are_served(demo: OpenDemo) -> None:
    async with httpx.AsyncClient(base_url=demo.address) as client:
        assert (await client.get("/", headers={"Host": "evil.example"})).status_code == 403
        act = f"/telegram/sandbox/people/{demo.stage.cast.anna.id}/write"
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}):
            assert (await client.post(act, json={"text": "x"}, headers=headers)).status_code == 403
        assert (await client.post(act, content="{}", headers={"Content-Type": "text/plain"})).status_code == 415
        page = await client.get("/")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "sandbox" in page.text
        assert demo.stage.api_key not in page.text
        assert demo.stage.api_key not in (await client.get("/page/state")).text
        assert (await client.get("/page/files/none")).status_code == 404


async def test_a_file_that_could_run_is_only_offered_for_saving(demo: OpenDemo) -> None:
    sent = await demo.stage.cast.anna.send_document(b"<script>1</script>", name="a.html", content_type="text/html")
    async with httpx.AsyncClient(base_url=demo.address) as client:
        answer = await client.get(f"/page/files/{sent.file_id}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_the_first_paint_comes_within_a_second_and_the_assets_are_small(window: Page) -> None:
    painted = await window.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert painted < 1000
    sizes = [len(one.read_bytes()) for one in files("bot.sandbox.page").joinpath("assets").iterdir()]
    assert sum(sizes) + len(await window.content()) < LARGEST_ASSETS
