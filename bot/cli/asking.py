from __future__ import annotations

import typer


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
