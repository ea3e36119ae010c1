"""Presses of callback buttons and the answers they wait for."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from dataclasses import dataclass

from bot.sandbox.pace import MachineClock
from bot.sandbox.vk.errors import wrong

# VK's documentation: an event_id is valid for a minute and for one answer.
ANSWER_SECONDS = 60.0
KEPT_TAPS = 10_000
MAX_EVENT_DATA = 1000
MAX_SNACKBAR = 90


@dataclass(frozen=True, slots=True)
class Popup:
    """How the bot answered a press: a snackbar, a link or application to open, or nothing (the spinner stops)."""

    text: str = ""
    link: str | None = None
    app_id: int | None = None
    alert: bool = False


@dataclass(slots=True, eq=False)
class Tap:
    """One press that may still be answered."""

    id: str
    peer_id: int
    number: int | None
    at: float
    answered: asyncio.Future[Popup]


class Taps:
    """The presses of the last minute."""

    def __init__(self, clock: MachineClock) -> None:
        self.answer_seconds = ANSWER_SECONDS
        self._clock = clock
        self._taps: OrderedDict[str, Tap] = OrderedDict()
        self._last = 0

    def make(self, peer_id: int, number: int | None) -> Tap:
        """A new press; the caller sends its event."""
        self._last += 1
        identifier = f"{self._last:012x}"
        tap = Tap(identifier, peer_id, number, self._clock(), asyncio.get_running_loop().create_future())
        self._taps[identifier] = tap
        if len(self._taps) > KEPT_TAPS:
            self._taps.popitem(last=False)
        return tap

    def answer(self, identifier: str, user_id: int, peer_id: int, event_data: str) -> Tap:
        """The bot answers; raises VKError 100 for a press unknown, answered, another's or more than a minute old."""
        popup = read_event_data(event_data)
        tap = self._taps.get(identifier)
        if tap is None or tap.answered.done() or self._clock() - tap.at > self.answer_seconds:
            raise wrong("event_id is invalid or expired")
        if tap.peer_id != peer_id or tap.peer_id != user_id:
            raise wrong("event_id does not belong to this user_id and peer_id")
        tap.answered.set_result(popup)
        return tap


def read_event_data(given: str) -> Popup:
    """What an answer shows; raises VKError 100."""
    if not given:
        return Popup()
    if len(given) > MAX_EVENT_DATA:
        raise wrong(f"event_data should not exceed {MAX_EVENT_DATA} letters length")
    try:
        value = json.loads(given)
    except ValueError:
        raise wrong("event_data is not a valid JSON") from None
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "show_snackbar":
        text = value.get("text")
        if not isinstance(text, str) or not 1 <= len(text) <= MAX_SNACKBAR:
            raise wrong(f"event_data: text should be 1 to {MAX_SNACKBAR} letters length")
        return Popup(text=text)
    if kind == "open_link":
        link = value.get("link")
        if not isinstance(link, str) or not link.startswith(("https://", "http://")):
            raise wrong("event_data: link is invalid")
        return Popup(link=link)
    if kind == "open_app":
        if value.get("app_id").__class__ is not int:
            raise wrong("event_data: app_id should be integer")
        return Popup(app_id=value["app_id"])
    raise wrong("event_data: type is invalid")
