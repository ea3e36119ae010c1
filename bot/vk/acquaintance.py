"""What is known of somebody beyond what their message says: their first name, and what their program can show."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import structlog

from bot.receiving.storable import storable
from bot.vk.client import VkClient
from bot.vk.drawing import Buttons
from bot.vk.errors import VkCallError
from surveys import people

if TYPE_CHECKING:
    from surveys.storage import Database

log = structlog.get_logger()

CHANNEL: Final = "vk"
KEPT: Final = 10_000


class Names:
    """First names, asked of VK once by each process; messages do not carry them."""

    def __init__(self, client: VkClient, kept: int = KEPT) -> None:
        self._client = client
        self._kept = kept
        self._names: OrderedDict[int, str | None] = OrderedDict()

    async def of(self, user_id: int) -> str | None:
        """How somebody is addressed; None when VK does not say it now."""
        if user_id in self._names:
            self._names.move_to_end(user_id)
            return self._names[user_id]
        try:
            answer = storable(await self._client.call("users.get", user_ids=str(user_id)))
        except VkCallError as error:
            log.info("name_unknown", channel=CHANNEL, why=error.description)
            return None
        user = answer[0] if isinstance(answer, list) and answer else None
        name = user.get("first_name") if isinstance(user, dict) else None
        self._names[user_id] = name if isinstance(name, str) and name else None
        if len(self._names) > self._kept:
            self._names.popitem(last=False)
        return self._names[user_id]


class Programs:
    """What people's programs can show, remembered with their accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, user_id: int, buttons: Buttons) -> None:
        """Somebody wrote with a program that can show this."""
        lacking = None if buttons is Buttons.CALLBACK else buttons.value
        await people.note_buttons(self._database, CHANNEL, user_id, lacking)

    async def buttons_of(self, user_id: int) -> Buttons:
        """What the program somebody last wrote with can show; of a stranger's, everything."""
        return Buttons(await people.lacking_buttons(self._database, CHANNEL, user_id) or Buttons.CALLBACK)


class Lately:
    """Links that were followed lately: VK may name one with more than its first message, and one welcome is enough."""

    def __init__(self, kept: int = 1000) -> None:
        self._kept = kept
        self._seen: OrderedDict[tuple[int, str], None] = OrderedDict()

    def is_new(self, user_id: int, key: str) -> bool:
        """Whether this process sees the link followed by this person for the first time."""
        if (user_id, key) in self._seen:
            return False
        self._seen[user_id, key] = None
        if len(self._seen) > self._kept:
            self._seen.popitem(last=False)
        return True
