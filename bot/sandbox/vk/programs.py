"""The programs people read VK with: each shows other buttons, and a message written with one tells which."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VKProgram:
    """What somebody's VK can show: kinds of buttons, keyboards under messages and under the input field."""

    button_actions: tuple[str, ...] = (
        "text",
        "vkpay",
        "open_app",
        "location",
        "open_link",
        "open_photo",
        "callback",
        "intent_subscribe",
    )
    inline_keyboard: bool = True
    keyboard: bool = True
    carousel: bool = True


# From before callback buttons (2020), from before inline keyboards (2019), and without any keyboard.
OLD_PROGRAM = VKProgram(("text", "vkpay", "open_app", "location", "open_link"))
OLDER_PROGRAM = VKProgram(("text", "vkpay", "open_app", "location"), inline_keyboard=False, carousel=False)
BARE_PROGRAM = VKProgram((), inline_keyboard=False, keyboard=False, carousel=False)
