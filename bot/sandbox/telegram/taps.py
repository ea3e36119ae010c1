"""Callback queries: taps on inline buttons and the answers they wait for."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from bot.sandbox.pace import MachineClock
from bot.sandbox.telegram.errors import bad_request

# The real window is not documented; users report five to twenty seconds (pyTelegramBotAPI#1615).
ANSWER_SECONDS = 15.0
KEPT_TAPS = 10_000


@dataclass(frozen=True, slots=True)
class Popup:
    """How the bot answered a tap; an empty text only stops the spinner."""

    text: str
    alert: bool


@dataclass(slots=True, eq=False)
class Tap:
    """One tap that may still be answered."""

    id: str
    chat_id: int
    message_id: int
    at: float
    answered: asyncio.Future[Popup]


class Taps:
    """The taps of the last seconds."""

    def __init__(self, clock: MachineClock) -> None:
        self.answer_seconds = ANSWER_SECONDS
        self._clock = clock
        self._taps: OrderedDict[str, Tap] = OrderedDict()
        self._last = 0

    def make(self, chat_id: int, message_id: int) -> Tap:
        """A new tap; the caller sends its update."""
        self._last += 1
        identifier = str(4_000_000_000_000_000_000 + self._last)
        tap = Tap(identifier, chat_id, message_id, self._clock(), asyncio.get_running_loop().create_future())
        self._taps[identifier] = tap
        if len(self._taps) > KEPT_TAPS:
            self._taps.popitem(last=False)
        return tap

    def answer(self, identifier: str, text: str, *, alert: bool) -> Tap:
        """The bot answers; raises ApiError when that tap is unknown, answered already, or too long ago."""
        tap = self._taps.get(identifier)
        if tap is None or tap.answered.done() or self._clock() - tap.at > self.answer_seconds:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        tap.answered.set_result(Popup(text, alert))
        return tap
