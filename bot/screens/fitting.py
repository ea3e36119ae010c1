"""What fits one message, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.screens.screen import Run, Screen

LONGEST: Final = 4000
"""Characters of a message; Telegram takes 4,096 and VK as many."""


def fitting_screen(paragraphs: Iterable[tuple[Run, ...]], *, longest: int = LONGEST) -> Screen:
    """The paragraphs that fit one message, empty ones left out; what does not fit ends with an ellipsis."""
    kept: list[tuple[Run, ...]] = []
    left = longest
    for paragraph in paragraphs:
        length = sum(len(run.text) for run in paragraph)
        if not length:
            continue
        if length + 2 > left:
            kept.append((Run("…"),))
            break
        kept.append(paragraph)
        left -= length + 2
    return Screen(tuple(kept))
