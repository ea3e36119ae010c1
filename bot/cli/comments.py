"""`otklik comments`: what people write about."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.faults import CommandError

if TYPE_CHECKING:
    from datetime import datetime

    from bot.settings import Settings
    from surveys.comments import CommentsReport
    from surveys.rules.journey import Catalogue
    from surveys.rules.weeks import Period


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("comments")(comments)


def comments(
    *,
    first: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day, like 2026-11-16.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The day after the last one.")] = None,
    touchpoint: Annotated[str | None, typer.Option("--touchpoint", metavar="KEY", help="Only this one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    language: Annotated[
        str | None, typer.Option("--language", help="ru or en; the business's first language by default.")
    ] = None,
) -> None:
    """What people write about: themes and their change, examples, words of the unhappy; the last 7 days by default."""
    import json

    from bot.cli.opening import read_settings
    from bot.clock import SystemClock
    from bot.screens.comments import comments_screen
    from bot.screens.comments_json import build_comments_document
    from bot.screens.plain import plain_text
    from surveys.reporting import UnknownTouchpointError
    from surveys.rules.weeks import PeriodError

    try:
        found = asyncio.run(_read(read_settings(), first, to, touchpoint=touchpoint, now=SystemClock().now()))
    except (PeriodError, UnknownTouchpointError) as error:
        raise CommandError(str(error)) from error
    if as_json:
        typer.echo(json.dumps(build_comments_document(found), ensure_ascii=False, indent=2))
    else:
        typer.echo(plain_text(comments_screen(found, language or found.language)))


async def _read(
    settings: Settings, first: str | None, to: str | None, *, touchpoint: str | None, now: datetime
) -> CommentsReport:
    from bot.cli.storage import open_database
    from surveys.comments import comments_report
    from surveys.publishing import Catalogues

    async with open_database(settings) as database:
        catalogues = Catalogues()
        await catalogues.refresh(database)
        period = _period(first, to, catalogues.in_force.catalogue, now)
        return await comments_report(
            database,
            catalogues,
            start=period.start,
            end=period.end,
            touchpoint=touchpoint,
            read_all=True,
            now=now,
        )


def _period(first: str | None, to: str | None, catalogue: Catalogue, now: datetime) -> Period:
    """The period of the options; raises PeriodError for one without the other."""
    from surveys.reporting import read_scores_request
    from surveys.rules.weeks import Period, PeriodError, parse_day

    if first is None and to is None:
        return read_scores_request("", catalogue, now=now).period
    if first is None or to is None:
        raise PeriodError("--from and --to go together; --to is the day after the last one", first or to or "")
    return Period(parse_day(first), parse_day(to))
