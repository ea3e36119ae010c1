"""The command line: every command is one thin function; what it needs is imported when it runs."""

from __future__ import annotations

import typer

from bot.cli import (
    alarms,
    asking,
    catalogue,
    codes,
    comments,
    database,
    demo,
    entry_points,
    files,
    insight,
    keys,
    people,
    recovery,
    running,
    scores,
    trials,
    webhooks,
)
from bot.cli.faults import tell_faults


def build_application() -> typer.Typer:
    """The `otklik` command with all its subcommands."""
    application = typer.Typer(
        name="otklik",
        help="Asks customers at the right moment, puts complaints right, reports what really changed.",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
        add_completion=False,
    )
    rooms = (
        demo,
        running,
        catalogue,
        files,
        scores,
        comments,
        insight,
        alarms,
        trials,
        recovery,
        asking,
        codes,
        entry_points,
        people,
        database,
        keys,
        webhooks,
    )
    for commands in rooms:
        commands.register(application)
    tell_faults(application, "otklik")
    return application


def main() -> None:
    """Entry point of the `otklik` command."""
    build_application()()
