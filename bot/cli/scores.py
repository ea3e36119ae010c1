"""`otklik report`: the scores of a week or another period."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.faults import CommandError
from bot.cli.pictures import PaperTheme, Picture, check_options, write_picture

if TYPE_CHECKING:
    from datetime import datetime

    from bot.settings import Settings
    from surveys.publishing import Catalogues
    from surveys.reach import Reach
    from surveys.reporting import Report
    from surveys.rules.weeks import Period
    from surveys.whole_business import WholeBusiness


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("report")(report)
    application.command("reach")(show_reach)


def report(
    *,
    first: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day, like 2026-11-16.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The day after the last one.")] = None,
    week: Annotated[str | None, typer.Option("--week", metavar="WEEK", help="An ISO week, like 2026-W47.")] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="ATTR", help="Break scores down by an attribute of the events.")
    ] = None,
    touchpoint: Annotated[str | None, typer.Option("--touchpoint", metavar="KEY", help="Only this one.")] = None,
    picture: Picture = None,
    theme: PaperTheme = "light",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    language: Annotated[
        str | None, typer.Option("--language", help="ru or en; the business's first language by default.")
    ] = None,
) -> None:
    """Scores with their intervals, what really changed, who answered, complaints; the last complete week by default."""
    from bot.cli.opening import read_settings
    from bot.clock import SystemClock
    from bot.screens.report_picture import report_picture
    from surveys.reporting import UnknownAttributeError, UnknownTouchpointError
    from surveys.rules.weeks import PeriodError

    paper = check_options(picture, theme)
    if picture is not None and by is not None:
        raise CommandError("--picture: it shows no parts; give it without --by")
    try:
        found, whole = asyncio.run(
            _read(read_settings(), (first, to, week), by=by, touchpoint=touchpoint, now=SystemClock().now())
        )
    except (PeriodError, UnknownAttributeError, UnknownTouchpointError) as error:
        raise CommandError(str(error)) from error
    spoken = language or found.language
    if picture is not None:
        write_picture(picture, report_picture(found, spoken, paper))
    if as_json:
        _print_json(found, whole)
    else:
        _print_text(found, whole, spoken)


def show_reach(
    *,
    first: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day, like 2026-11-16.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The day after the last one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    language: Annotated[
        str | None, typer.Option("--language", help="ru or en; the business's first language by default.")
    ] = None,
) -> None:
    """How many customers can be asked at all, by which messenger, and by what they came; the last week by default."""
    import json

    from bot.cli.opening import read_settings
    from bot.clock import SystemClock
    from bot.screens.plain import plain_text
    from bot.screens.reach_report import build_reach_document, reach_screen
    from surveys.rules.weeks import PeriodError

    try:
        found, spoken = asyncio.run(_read_reach(read_settings(), (first, to, None), now=SystemClock().now()))
    except PeriodError as error:
        raise CommandError(str(error)) from error
    if as_json:
        typer.echo(json.dumps(build_reach_document(found), ensure_ascii=False, indent=2))
    else:
        typer.echo(plain_text(reach_screen(found, language or spoken)))


async def _read_reach(
    settings: Settings, asked: tuple[str | None, str | None, str | None], *, now: datetime
) -> tuple[Reach, str]:
    from bot.cli.storage import open_database
    from surveys.publishing import Catalogues
    from surveys.reach import measure_reach

    async with open_database(settings) as database:
        catalogues = Catalogues()
        await catalogues.refresh(database)
        return await measure_reach(database, catalogues, _period(*asked, catalogues, now)), catalogues.language


async def _read(
    settings: Settings,
    asked: tuple[str | None, str | None, str | None],
    *,
    by: str | None,
    touchpoint: str | None,
    now: datetime,
) -> tuple[Report, WholeBusiness | None]:
    from bot.cli.announcing import announced
    from bot.cli.storage import open_database
    from surveys.publishing import Catalogues
    from surveys.whole_business import read_whole_report

    async with open_database(settings) as database:
        catalogues = Catalogues()
        await catalogues.refresh(database)
        period = _period(*asked, catalogues, now)
        return await announced(read_whole_report(database, catalogues, period, by=by, touchpoint=touchpoint, now=now))


def _period(first: str | None, to: str | None, week: str | None, catalogues: Catalogues, now: datetime) -> Period:
    """The period of the options; raises PeriodError for options that do not go together."""
    from surveys.rules.weeks import Period, PeriodError, last_complete_week, parse_day, parse_week

    if week is not None:
        if first is not None or to is not None:
            raise PeriodError("give --week, or --from and --to, not both", week)
        return parse_week(week)
    if first is None and to is None:
        return last_complete_week(now, catalogues.in_force.catalogue.business.timezone)
    if first is None or to is None:
        raise PeriodError("--from and --to go together; --to is the day after the last one", first or to or "")
    return Period(parse_day(first), parse_day(to))


def _print_json(report: Report, whole: WholeBusiness | None) -> None:
    import json

    from bot.screens.report_json import build_report_document

    typer.echo(json.dumps(build_report_document(report, whole), ensure_ascii=False, indent=2))


def _print_text(report: Report, whole: WholeBusiness | None, language: str) -> None:
    from rich.console import Console

    from bot.screens.plain import plain_text
    from bot.screens.report import report_screen
    from bot.screens.report_table import build_report_table

    console = Console()
    console.print(plain_text(report_screen(report, language, whole)), highlight=False, markup=False)
    console.print()
    console.print(build_report_table(report, language))
