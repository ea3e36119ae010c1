"""What happens in the chats, printed as it happens."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.sandbox import MessageView, TelegramSandbox, VKMessageView, VKSandbox

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.sandbox.changes import Change

_IN_VK = " (VK)"


@dataclass(frozen=True, slots=True)
class _Looks:
    """What a message says, line by line, and its buttons."""

    lines: tuple[str, ...]
    labels: tuple[str, ...]


class Transcript:
    """Prints headings, what the shop does, and every message, edit and pop-up of the sandbox messengers.

    Of an edited message only what it did not say before is printed.
    """

    def __init__(
        self,
        telegram: TelegramSandbox,
        vk: VKSandbox,
        now: Callable[[], datetime],
        zone: ZoneInfo,
        *,
        hidden: Callable[[int], bool] = lambda _chat_id: False,
    ) -> None:
        self._telegram = telegram
        self._vk = vk
        self._hidden = hidden
        self._now = now
        self._zone = zone
        self._console = Console(highlight=False, soft_wrap=False)
        self._day = ""
        self._silent = False
        self._left_out: set[int] = set()
        self._printed: dict[tuple[int, int], _Looks] = {}
        self._stops = (
            telegram.changes.watch(lambda change: self._on_change(change, self._telegram_message)),
            vk.changes.watch(lambda change: self._on_change(change, self._vk_message)),
        )

    def close(self) -> None:
        """Print no more."""
        for stop in self._stops:
            stop()

    @contextmanager
    def hidden_for(self, chat_id: int) -> Generator[None, None, None]:
        """What happens in this chat meanwhile is not printed: another one shows the same."""
        self._left_out.add(chat_id)
        try:
            yield
        finally:
            self._left_out.discard(chat_id)

    @contextmanager
    def silent(self) -> Generator[None, None, None]:
        """What happens in the chats meanwhile is not printed: there is a lot of the same."""
        self._silent = True
        try:
            yield
        finally:
            self._silent = False

    def heading(self, text: str) -> None:
        """A chapter of the story."""
        self._console.print()
        self._console.print(Text(text, style="bold cyan"))

    def say(self, text: str, style: str = "") -> None:
        """A plain sentence about what is going on."""
        self._console.print(Text(text, style=style))

    def shop(self, text: str) -> None:
        """What the shop did, and what it was answered."""
        self._line("shop", text, "green")

    def crm(self, text: str) -> None:
        """What the shop's CRM was told."""
        self._line("CRM", text, "green")

    def tell(self, message: MessageView | VKMessageView) -> None:
        """A message as it is now, when it came while nothing was printed."""
        self._show(message, edited=False)

    def tap(self, who: str, label: str) -> None:
        """Somebody pressed a button."""
        if not self._silent:
            self._line(who, f"taps [{label}]", "magenta")

    def _line(self, who: str, text: str, style: str) -> None:
        local = self._now().astimezone(self._zone)
        day = f"{local:%A, %-d %B %Y}"
        if day != self._day:
            self._day = day
            self._console.print(Text(f"── {day} ──", style="dim"))
        # wrapped lines stay beside the time, not below it
        line = Table.grid(padding=(0, 2, 0, 0))
        line.add_row(Text(f"{local:%H:%M}", style="dim"), Text.assemble((who, style), "  ", text))
        self._console.print(line)

    def _on_change(self, change: Change, find: Callable[[int, int], MessageView | VKMessageView | None]) -> None:
        if self._silent or change.chat_id in self._left_out or self._hidden(change.chat_id):
            return
        if change.kind == "popup" and change.text:
            self._line("bot", f"pop-up: {change.text}", "yellow")
        if change.kind not in ("message", "edit") or change.message_id is None:
            return
        message = find(change.chat_id, change.message_id)
        if message is not None:
            self._show(message, edited=change.kind == "edit")

    def _show(self, message: MessageView | VKMessageView, *, edited: bool) -> None:
        looks = _Looks(tuple(line for line in message.text.splitlines() if line.strip()), message.labels)
        before = self._printed.get((message.chat_id, message.id), _Looks((), ()))
        self._printed[message.chat_id, message.id] = looks
        lines = [line for line in looks.lines if not (edited and line in before.lines)]
        if edited:
            if not lines and looks.labels == before.labels:
                return
            lines.insert(0, f"(edited) {lines.pop(0) if lines else looks.lines[0] if looks.lines else ''}")
        elif message.kind != "text":
            lines.insert(0, f"({message.kind}) {lines.pop(0) if lines else ''}".rstrip())
        if looks.labels and looks.labels != before.labels:
            lines.append(_drawn(message))
        self._line(self._who(message), "\n".join(lines), "yellow" if message.from_bot else "blue")

    def _who(self, message: MessageView | VKMessageView) -> str:
        if isinstance(message, VKMessageView):
            name = self._vk.world.users[message.chat_id].first_name
            return f"bot → {name}{_IN_VK}" if message.from_bot else f"{name}{_IN_VK}"
        chat = self._telegram.world.chats[message.chat_id]
        name = chat.title or (chat.user.first_name if chat.user is not None else str(message.chat_id))
        if message.from_bot:
            return f"bot → {name}"
        return f"{message.sender_name} → {name}" if message.chat_id < 0 else message.sender_name

    def _telegram_message(self, chat_id: int, number: int) -> MessageView | None:
        found = self._telegram.world.chats[chat_id].find(number)
        return None if found is None or found.service is not None else MessageView(found)

    def _vk_message(self, chat_id: int, number: int) -> VKMessageView | None:
        found = self._vk.world.dialogs[chat_id].find(number)
        return None if found is None else VKMessageView(found)


def _drawn(message: MessageView | VKMessageView) -> str:
    drawn = " ".join(f"[{label}]" for label in message.labels)
    lies_below = isinstance(message, VKMessageView) and not message.buttons
    return f"under the input field: {drawn}" if lies_below else drawn
