"""How alarms are shown to managers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.delivery.rendering import Renderer, Rendering
from bot.screens.alarms import alarm_screen
from surveys.alarm_notices import TellAlarm
from surveys.due import Due, DueWork


def _alarm(due: Due) -> Rendering:
    assert isinstance(due.work, TellAlarm)
    return Rendering(alarm_screen(due.work, is_repeat=due.is_repeat))


ALARM_RENDERERS: Final[Mapping[type[DueWork], Renderer]] = {TellAlarm: _alarm}
