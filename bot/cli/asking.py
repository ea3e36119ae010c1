"""`otklik why`, `pause` and `continue`: what became of an event, and holding questions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.screens.screen import Screen
    from bot.settings import Settings
    from surveys.storage import Database


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("why")(why)
    application.command("pause")(pause)
    application.command("continue")(resume)


def why(
    key: Annotated[str, typer.Argument(metavar="ORDER_OR_EVENT", help="An order's or an event's id.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    language: Annotated[
        str | None, typer.Option("--language", help="ru or en; the business's first language by default.")
    ] = None,
) -> None:
    """What became of this event, or of each event of this order, and why."""
    _within(lambda settings: _tell(settings, key, as_json=as_json, language=language))


def pause() -> None:
    """Hold questions and reminders in every process from the next claim on; complaints flow on."""

    async def hold(database: Database) -> None:
        from bot.clock import SystemClock
        from surveys.scheduling import pause

        changed = await pause(database, by="command line", now=SystemClock().now())
        typer.echo(
            "Questions are held; `otklik continue` releases them." if changed else "Questions were held already."
        )

    _within(lambda settings: _switch(settings, hold))


def resume() -> None:
    """Release questions held by `pause`."""

    async def release(database: Database) -> None:
        from surveys.scheduling import resume

        changed = await resume(database)
        typer.echo("Questions go out again." if changed else "Questions were not held.")

    _within(lambda settings: _switch(settings, release))


def _within(work: Callable[[Settings], Awaitable[None]]) -> None:
    from bot.cli.opening import read_settings

    async def run() -> None:
        await work(settings)

    settings = read_settings()
    asyncio.run(run())


async def _switch(settings: Settings, work: Callable[[Database], Awaitable[None]]) -> None:
    from bot.cli.storage import open_database

    async with open_database(settings) as database:
        await work(database)


async def _tell(settings: Settings, key: str, *, as_json: bool, language: str | None) -> None:
    from zoneinfo import ZoneInfo

    from bot.cli.storage import open_database
    from bot.clock import SystemClock
    from bot.screens.plain import plain_text
    from bot.screens.story import build_story_document, nothing_known_screen, story_screen
    from surveys.publishing import Catalogues
    from surveys.story import suggest, tell

    async with open_database(settings) as database:
        catalogues = Catalogues()
        known = await catalogues.refresh(database)
        stories = await tell(database, key, now=SystemClock().now())
        suggested = () if stories else await suggest(database, key)
    zone = catalogues.zone if known else ZoneInfo("UTC")
    spoken = language or (catalogues.language if known else "en")
    if not stories:
        typer.echo(plain_text(nothing_known_screen(key, suggested, spoken)), err=True)
        raise typer.Exit(1)
    if as_json:
        import json

        documents = [build_story_document(story, spoken, zone) for story in stories]
        typer.echo(json.dumps(documents, ensure_ascii=False, indent=2))
    else:
        titles, reasons = (catalogues.titles, catalogues.reason_titles) if known else ({}, {})
        _print(story_screen(stories, spoken, zone, titles, reasons))


def _print(screen: Screen) -> None:
    from rich.console import Console
    from rich.text import Text

    from bot.screens.screen import Style

    console = Console(highlight=False)
    for paragraph in screen.paragraphs:
        text = Text()
        for run in paragraph:
            text.append(run.text, style="bold" if run.style is Style.BOLD else "")
        console.print(text)
        console.print()
