"""What several commands begin with: the settings, with a helpful word when they are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.settings import Settings


def read_settings() -> Settings:
    """The settings of the environment and `.env`; exits with 2 and names each wrong one."""
    from pydantic import ValidationError

    from bot.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in fault["loc"]).upper()
            typer.secho(f"OTKLIK_{name}: {fault['msg']}", fg="red", err=True)
        raise typer.Exit(2) from None
