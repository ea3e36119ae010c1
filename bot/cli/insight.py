"""`otklik journey`, `audit` and `drivers`: where customers go, who cares for the places, what matters there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.cli.faults import CommandError
from bot.cli.pictures import PaperTheme, Picture, check_options, write_picture

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.screens.json_values import Document
    from bot.screens.screen import Screen
    from bot.settings import Settings
    from surveys.publishing import Catalogues
    from surveys.rules.weeks import Period
    from surveys.storage import Database

Found = TypeVar("Found")

First = Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day, like 2026-11-16.")]
To = Annotated[str | None, typer.Option("--to", metavar="DAY", help="The day after the last one.")]
Within = Annotated[
    str, typer.Option("--within", metavar="DURATION", help="How long after an event the next one still follows it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Language = Annotated[str | None, typer.Option("--language", help="ru or en; the business's first language by default.")]


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("journey")(journey)
    application.command("audit")(audit)
    application.command("drivers")(drivers)


def journey(
    *,
    first: First = None,
    to: To = None,
    within: Within = "P30D",
    picture: Picture = None,
    theme: PaperTheme = "light",
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """The customer's way: scores, volume, where people go on, where they stop and are lost; the last 90 days."""
    from bot.screens.journey import journey_screen
    from bot.screens.journey_json import build_journey_document
    from bot.screens.journey_picture import build_scene
    from surveys.tracing import DEFAULT_PERIOD, trace_journey

    duration = _duration("--within", within)
    paper = check_options(picture, theme)
    found = _ask(
        lambda database, catalogues, period, now: trace_journey(database, catalogues, period, within=duration, now=now),
        first,
        to,
        DEFAULT_PERIOD,
    )
    spoken = language or found.language
    if picture is not None:
        write_picture(picture, build_scene(found, spoken, paper))
    _print(build_journey_document(found) if as_json else journey_screen(found, spoken))


def audit(
    *,
    silent: Annotated[
        str, typer.Option("--silent", metavar="DURATION", help="Without an event or an answer for so long: silent.")
    ] = "P14D",
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Which touchpoints somebody cares for, what is wrong with the others, and what to do; the last quarter."""
    from bot.screens.audit import audit_screen
    from bot.screens.audit_json import build_audit_document
    from surveys import auditing

    silent_after = _duration("--silent", silent)
    found = _ask(
        lambda database, catalogues, _, now: auditing.audit(database, catalogues, silent_after=silent_after, now=now),
        None,
        None,
        f"{auditing.DAYS}d",
    )
    spoken = language or found.language
    _print(build_audit_document(found, spoken) if as_json else audit_screen(found, spoken))


def drivers(
    *,
    first: First = None,
    to: To = None,
    within: Annotated[
        str, typer.Option("--within", metavar="DURATION", help="How long after an answer purchases are looked for.")
    ] = "P90D",
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """What costs the overall score most, and what unhappy customers do afterwards; the last 365 days."""
    from bot.screens.drivers import drivers_screen
    from bot.screens.drivers_json import build_drivers_document
    from surveys.weighing import DEFAULT_PERIOD, weigh_drivers

    duration = _duration("--within", within)
    found = _ask(
        lambda database, catalogues, period, now: weigh_drivers(database, catalogues, period, within=duration, now=now),
        first,
        to,
        DEFAULT_PERIOD,
    )
    _print(build_drivers_document(found) if as_json else drivers_screen(found, language or found.language))


def _ask(
    use_case: Callable[[Database, Catalogues, Period, datetime], Awaitable[Found]],
    first: str | None,
    to: str | None,
    default: str,
) -> Found:
    """What the use case finds for the period of the options."""
    from bot.cli.opening import read_settings
    from bot.clock import SystemClock
    from surveys.rules.weeks import PeriodError

    try:
        return asyncio.run(_read(read_settings(), use_case, (first, to), default, now=SystemClock().now()))
    except PeriodError as error:
        raise CommandError(str(error)) from error


async def _read(
    settings: Settings,
    use_case: Callable[[Database, Catalogues, Period, datetime], Awaitable[Found]],
    asked: tuple[str | None, str | None],
    default: str,
    *,
    now: datetime,
) -> Found:
    from bot.cli.announcing import announced
    from bot.cli.storage import open_database
    from surveys.publishing import Catalogues

    async with open_database(settings) as database:
        catalogues = Catalogues()
        await catalogues.refresh(database)
        period = _period(*asked, default, catalogues, now)
        return await announced(use_case(database, catalogues, period, now))


def _period(first: str | None, to: str | None, default: str, catalogues: Catalogues, now: datetime) -> Period:
    """The period of the options; raises PeriodError for options that do not go together."""
    from surveys.rules.weeks import Period, PeriodError, parse_day, parse_period

    if first is None and to is None:
        return parse_period(default, now=now, zone=catalogues.zone)
    if first is None or to is None:
        raise PeriodError("--from and --to go together; --to is the day after the last one", first or to or "")
    return Period(parse_day(first), parse_day(to))


def _duration(option: str, text: str) -> timedelta:
    from datetime import timedelta

    from surveys.rules.durations import DurationError, parse_duration

    try:
        duration = parse_duration(text)
    except DurationError as error:
        raise CommandError(f"{option}: {error}") from error
    if not timedelta(0) < duration <= timedelta(days=366):
        raise CommandError(f"{option}: write a duration of up to a year, like P30D")
    return duration


def _print(found: Document | Screen) -> None:
    import json

    from bot.screens.plain import plain_text
    from bot.screens.screen import Screen

    typer.echo(plain_text(found) if isinstance(found, Screen) else json.dumps(found, ensure_ascii=False, indent=2))
