"""What happens in the chats, printed as it happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.sandbox import MessageView, TelegramSandbox
from bot.sandbox.changes import Change

_INDENT = 8


class Transcript:
    """Prints headings, what the shop does, and every message, edit and pop-up of the sandbox."""

    def __init__(
        self,
        sandbox: TelegramSandbox,
        now: Callable[[], datetime],
        zone: ZoneInfo,
        *,
        hidden: Callable[[int], bool] = lambda _chat_id: False,
    ) -> None:
        self._sandbox = sandbox
        self._hidden = hidden
        self._now = now
        self._zone = zone
        self._console = Console(highlight=False, soft_wrap=False)
        self._day = ""
        self._printed: dict[tuple[int, int], tuple[str, tuple[str, ...]]] = {}
        self._stop = sandbox.changes.watch(self._on_change)

    def close(self) -> None:
        """Print no more."""
        self._stop()

    def heading(self, text: str) -> None:
        """A step of the story."""
        self._console.print()
        self._console.print(Text(text, style="bold cyan"))

    def say(self, text: str, style: str = "") -> None:
        """A plain sentence about what is going on."""
        self._console.print(Text(text, style=style))

    def shop(self, text: str) -> None:
        """What the shop did, and what it was answered."""
        self._line("shop", text, "green")

    def tap(self, who: str, label: str) -> None:
        """Somebody pressed a button."""
        self._line(who, f"taps [{label}]", "magenta")

    def _line(self, who: str, text: str, style: str) -> None:
        local = self._now().astimezone(self._zone)
        day = f"{local:%A, %-d %B %Y}"
        if day != self._day:
            self._day = day
            self._console.print(Text(f"── {day} ──", style="dim"))
        first, *rest = text.splitlines() or [""]
        self._console.print(Text.assemble((f"{local:%H:%M}  ", "dim"), (who, style), "  ", first))
        for line in rest:
            self._console.print(Padding(Text(line), (0, 0, 0, _INDENT)))

    def _on_change(self, change: Change) -> None:
        if self._hidden(change.chat_id):
            return
        if change.kind == "popup" and change.text:
            self._line("bot", f"pop-up: {change.text}", "yellow")
        if change.kind not in ("message", "edit") or change.message_id is None:
            return
        message = self._message(change.chat_id, change.message_id)
        if message is None:
            return
        looks = (message.text, message.labels)
        if self._printed.get((message.chat_id, message.id)) == looks:
            return
        self._printed[message.chat_id, message.id] = looks
        self._show(message, edited=change.kind == "edit")

    def _show(self, message: MessageView, *, edited: bool) -> None:
        chat = self._chat_name(message.chat_id)
        who = f"bot → {chat}" if message.from_bot else message.sender_name
        if not message.from_bot and message.chat_id < 0:
            who = f"{message.sender_name} → {chat}"
        text = message.text if message.kind == "text" else f"({message.kind}) {message.text}".rstrip()
        if edited:
            text = f"(edited) {text}"
        if message.labels:
            text += "\n" + " ".join(f"[{label}]" for label in message.labels)
        self._line(who, text, "yellow" if message.from_bot else "blue")

    def _message(self, chat_id: int, message_id: int) -> MessageView | None:
        found = self._sandbox.world.chats[chat_id].find(message_id)
        return None if found is None or found.service is not None else MessageView(found)

    def _chat_name(self, chat_id: int) -> str:
        chat = self._sandbox.world.chats[chat_id]
        return chat.title or (chat.user.first_name if chat.user is not None else str(chat_id))
