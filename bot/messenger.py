"""What every messenger can do for us, whichever it is."""

from __future__ import annotations

from typing import Protocol

from bot.screens.screen import Screen
from surveys.rules.sending import SendOutcome


class Messenger(Protocol):
    """Sends screens to chats and says what came of it; never raises for what the messenger answered."""

    @property
    def channel(self) -> str:
        """`telegram` or `vk`."""
        ...

    async def send(
        self,
        chat_id: int,
        screen: Screen,
        *,
        reply_to: int | None = None,
        thread_id: int | None = None,
        delivery_key: str | None = None,
    ) -> SendOutcome:
        """Send a new message.

        `reply_to` quotes an earlier one of the chat when it still exists; `thread_id` names a forum's topic.
        A messenger that can shows what comes twice under one `delivery_key` once; the others ignore it.
        """
        ...

    async def edit(self, chat_id: int, message_id: int, screen: Screen) -> SendOutcome:
        """Redraw a message in place; an identical one counts as accepted."""
        ...

    async def answer_tap(self, tap_id: str, text: str | None = None) -> None:
        """Stop the spinner on a tapped choice, with a pop-up of at most 200 characters; a lost one is not retried."""
        ...


class ProbedMessenger(Messenger, Protocol):
    """A messenger that can also be asked whether it answers at all."""

    async def probe(self) -> bool:
        """Whether the messenger answers; sends nothing to anybody."""
        ...
