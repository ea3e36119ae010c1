"""`otklik alarms`: what is wrong now and what was lately."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from bot.settings import Settings
    from surveys.alarms import AlarmList


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("alarms")(alarms)


def alarms(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    language: Annotated[
        str | None, typer.Option("--language", help="ru or en; the business's first language by default.")
    ] = None,
) -> None:
    """Alarms between weeks: the open ones with their evidence, and the last that are over."""
    import json

    from bot.cli.opening import read_settings
    from bot.clock import SystemClock
    from bot.screens.alarms import alarm_list_screen
    from bot.screens.alarms_json import build_alarms_document
    from bot.screens.plain import plain_text

    found = asyncio.run(_read(read_settings(), now=SystemClock().now()))
    if as_json:
        typer.echo(json.dumps(build_alarms_document(found), ensure_ascii=False, indent=2))
    else:
        typer.echo(plain_text(alarm_list_screen(found, language or found.language)))


async def _read(settings: Settings, *, now: datetime) -> AlarmList:
    from bot.cli.storage import open_database
    from surveys.alarms import list_alarms
    from surveys.publishing import Catalogues

    async with open_database(settings) as database:
        catalogues = Catalogues()
        await catalogues.refresh(database)
        return await list_alarms(database, catalogues, now=now)
