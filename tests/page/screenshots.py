"""`make screenshots`: the pictures in docs/images, taken of the running page after its story was played on it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import shutil
import sys
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from bot.cli.demonstration.opening import open_demo
from bot.logs import configure_logging
from tests.page.people import ask_anna, chat, press, say, tab

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DESKTOP = {"width": 1440, "height": 860}
PHONE = {"width": 390, "height": 780}
LARGEST = 300_000


async def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("make screenshots needs Chromium (on Debian: apt-get install chromium fonts-inter)")
    configure_logging("WARNING")
    async with async_playwright() as playwright, open_demo(0) as demo:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page(viewport=DESKTOP)
        await page.goto(demo.address)
        await play(page)
        await keep(page, "demo.png")
        dark = await browser.new_page(viewport=DESKTOP, color_scheme="dark")
        await dark.goto(demo.address)
        await expect(dark.locator("#events .chip").first).to_be_visible()
        await keep(dark, "demo-dark.png")
        phone = await browser.new_page(viewport=PHONE)
        await phone.goto(demo.address)
        await tab(phone, "Анна").click()
        await keep(phone, "demo-phone.png")
        await browser.close()


async def play(page: Page) -> None:
    """Anna complains and is taken care of, Boris is happy, Olga sees the week."""
    await press(page, "Load a month of answers")
    await expect(page.locator("#journal")).to_contain_text("past answers")
    await press(page, "Борис")
    await press(page, "Order delivered")
    await press(page, "Анна")
    anna, boris, team, olga = (chat(page, name) for name in ("Анна", "Борис", "Команда", "Ольга"))
    await ask_anna(page)
    await press(boris, "5")
    await press(boris, "Точно вовремя")
    await press(anna, "2")
    await press(anna, "Опоздали")
    await press(anna, "Помялось в дороге")
    await press(anna, "Готово")
    await say(anna, "Ждали два часа, торт помялся, а у ребёнка праздник.")
    await press(olga, "Commands")
    await press(olga, "/report", exact=False)
    await expect(olga.get_by_role("log")).to_contain_text("Доставка · CSAT")
    await expect(team.get_by_role("log")).to_contain_text("праздник")
    await press(team, "Взять")
    await expect(team.get_by_role("status")).to_contain_text("№ 1")
    await expect(page.locator("#deliveries .chip.sent")).to_have_count(3)
    for log in (anna, boris):
        await log.get_by_role("log").evaluate("log => log.scrollTo(0, log.scrollHeight)")
    await olga.locator(".message").last.evaluate("message => message.scrollIntoView()")
    await page.mouse.move(0, 0)
    await page.evaluate("document.activeElement.blur()")


async def keep(page: Page, name: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    picture = await page.screenshot(path=IMAGES / name, animations="disabled")
    if len(picture) > LARGEST:
        sys.exit(f"{name} has {len(picture)} bytes, more than {LARGEST}")
    sys.stderr.write(f"docs/images/{name}: {len(picture)} bytes\n")


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):  # the transcript
        asyncio.run(main())
