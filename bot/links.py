"""Addresses that open a dialog with a key, in each messenger that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from surveys.channels import channel_state

if TYPE_CHECKING:
    from surveys.storage import Database

MESSENGERS: Final[Mapping[str, str]] = {"telegram": "Telegram", "vk": "VK"}
"""What people call them."""

_ADDRESSES: Final = {"telegram": "https://t.me/{name}?start={key}", "vk": "https://vk.me/{name}?ref={key}"}


async def deep_links(database: Database, key: str) -> dict[str, str]:
    """The address of the key by messenger; empty while no bot's name is known."""
    names = {channel: (await channel_state(database, channel)).username for channel in _ADDRESSES}
    return {
        channel: address.format(name=names[channel], key=key)
        for channel, address in _ADDRESSES.items()
        if names[channel] is not None
    }
