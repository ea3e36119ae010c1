"""`run` and `doctor`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.doctor import Finding
    from bot.settings import Settings


class RoleName(StrEnum):
    """What a process runs."""

    ALL = "all"
    BOT = "bot"
    WORKER = "worker"
    WEB = "web"


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("run")(run)
    application.command("doctor")(doctor)


def run(
    role: Annotated[
        RoleName, typer.Option(help="bot receives, worker sends, web takes events; all does everything")
    ] = RoleName.ALL,
) -> None:
    """Run the product: receive, send, and take events over HTTP. Several processes may share one database."""
    import asyncio

    from bot.cli.opening import read_settings
    from bot.logs import configure_logging
    from bot.settings import StartError

    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format, secrets=_secrets(settings))
    try:
        asyncio.run(_run(settings, role))
    except* StartError as errors:
        for error in errors.exceptions:
            typer.secho(f"otklik run: {error}", fg="red", err=True)
        raise typer.Exit(2) from None


async def _run(settings: Settings, role: RoleName) -> None:
    import asyncio
    import signal

    from bot.app import Application, RunRole
    from bot.cli.storage import open_database
    from bot.clock import SystemClock

    source = _catalogue_source(settings)
    _report_errors(settings)
    if settings.telegram_token is None and role is not RoleName.WEB:
        from bot.settings import StartError

        raise StartError("OTKLIK_TELEGRAM_TOKEN is not set: take one from @BotFather, or try `otklik demo`")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with open_database(settings) as database:
        application = Application(settings, database, SystemClock())
        await application.prepare(source)
        await application.run(RunRole(role.value), stop)


def _catalogue_source(settings: Settings) -> str:
    from bot.settings import StartError
    from surveys.catalog.reading import read_catalogue

    try:
        source = settings.catalog.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fix = "write one (docs/catalogue.md), or point OTKLIK_CATALOG at it"
        raise StartError(f"the catalogue {settings.catalog} cannot be read ({error}): {fix}") from error
    if read_catalogue(source, name=str(settings.catalog)).catalogue is None:
        raise StartError(f"the catalogue {settings.catalog} has faults: see `otklik check {settings.catalog}`")
    return source


def _report_errors(settings: Settings) -> None:
    if settings.sentry_dsn is None:
        return
    import sentry_sdk

    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
    )


def _secrets(settings: Settings) -> list[str]:
    kept = (
        settings.telegram_token,
        settings.vk_token,
        settings.vk_secret,
        settings.webhook_secret,
        settings.api_key,
        settings.database_url,
        settings.sentry_dsn,
    )
    return [secret.get_secret_value() for secret in kept if secret is not None]


def doctor() -> None:
    """Check token, messengers, team chats, database, migrations, clock and catalogue; say how to fix each.

    Exits 1 when something is broken.
    """
    import asyncio

    from rich.console import Console
    from rich.table import Table

    from bot.cli.opening import read_settings
    from bot.doctor import Health

    findings = asyncio.run(_examine(read_settings()))
    table = Table(show_edge=False, pad_edge=False, box=None)
    for heading in ("", "part", "what", "how to fix it"):
        table.add_column(heading, overflow="fold")
    colours = {Health.GOOD: "green", Health.WORRYING: "yellow", Health.BROKEN: "red"}
    for finding in findings:
        mark = f"[{colours[finding.health]}]{finding.health.value}[/]"
        table.add_row(mark, finding.part, finding.what, finding.fix or "")
    Console().print(table)
    if any(finding.health is Health.BROKEN for finding in findings):
        raise typer.Exit(1)


async def _examine(settings: Settings) -> list[Finding]:
    from datetime import UTC, datetime

    from bot.cli.storage import open_database
    from bot.doctor import Finding, Health, examine, examine_catalogue
    from bot.settings import StartError

    try:
        async with open_database(settings) as database:
            return await examine(settings, database, now=datetime.now(UTC))
    except StartError as error:
        broken = Finding("database", Health.BROKEN, str(error), "otklik migrate")
    except OSError as error:
        broken = Finding("database", Health.BROKEN, f"cannot be reached: {error}", "check OTKLIK_DATABASE_URL")
    return [*examine_catalogue(settings), broken]
