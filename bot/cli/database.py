"""`migrate`."""

from __future__ import annotations

import typer


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("migrate")(migrate)


def migrate() -> None:
    """Bring the database to the schema of this version (`alembic upgrade head`); does nothing when it is there."""
    import asyncpg

    from bot.cli.opening import read_settings
    from db.embedded import EmbeddedServerError, open_server
    from db.migrating import UnknownRevisionError, head, upgrade

    settings = read_settings()
    try:
        if settings.database_url is not None:
            upgrade(settings.database_url.get_secret_value())
        else:
            with open_server(settings.data_dir, durable=True) as server:
                upgrade(server.url)
    except (UnknownRevisionError, EmbeddedServerError) as error:
        typer.secho(f"otklik migrate: {error}", fg="red", err=True)
        raise typer.Exit(1) from None
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        typer.secho(f"otklik migrate: {error}. Check OTKLIK_DATABASE_URL.", fg="red", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"the database is at revision {head()}")
