"""What the web application is given by the one place that wires things."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bot.drawing.painting import Painter
from bot.metrics import Metrics

if TYPE_CHECKING:
    from bot.clock import Clock
    from surveys.publishing import Catalogues
    from surveys.storage import Database


class TelegramReceiver(Protocol):
    """Takes the updates Telegram posts to us."""

    def is_from_telegram(self, header: str | None) -> bool:
        """Whether the secret header is right, in constant time, whatever stands in it."""
        ...

    async def handle(self, update: bytes) -> None:
        """Handle one update; returns once its work is committed, raises when it must come again."""
        ...


class VkReceiver(Protocol):
    """Takes the events VK posts to us."""

    async def handle(self, body: bytes) -> str:
        """Handle one event: the text to answer, once its work is committed; raises when it must come again.

        Raises PermissionError for what does not come from VK.
        """
        ...


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDependencies:
    """Everything the routes need.

    `api_key` is the one accepted from the environment beside those in the database. `deep_links` makes the addresses
    of a link's key by messenger, empty while no bot's name is known. `wake` is called when events may have become due
    at once. `private_webhooks` allows webhooks to addresses within one's own network. Whoever builds it closes
    `painter`.
    """

    database: Database
    catalogues: Catalogues
    clock: Clock
    deep_links: Callable[[str], Awaitable[Mapping[str, str]]]
    api_key: str | None = None
    telegram: TelegramReceiver | None = None
    vk: VkReceiver | None = None
    wake: Callable[[], None] = _nothing
    private_webhooks: bool = False
    metrics: Metrics = field(default_factory=Metrics)
    painter: Painter = field(default_factory=Painter)
