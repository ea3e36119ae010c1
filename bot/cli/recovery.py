"""`otklik recovery`: what putting complaints right brought."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.faults import CommandError

if TYPE_CHECKING:
    from datetime import datetime

    from bot.settings import Settings
    from surveys.recovery_figures import RecoveryReport
    from surveys.rules.journey import Catalogue
    from surveys.rules.weeks import Period


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("recovery")(recovery)


def recovery(
    *,
    first: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day, like 2026-11-16.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The day after the last one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    language: Annotated[
        str | None, typer.Option("--language", help="ru or en; the business's first language by default.")
    ] = None,
) -> None:
    """Complaints and who put them right, scores before and after, who bought again; the last 30 days by default."""
    import json

    from bot.cli.opening import read_settings
    from bot.clock import SystemClock
    from bot.screens.plain import plain_text
    from bot.screens.recovery_json import build_recovery_document
    from bot.screens.recovery_report import recovery_screen
    from surveys.rules.weeks import PeriodError

    try:
        found = asyncio.run(_read(read_settings(), first, to, now=SystemClock().now()))
    except PeriodError as error:
        raise CommandError(str(error)) from error
    if as_json:
        typer.echo(json.dumps(build_recovery_document(found), ensure_ascii=False, indent=2))
    else:
        typer.echo(plain_text(recovery_screen(found, language or found.language)))


async def _read(settings: Settings, first: str | None, to: str | None, *, now: datetime) -> RecoveryReport:
    from bot.cli.storage import open_database
    from surveys.publishing import Catalogues
    from surveys.recovery_figures import recovery_report

    async with open_database(settings) as database:
        catalogues = Catalogues()
        await catalogues.refresh(database)
        period = _period(first, to, catalogues.in_force.catalogue, now)
        return await recovery_report(database, catalogues, start=period.start, end=period.end, now=now)


def _period(first: str | None, to: str | None, catalogue: Catalogue, now: datetime) -> Period:
    """The period of the options; raises PeriodError for one without the other."""
    from surveys.recovery_figures import read_recovery_period
    from surveys.rules.weeks import Period, PeriodError, parse_day

    if first is None and to is None:
        return read_recovery_period("", catalogue, now=now)
    if first is None or to is None:
        raise PeriodError("--from and --to go together; --to is the day after the last one", first or to or "")
    return Period(parse_day(first), parse_day(to))
