"""Outgoing webhooks: `otklik webhook add|list|show|test|rotate|replay|enable|remove`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.cli.faults import CommandError

if TYPE_CHECKING:
    from datetime import datetime

    from bot.webhooks.client import Told
    from surveys.storage import Database
    from surveys.subscribing import DeliveryLog, NewSecret, TrialTarget, WebhookView

Result = TypeVar("Result")
Name = Annotated[str, typer.Argument(help="the webhook's name")]


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    webhooks = typer.Typer(
        name="webhook",
        help="Tell your own systems what happens: complaints opened and moved, answers received (docs/webhooks.md).",
        no_args_is_help=True,
    )
    webhooks.command("add")(add)
    webhooks.command("list")(list_all)
    webhooks.command("show")(show)
    webhooks.command("test")(test)
    webhooks.command("rotate")(rotate)
    webhooks.command("replay")(replay)
    webhooks.command("enable")(enable)
    webhooks.command("remove")(remove)
    application.add_typer(webhooks)


def add(
    name: Annotated[str, typer.Argument(help="a-z 0-9 . _ -: crm, helpdesk")],
    url: Annotated[str, typer.Argument(help="an https address that takes POST")],
    *,
    events: Annotated[
        str, typer.Option(help="case.opened,case.moved,response.received,response.changed; all without it")
    ] = "",
    with_comment: Annotated[bool, typer.Option("--with-comment", help="send what the customer wrote, too")] = False,
) -> None:
    """Add a webhook and show the secret that signs what is sent, this once."""
    from bot.cli.opening import read_settings
    from surveys.subscribing import add_webhook

    private_allowed = read_settings().webhooks_private == "allow"
    types = [word.strip() for word in events.split(",") if word.strip()]
    made = _with_database(
        lambda database, now: add_webhook(
            database, name, url, types, with_comment=with_comment, private_allowed=private_allowed, now=now
        )
    )
    _show_secret(made)


def list_all() -> None:
    """List all webhooks, and how they fare."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from surveys.subscribing import list_webhooks

    found = _with_database(lambda database, _: list_webhooks(database))
    if not found:
        typer.echo("There are no webhooks yet; `otklik webhook add NAME URL` adds one.")
        return
    table = Table("name", "url", "events", "state", box=None, pad_edge=False)
    for webhook in found:
        table.add_row(webhook.name, escape(webhook.url), ", ".join(webhook.events), escape(_state(webhook)))
    Console().print(table)


def show(name: Name, *, limit: Annotated[int, typer.Option(min=1, max=1000, help="attempts to show")] = 20) -> None:
    """Show a webhook and its delivery log, newest first."""
    from surveys.subscribing import read_log

    _print_log(_with_database(lambda database, _: read_log(database, name, limit=limit)))


def test(name: Name) -> None:
    """Send a test event now and print what the target answers; exits 1 when it does not take it."""
    import asyncio

    from surveys.rules.sending import Accepted
    from surveys.subscribing import trial_target

    target = _with_database(lambda database, now: trial_target(database, name, now=now))
    told = asyncio.run(_send_test(target))
    if isinstance(told.outcome, Accepted):
        typer.echo(f"{name} took it: {told.attempt.status} after {told.attempt.seconds:.2f} s.")
    else:
        typer.echo(f"{name} did not take it: {getattr(told.outcome, 'description', told.outcome)}.")
    if told.answer:
        # a terminal obeys what is no text
        typer.echo("".join(one if one.isprintable() or one == "\n" else "?" for one in told.answer))
    if not isinstance(told.outcome, Accepted):
        typer.echo(f"Tests are not in the delivery log: `otklik webhook show {name}` does not list this one.")
        raise typer.Exit(1)


def rotate(name: Name) -> None:
    """Make a new secret and show it, this once; for 24 hours the one before signs too."""
    from surveys.subscribing import rotate_secret

    _show_secret(_with_database(lambda database, now: rotate_secret(database, name, now=now)))


def replay(
    name: Name,
    *,
    since: Annotated[str | None, typer.Option(metavar="INSTANT", help="all since then: 2026-11-20T14:05+03:00")] = None,
    message: Annotated[str | None, typer.Option(metavar="ID", help="one webhook-id, msg_…")] = None,
) -> None:
    """Tell it once more, under the same webhook-id; without an option, what was given up.

    What is still to be tried is tried at once. Something is kept for 30 days.
    """
    from surveys.subscribing import replay

    instant = None if since is None else _instant(since)
    count = _with_database(lambda database, now: replay(database, name, since=instant, message=message, now=now))
    typer.echo(f"{count} to be told; `otklik run` does so." if count else "There is nothing to tell again.")


def enable(name: Name) -> None:
    """Tell a webhook again that was disabled (its target answered 410)."""
    from surveys.subscribing import enable_webhook

    _with_database(lambda database, _: enable_webhook(database, name))
    typer.echo(f"{name} is told again; `otklik webhook replay {name} --since …` tells what it missed.")


def remove(name: Name) -> None:
    """Remove a webhook with its secret and log; what waits for it is not sent."""
    from surveys.subscribing import remove_webhook

    _with_database(lambda database, now: remove_webhook(database, name, now=now))
    typer.echo(f"{name} is removed.")


def _show_secret(made: NewSecret) -> None:
    typer.echo("Keep this secret now; it is not shown again. docs/webhooks.md says how to verify with it.", err=True)
    if made.previous_until is not None:
        typer.echo(f"The one before signs too until {made.previous_until:%Y-%m-%d %H:%M} UTC.", err=True)
    typer.echo(made.secret)


def _print_log(log: DeliveryLog) -> None:
    webhook = log.webhook
    typer.echo(f"{webhook.name}: {webhook.url}")
    typer.echo(f"events: {', '.join(webhook.events)}; comments: {'yes' if webhook.with_comment else 'no'}")
    typer.echo(f"state: {_state(webhook)}; to be told: {log.waiting}")
    for one in log.attempts:
        took = "" if one.seconds is None else f" after {one.seconds:.2f} s"
        what = one.error or f"answered {one.status}"
        typer.echo(f"{one.at:%Y-%m-%d %H:%M:%S} UTC  {one.message}  {one.type}  try {one.attempt}: {what}{took}")


def _state(webhook: WebhookView) -> str:
    if webhook.disabled_at is not None:
        return f"disabled since {webhook.disabled_at:%Y-%m-%d %H:%M} UTC ({webhook.disabled_reason})"
    if webhook.failing_since is not None:
        return f"failing since {webhook.failing_since:%Y-%m-%d %H:%M} UTC ({webhook.failure})"
    return "ok"


def _instant(text: str) -> datetime:
    from datetime import datetime

    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise CommandError("--since: write an instant with its offset, like 2026-11-20T14:05+03:00")
    return instant


async def _send_test(target: TrialTarget) -> Told:
    from datetime import UTC, datetime
    from uuid import uuid4

    from bot.cli.opening import read_settings
    from bot.webhooks.client import WebhookClient
    from bot.webhooks.payload import write_test_payload

    async with WebhookClient(private_allowed=read_settings().webhooks_private == "allow") as client:
        body = write_test_payload(target.name, datetime.now(UTC))
        return await client.tell(target.url, target.secrets, f"msg_{uuid4().hex}", body, with_answer=True)


def _with_database(work: Callable[[Database, datetime], Awaitable[Result]]) -> Result:
    """Do the work at this instant; what it refuses is told with its fix."""
    import asyncio

    from bot.cli.opening import read_settings
    from bot.cli.storage import open_database
    from bot.clock import SystemClock
    from surveys.rules.webhooks import WebhookError
    from surveys.subscribing import NoSuchMessageError, NoSuchWebhookError

    async def run() -> Result:
        async with open_database(read_settings()) as database:
            return await work(database, SystemClock().now())

    try:
        return asyncio.run(run())
    except (WebhookError, NoSuchWebhookError, NoSuchMessageError) as error:
        raise CommandError(str(error)) from error
