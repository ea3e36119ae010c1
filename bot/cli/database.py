"""`migrate`."""

from __future__ import annotations

import typer


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("migrate")(migrate)


def migrate() -> None:
    """Bring the database to the schema of this version (`alembic upgrade head`); does nothing when it is there."""
    from bot.cli.opening import read_settings
    from bot.cli.storage import reaching
    from db.embedded import open_server
    from db.migrating import head, revision_of, upgrade

    settings = read_settings()
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        with reaching():
            revision_of(url)
        upgrade(url)
    else:
        with open_server(settings.data_dir, durable=True) as server:
            upgrade(server.url)
    typer.echo(f"the database is at revision {head()}")
