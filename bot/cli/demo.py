"""`demo`: the whole loop on this machine, without an account or a token."""

from __future__ import annotations

from typing import Annotated

import typer


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("demo")(demo)


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="where the page is served; 0 takes a free port")] = 8080,
    play: Annotated[bool, typer.Option("--play", help="tell the story as a transcript and exit")] = False,
) -> None:
    """Run the product against local stand-ins for Telegram and VK, with a sample shop; nothing leaves this machine.

    It serves a page on which one person is everybody: customers in both messengers, staff, a manager and the shop.

    With --play it tells a week in chapters, and exits 0 when every step really happened, 1 otherwise.
    """
    import asyncio

    from bot.app import AddressTakenError
    from bot.cli.demonstration.opening import show
    from bot.cli.demonstration.story import tell
    from bot.cli.faults import CommandError
    from bot.logs import configure_logging

    configure_logging("WARNING")
    try:
        asyncio.run(tell() if play else show(port))
    except AddressTakenError as error:
        raise CommandError(f"{error.what}: name another port with --port, or 0 for a free one") from error
    except KeyboardInterrupt:
        # Ctrl-C is how it is ended
        return
