"""What only a messenger without slash commands has to say: which words it understands, and that a score is noted."""

from __future__ import annotations

from collections.abc import Sequence

from bot.screens.screen import Arrangement, Choice, ChoiceGroup, Run, Screen
from bot.screens.wording import Wording

HELPED = ("stop", "resume", "complaint", "privacy", "mydata", "link", "forget", "language")
"""The commands that the help names, in its order."""


WRITTEN = ("call",)
OFFERED = ("offers", "no_offers")
"""What the help names and shows no button of; offers where the business has any."""


def help_screen(business: str, language: str, choices: Sequence[Choice], *, has_offers: bool = False) -> Screen:
    """What one can write or press; a choice for each of HELPED."""
    wording = Wording(language)
    named = (*HELPED, *WRITTEN, *(OFFERED if has_offers else ()))
    words = "\n".join(wording.text(f"vk.help_{command}") for command in named)
    return Screen(
        (
            (Run(wording.text("vk.help", business=business)),),
            (Run(f"{wording.text('vk.help_words')}\n{words}"),),
        ),
        (ChoiceGroup(Arrangement.LIST, tuple(choices)),),
    )


def noted_screen(score: int, language: str) -> Screen:
    """The score is noted: what lay under the input field goes, and the dialogue goes on in the next message."""
    return Screen(((Run(Wording(language).text("vk.noted", score=score)),),), takes_keyboard_away=True)
