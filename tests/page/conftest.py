"""The demo with its page, and windows of a real Chromium on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from bot.cli.demonstration.opening import OpenDemo, open_demo
from db.database import Database

OpenWindow = Callable[..., Awaitable[Page]]

PATIENCE = 10_000
DESKTOP = {"width": 1440, "height": 900}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
_report = pytest.StashKey[pytest.TestReport]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> object:
    report = yield
    if report.when == "call":
        item.stash[_report] = report
    return report


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser, None]:
    """The system's Chromium; OTKLIK_TEST_CHROMIUM=required makes its absence a failure."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        told = "no Chromium is installed, so the page is not tried in it (on Debian: apt-get install chromium)"
        if os.environ.get("OTKLIK_TEST_CHROMIUM") == "required":
            pytest.fail(told)
        pytest.skip(told)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def demo(database: Database) -> AsyncGenerator[OpenDemo, None]:
    """The demo of this test alone, its page open for windows."""
    async with open_demo(0, database) as demo:
        yield demo


@pytest.fixture
async def open_window(
    browser: Browser, demo: OpenDemo, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncGenerator[OpenWindow, None]:
    """Open a window on the page; of a failed test pictures are kept. No script may fail and nothing be refused."""
    pages: list[Page] = []
    troubles: list[str] = []

    async def open_one(**context: object) -> Page:
        opened = await browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **context})
        page = await opened.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
        pages.append(page)
        await page.goto(demo.address)
        await page.locator("body.ready").wait_for()
        return page

    yield open_one
    report = request.node.stash.get(_report, None)
    for number, page in enumerate(pages, 1):
        if troubles or (report is not None and report.failed):
            picture = tmp_path / f"window-{number}.png"
            await page.screenshot(path=picture)
            print(f"picture of window {number}: {picture}")
        await page.context.close()
    assert not troubles


@pytest.fixture
async def window(open_window: OpenWindow) -> Page:
    """One window on a desktop."""
    return await open_window()
