"""`otklik trials`: which of two variants is better, once the planned number has been asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from bot.settings import Settings
    from surveys.trials import TrialsReport


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("trials")(trials)


def trials(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    language: Annotated[
        str | None, typer.Option("--language", help="ru or en; the business's first language by default.")
    ] = None,
) -> None:
    """The catalogue's trials: how many are missing, and which variant is better once none is."""
    import json

    from bot.cli.opening import read_settings
    from bot.clock import SystemClock
    from bot.screens.plain import plain_text
    from bot.screens.trials import trials_screen
    from bot.screens.trials_json import build_trials_document

    found = asyncio.run(_read(read_settings(), now=SystemClock().now()))
    if as_json:
        typer.echo(json.dumps(build_trials_document(found), ensure_ascii=False, indent=2))
    else:
        typer.echo(plain_text(trials_screen(found, language or found.language, shown=len(found.trials))))


async def _read(settings: Settings, *, now: datetime) -> TrialsReport:
    from bot.cli.storage import open_database
    from surveys.publishing import Catalogues
    from surveys.trials import list_trials

    async with open_database(settings) as database:
        catalogues = Catalogues()
        await catalogues.refresh(database)
        return await list_trials(database, catalogues, now=now)
