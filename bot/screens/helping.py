"""What one can ask the bot for, by role, in a messenger with commands."""

from __future__ import annotations

from collections.abc import Sequence

from bot.screens.screen import Run, Screen
from bot.screens.wording import Wording
from surveys.membership import Role

_NAMES = {Role.NOBODY: "customer", Role.MANAGER: "manager", Role.OWNER: "owner"}


def commands_screen(role: Role, commands: Sequence[str], language: str, *, is_staff: bool = False) -> Screen:
    """The commands with a line each, as the menu has them; `is_staff` when they work in a team and have no role."""
    wording = Wording(language)
    lines = [
        wording.text("commands.help_line", command=command, does=wording.text(f"commands.{command}"))
        for command in commands
    ]
    heading = "staff" if is_staff else _NAMES[role]
    return Screen(((Run(wording.text(f"commands.help_{heading}")),), (Run("\n".join(lines)),)))


def greeting_screen(role: Role, business: str, language: str) -> Screen:
    """What /start answers a manager or an owner."""
    return Screen(((Run(Wording(language).text(f"commands.greeting_{_NAMES[role]}", business=business)),),))
