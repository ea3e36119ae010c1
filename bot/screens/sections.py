"""Titled lists, and as many paragraphs as fit one message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bot.screens.screen import Run, Screen, Style
from bot.screens.wording import Wording

Paragraph = tuple[Run, ...]

LONGEST: Final = 4000
"""Characters of a message; Telegram takes 4,096 and VK as many."""

LINES: Final = 8
"""Lines of one section before the rest is only counted."""


def section(wording: Wording, key: str, lines: Sequence[str], *, most: int = LINES, **values: object) -> Paragraph:
    """A titled list; what is too much is counted. Empty without lines."""
    if not lines:
        return ()
    shown = list(lines[:most])
    if len(lines) > most:
        shown.append(wording.plural("report.more", len(lines) - most))
    listed = "".join(f"\n• {line}" for line in shown)
    return (Run(wording.text(key, **values), Style.BOLD), Run(listed))


def fitted(paragraphs: Iterable[Paragraph]) -> Screen:
    """The paragraphs that fit one message; a long list of touchpoints ends with an ellipsis."""
    kept: list[Paragraph] = []
    left = LONGEST
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


def length_of(paragraphs: Iterable[Paragraph]) -> int:
    """Characters as Telegram counts them, breaks between paragraphs included."""
    return sum(
        2 + sum(len(run.text.encode("utf-16-le", "surrogatepass")) // 2 for run in paragraph)
        for paragraph in paragraphs
        if paragraph
    )
