"""What the page needs from outside the sandbox, handed to it by whoever sets the stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.server import TelegramSandbox
from bot.sandbox.vk.people import VKPerson
from bot.sandbox.vk.server import VKSandbox


@dataclass(frozen=True, slots=True)
class Seat:
    """One chat of the page and who sits in front of it; without a group it is the person's chat with the bot.

    `customer` is how the shop knows the person, None for those who are no customers.
    """

    key: str
    role: str
    person: Person | VKPerson
    group: Group | None = None
    customer: str | None = None

    @property
    def messenger(self) -> str:
        """Where the chat is: `telegram` or `vk`."""
        return "vk" if isinstance(self.person, VKPerson) else "telegram"

    @property
    def chat_id(self) -> int:
        """The chat's number."""
        return self.person.id if self.group is None else self.group.id


@dataclass(frozen=True, slots=True)
class ShopReceipt:
    """What came of a shop's button: the event in question, what was decided, or the start link it printed."""

    action: str
    order_id: str | None = None
    event_id: str | None = None
    outcome: str | None = None
    reason: str | None = None
    ask_at: str | None = None
    count: int = 1
    start: str | None = None


class Backstage(Protocol):
    """Business time, the shop, and the past."""

    def now(self) -> datetime:
        """The present instant of business time."""
        ...

    @property
    def rate(self) -> float:
        """Seconds of business time in one of the machine's."""
        ...

    async def move_clock(self, move: str) -> None:
        """Move business time to a named instant, and note it as a change; raises LookupError for an unknown name."""
        ...

    async def run_clock(self, rate: float) -> None:
        """Run business time faster, and note it as a change."""
        ...

    async def act_in_shop(self, action: str, customer: str) -> ShopReceipt:
        """Press a button of the shop; raises LookupError for an action or customer there is not."""
        ...

    def reported(self) -> Sequence[str]:
        """Ids of the events the shop has reported; those looked at first come last."""
        ...

    async def load_history(self) -> int:
        """A month of past answers; how many were added."""
        ...


@dataclass(frozen=True, slots=True)
class Messengers:
    """The sandbox messengers the page shows; a chat has a number that no chat of the other one has."""

    telegram: TelegramSandbox
    vk: VKSandbox


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What the page shows and whom it asks; the key stays on this side and never reaches the browser."""

    seats: tuple[Seat, ...]
    backstage: Backstage
    zone: str
    api_url: str
    api_key: str = field(repr=False)
