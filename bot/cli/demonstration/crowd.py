"""The crowd of the demo: customers nobody on the page is, who answer by themselves."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Final

from bot.sandbox import Person, TelegramSandbox
from bot.sandbox.changes import Change

FIRST_ID: Final = 30_001
_NAMES: Final = ("Алина", "Виктор", "Галина", "Денис", "Ева", "Илья", "Кира", "Лев", "Мария", "Никита")
_SCORES: Final = "5555555444443332"
"""What one of sixteen people gives, each with the same chance."""

_SILENT_OUT_OF_100: Final = 30


class Crowd:
    """People who tap a score when they are asked; which one is decided by their id."""

    def __init__(self, sandbox: TelegramSandbox) -> None:
        self._sandbox = sandbox
        self._next_id = FIRST_ID
        self._answering: set[asyncio.Task[None]] = set()
        self._stop = sandbox.changes.watch(self._on_change)

    async def close(self) -> None:
        """Answer no more."""
        self._stop()
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    def includes(self, chat_id: int) -> bool:
        """Whether that is the chat of one of them."""
        return FIRST_ID <= chat_id < self._next_id

    def add(self, number: int) -> list[Person]:
        """So many more people who have opened the bot before."""
        first, self._next_id = self._next_id, self._next_id + number
        return [
            self._sandbox.add_person(one, _NAMES[one % len(_NAMES)], started=True)
            for one in range(first, self._next_id)
        ]

    def _on_change(self, change: Change) -> None:
        if change.kind == "message" and self.includes(change.chat_id):
            # a task of its own: the bot's call is not finished before all watchers have returned
            answering = asyncio.create_task(self._answer(self._sandbox.person(change.chat_id)))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)

    async def _answer(self, person: Person) -> None:
        digest = sha256(f"crowd {person.id}".encode()).digest()
        if digest[0] % 100 < _SILENT_OUT_OF_100:
            return
        message = person.see()[-1]
        score = int(_SCORES[digest[1] % len(_SCORES)])
        out_of_ten = "10" in message.labels
        for button in message.buttons:
            if button.data is not None and button.text.strip() == str(2 * score if out_of_ten else score):
                await person.forge_tap(message, button.data, deadline=None)
                return
