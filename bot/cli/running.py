"""`run` and `doctor`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.catalogue_file import CatalogueFile
    from bot.findings import Finding
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
    """Run the product: receive, send, and take events over HTTP. Several processes may share one database.

    The catalogue's file is published at the start, and again whenever it changes.
    """
    import asyncio

    from bot.cli.faults import explain
    from bot.cli.opening import read_settings
    from bot.logs import configure_logging

    settings = read_settings()
    secrets = _secrets(settings)
    configure_logging(settings.log_level, settings.log_format, secrets=secrets)
    if settings.sentry_dsn is not None:
        from bot.error_reports import report_errors

        report_errors(settings.sentry_dsn.get_secret_value(), secrets)
    try:
        asyncio.run(_run(settings, role))
    except Exception as error:
        if explain(error) is not None:
            raise
        # through the log, where no secret passes
        import structlog

        structlog.get_logger().critical("stopped_by_fault", exc_info=error)
        raise typer.Exit(1) from None


async def _run(settings: Settings, role: RoleName) -> None:
    import asyncio
    import signal

    import structlog

    from bot.catalogue_file import CatalogueFile
    from bot.cli.storage import open_database
    from bot.clock import SystemClock
    from bot.settings import StartError

    catalogue_file = CatalogueFile(settings.catalog)
    source = _catalogue_source(catalogue_file)
    if settings.telegram_token is None and settings.vk_token is None and role is not RoleName.WEB:
        fix = "take one from @BotFather, or set OTKLIK_VK_TOKEN and OTKLIK_VK_GROUP_ID; or try `otklik demo`"
        raise StartError("OTKLIK_TELEGRAM_TOKEN is not set", fix)
    if settings.telegram_token is None and role is not RoleName.WEB:
        why = "complaint cards and reports wait: staff and managers work in Telegram"
        structlog.get_logger().warning("no_telegram", why=why, fix="set OTKLIK_TELEGRAM_TOKEN")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with open_database(settings) as database:
        # it takes a second to load, which nobody should wait for to hear of a wrong setting
        from bot.app import Application, RunRole

        application = Application(settings, database, SystemClock(), catalogue_file=catalogue_file)
        await application.prepare(source)
        await application.run(RunRole(role.value), stop)


def _catalogue_source(file: CatalogueFile) -> str:
    from bot.settings import StartError
    from surveys.catalog.reading import CatalogueFileError
    from surveys.publishing import FaultyCatalogueError

    try:
        return file.read()
    except CatalogueFileError as error:
        fix = "write a catalogue (docs/catalogue.md), or point OTKLIK_CATALOG at it"
        raise StartError(str(error), fix) from error
    except FaultyCatalogueError as error:
        raise StartError(f"the catalogue {file.path} has faults", f"see `otklik check {file.path}`") from error


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
    from rich.markup import escape
    from rich.table import Table

    from bot.cli.opening import read_settings
    from bot.findings import Health

    findings = asyncio.run(_examine(read_settings()))
    table = Table(show_edge=False, pad_edge=False, box=None)
    for heading in ("", "part", "what", "how to fix it"):
        table.add_column(heading, overflow="fold")
    colours = {Health.GOOD: "green", Health.WORRYING: "yellow", Health.BROKEN: "red"}
    for finding in findings:
        mark = f"[{colours[finding.health]}]{finding.health.value}[/]"
        table.add_row(mark, finding.part, escape(finding.what), escape(finding.fix or ""))
    Console().print(table)
    if any(finding.health is Health.BROKEN for finding in findings):
        raise typer.Exit(1)


async def _examine(settings: Settings) -> list[Finding]:
    from datetime import UTC, datetime

    from bot.cli.storage import open_database
    from bot.doctor import examine, examine_catalogue
    from bot.findings import Finding, Health
    from bot.settings import StartError
    from db.embedded import EmbeddedServerError

    try:
        async with open_database(settings) as database:
            return await examine(settings, database, now=datetime.now(UTC))
    except StartError as error:
        broken = Finding("database", Health.BROKEN, error.what, error.fix)
    except EmbeddedServerError as error:
        # its words name the fix
        broken = Finding("database", Health.BROKEN, str(error))
    return [*examine_catalogue(settings), broken]
