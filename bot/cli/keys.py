"""API keys: `otklik key create|list|revoke`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.cli.faults import CommandError

if TYPE_CHECKING:
    from surveys.storage import Database

Result = TypeVar("Result")


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    keys = typer.Typer(name="key", help="Keys for the HTTP API: shown once, stored hashed.", no_args_is_help=True)
    keys.command("create")(create)
    keys.command("list")(list_all)
    keys.command("revoke")(revoke)
    application.add_typer(keys)


def create(name: Annotated[str, typer.Argument(help="what the key is for: crm, shop, grafana")]) -> None:
    """Make a key and show it, this once."""
    from bot.clock import SystemClock
    from surveys.keys import KeyNameError, create_key

    try:
        made = _with_database(lambda database: create_key(database, name, now=SystemClock().now()))
    except KeyNameError as error:
        raise CommandError(str(error)) from error
    typer.echo("Keep this key now; it is not shown again. Send it as `Authorization: Bearer KEY`.", err=True)
    typer.echo(made.key)


def list_all() -> None:
    """List all keys, those revoked too."""
    from rich.console import Console
    from rich.table import Table

    from surveys.keys import list_keys

    found = _with_database(list_keys)
    if not found:
        typer.echo("There are no keys yet; `otklik key create NAME` makes one.")
        return
    table = Table("name", "created", "revoked", box=None, pad_edge=False)
    for key in found:
        revoked = "" if key.revoked_at is None else f"{key.revoked_at:%Y-%m-%d %H:%M} UTC"
        table.add_row(key.name, f"{key.created_at:%Y-%m-%d %H:%M} UTC", revoked)
    Console().print(table)


def revoke(name: Annotated[str, typer.Argument(help="the name the key was created under")]) -> None:
    """End a key at once."""
    from bot.clock import SystemClock
    from surveys.keys import revoke_key

    if not _with_database(lambda database: revoke_key(database, name, now=SystemClock().now())):
        raise CommandError(f"no key in force is named {name}; see `otklik key list`")
    typer.echo(f"{name} is revoked.")


def _with_database(work: Callable[[Database], Awaitable[Result]]) -> Result:
    import asyncio

    from bot.cli.opening import read_settings
    from bot.cli.storage import open_database

    async def run() -> Result:
        async with open_database(read_settings()) as database:
            return await work(database)

    return asyncio.run(run())
