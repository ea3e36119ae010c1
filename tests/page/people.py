"""What a person sees and presses on the page."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

expect.set_options(timeout=10_000)


def chat(window: Page, name: str) -> Locator:
    return window.locator(".chat", has=window.get_by_role("heading", name=name, exact=True))


def tab(window: Page, name: str) -> Locator:
    return window.get_by_role("tab", name=name)


async def press(place: Page | Locator, name: str, *, exact: bool = True) -> None:
    await place.get_by_role("button", name=name, exact=exact).last.click()


async def say(place: Locator, text: str) -> None:
    await place.get_by_role("textbox").fill(text)
    await place.get_by_role("textbox").press("Enter")


async def move(window: Page, name: str) -> None:
    """Move business time and wait until it has walked there: on its way it waits for what falls due."""
    await press(window, name)
    await expect(window.get_by_role("button", name=name, exact=True)).not_to_have_attribute(
        "aria-busy", "true", timeout=60_000
    )


async def ask_anna(window: Page, shop: str = "Delivered late") -> Locator:
    """Deliver an order and let two hours pass; Anna's chat with its question."""
    await press(window, shop)
    await expect(window.locator("#journal")).to_contain_text("planned")
    for _ in range(2):
        await move(window, "+1 h")
    anna = chat(window, "Анна")
    await expect(anna.get_by_role("button", name="5", exact=True)).to_be_visible()
    return anna
