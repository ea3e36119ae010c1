"""What scanning a QR code answers."""

from __future__ import annotations

from bot.screens.dialogue import answer_screen
from bot.screens.screen import Run, Screen
from bot.screens.wording import Wording
from surveys.entering import Entered, EntryCounted, EntryView


def entry_screen(view: EntryView) -> Screen:
    """The question at once; thanks for an answer of late; or that the code is no more."""
    if isinstance(view, Entered):
        return answer_screen(view.view)
    key = "entering.counted" if isinstance(view, EntryCounted) else "entering.unknown"
    return Screen(((Run(Wording(view.language).text(key)),),))
