"""How each kind of due work becomes a screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import isawaitable

from bot.screens.screen import Screen
from surveys.due import Due, DueWork, SettledText


@dataclass(frozen=True, slots=True)
class Rendering:
    """What is shown for due work: a new message, or an earlier one redrawn.

    `edit_message_id` names the message to redraw; when it is gone (or too old for that), a new one is sent: `anew`,
    where it looks otherwise. `settled` is kept with an invitation: the question as shown. `instead` goes out where the
    messenger does not take the screen itself.
    """

    screen: Screen
    edit_message_id: int | None = None
    reply_to: int | None = None
    settled: SettledText | None = None
    instead: Screen | None = None
    anew: Screen | None = None


Renderer = Callable[[Due], Rendering | Awaitable[Rendering]]


class NoRendererError(LookupError):
    """Nobody said how this kind of work is shown: our own mistake."""


class Renderers:
    """Chooses the renderer by the type of the work."""

    def __init__(self, by_work: Mapping[type[DueWork], Renderer]) -> None:
        self._by_work = dict(by_work)

    async def render(self, due: Due) -> Rendering:
        """The work as it is shown now; raises NoRendererError."""
        renderer = self._by_work.get(type(due.work))
        if renderer is None:
            raise NoRendererError(f"{due.kind}: no renderer for {type(due.work).__name__}")
        rendering = renderer(due)
        if isinstance(rendering, Rendering):
            return rendering
        assert isawaitable(rendering)
        return await rendering
