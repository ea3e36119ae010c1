"""Answers to what somebody just did: ahead of the schedule, sent once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import structlog

from surveys.rules.sending import Accepted, NotExecuted, RefusalCause, Refused, SendOutcome

if TYPE_CHECKING:
    from bot.budget import Budget
    from bot.messenger import Messenger
    from bot.screens.screen import Screen

log = structlog.get_logger()

NoteUnreachable = Callable[[int, RefusalCause], Awaitable[None]]
"""Told the chat that cannot be written to any more, and why."""


class DirectAnswers:
    """Shows screens to whoever just wrote or tapped; never raises for what the messenger answered.

    A lost answer is not retried: the next tap renders the state.
    """

    def __init__(self, messenger: Messenger, budget: Budget, note_unreachable: NoteUnreachable | None = None) -> None:
        self._messenger = messenger
        self._budget = budget
        self._note_unreachable = note_unreachable

    async def send(
        self, chat_id: int, screen: Screen, *, reply_to: int | None = None, thread_id: int | None = None
    ) -> SendOutcome:
        """Send a new message into the chat, and there into the topic of a forum."""
        if not await self._budget.wait_to_answer(chat_id):
            return await self._closed(chat_id, _TOO_LATE)
        outcome = await self._messenger.send(chat_id, screen, reply_to=reply_to, thread_id=thread_id)
        return await self._closed(chat_id, outcome)

    async def edit(self, chat_id: int, message_id: int, screen: Screen, *, or_send: bool = True) -> SendOutcome:
        """Redraw a message of the chat; one that is gone is sent anew, unless that would tell nothing new."""
        if not await self._budget.wait_to_answer(chat_id):
            return await self._closed(chat_id, _TOO_LATE)
        outcome = await self._messenger.edit(chat_id, message_id, screen)
        if isinstance(outcome, Refused) and outcome.cause is RefusalCause.MESSAGE_GONE:
            return await self.send(chat_id, screen) if or_send else outcome
        return await self._closed(chat_id, outcome)

    async def tap(self, tap_id: str, text: str | None = None) -> None:
        """Stop the spinner on a tapped choice, with a pop-up when there is a text; takes no slot, keeps to a hold."""
        if await self._budget.wait_while_held():
            await self._messenger.answer_tap(tap_id, text)
        else:
            log.info("tap_answer_lost", channel=self._messenger.channel, why="the messenger asked to be left alone")

    async def _closed(self, chat_id: int, outcome: SendOutcome) -> SendOutcome:
        if isinstance(outcome, Accepted):
            return outcome
        log.warning("direct_answer_lost", channel=self._messenger.channel, outcome=type(outcome).__name__)
        if isinstance(outcome, NotExecuted) and outcome.whole_channel:
            await self._budget.hold(outcome.retry_after)
        if isinstance(outcome, Refused) and self._note_unreachable is not None and outcome.cause in _UNREACHABLE:
            await self._note_unreachable(chat_id, outcome.cause)
        return outcome


_UNREACHABLE = frozenset((RefusalCause.BLOCKED, RefusalCause.DEACTIVATED, RefusalCause.CHAT_NOT_FOUND))
_TOO_LATE = NotExecuted(0, "its slot was too far away")
