"""A screen as text without any style, for the command line."""

from __future__ import annotations

from bot.screens.screen import Screen


def plain_text(screen: Screen) -> str:
    """The screen as text without any style, paragraphs apart."""
    return "\n\n".join("".join(run.text for run in paragraph) for paragraph in screen.paragraphs)
