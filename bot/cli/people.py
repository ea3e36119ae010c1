"""Who is one person: `otklik people show|join|split`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.cli.faults import CommandError

if TYPE_CHECKING:
    from surveys.publishing import Catalogues
    from surveys.storage import Database

Result = TypeVar("Result")

Who = Annotated[
    str,
    typer.Argument(
        metavar="WHO", help="A customer's id, an order, or an account like telegram:111.", show_default=False
    ),
]


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    people = typer.Typer(
        name="people", help="Who is one person in several messengers: show, join, split.", no_args_is_help=True
    )
    people.command("show")(show)
    people.command("join")(join)
    people.command("split")(split)
    application.add_typer(people)


def show(who: Who) -> None:
    """Show the accounts and customers of one person, and how they came together."""
    from bot.screens.linking import linked_text
    from surveys.splitting import show_person

    typer.echo(_run(lambda database, catalogues: _worded(show_person(database, who), catalogues, linked_text)))


def join(
    who: Who, other: Annotated[str, typer.Argument(metavar="OTHER", help="Who is the same human.", show_default=False)]
) -> None:
    """Join two that are one human: everything of OTHER's person moves to WHO's."""
    from bot.clock import SystemClock
    from bot.screens.linking import linked_text
    from surveys.splitting import join_persons

    now = SystemClock().now()
    typer.echo(
        _run(
            lambda database, catalogues: _worded(
                join_persons(database, catalogues, who, other, now=now), catalogues, linked_text
            )
        )
    )


def split(who: Who) -> None:
    """Undo the last join of WHO: whoever came in by it goes back where the log says. Exit 1 when WHO stands alone."""
    from bot.clock import SystemClock
    from bot.screens.linking import split_screen
    from bot.screens.plain import plain_text
    from surveys.splitting import split_person

    now = SystemClock().now()

    async def work(database: Database, catalogues: Catalogues) -> tuple[str, bool]:
        done = await split_person(database, catalogues, who, now=now)
        return plain_text(split_screen(done, catalogues.language)), done is not None

    said, has_split = _run(work)
    typer.echo(said)
    raise typer.Exit(0 if has_split else 1)


async def _worded(found: Awaitable[Result], catalogues: Catalogues, words: Callable[[Result, str], str]) -> str:
    return words(await found, catalogues.language)


def _run(work: Callable[[Database, Catalogues], Awaitable[Result]]) -> Result:
    import asyncio

    from bot.cli.opening import read_settings
    from bot.cli.storage import open_database
    from surveys.publishing import Catalogues
    from surveys.splitting import SeveralPersonsError, UnknownPersonError

    async def run() -> Result:
        async with open_database(read_settings()) as database:
            catalogues = Catalogues()
            await catalogues.refresh(database)
            return await work(database, catalogues)

    try:
        return asyncio.run(run())
    except (SeveralPersonsError, UnknownPersonError) as error:
        raise CommandError(str(error)) from error
