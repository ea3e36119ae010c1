"""Methods that show messages again, with fresh addresses of their files."""

from __future__ import annotations

from bot.sandbox.vk import parameters as kinds
from bot.sandbox.vk.errors import VKError, wrong
from bot.sandbox.vk.parameters import Kind, Parameters, Signature
from bot.sandbox.vk.world import Message, World, dump

MAX_MESSAGES = 100

_SHOWN: dict[str, Kind] = {"group_id": kinds.integer, "extended": kinds.boolean, "fields": kinds.words}

SIGNATURES: dict[str, Signature] = {
    "messages.getByConversationMessageId": Signature(
        {"peer_id": kinds.integer, "conversation_message_ids": kinds.integers, **_SHOWN},
        ("peer_id", "conversation_message_ids"),
    ),
    "messages.getById": Signature(
        {
            "message_ids": kinds.integers,
            "cmids": kinds.integers,
            "peer_id": kinds.integer,
            "preview_length": kinds.integer,
            **_SHOWN,
        }
    ),
}


class Reading:
    """Reads the community's dialogs; what is not there is left out of the answer."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_by_number(self, call: Parameters) -> str:
        """messages.getByConversationMessageId: by the numbers in one dialog."""
        return self._show(self._in_dialog(call, call.numbers("conversation_message_ids")))

    def get_by_id(self, call: Parameters) -> str:
        """messages.getById: by the numbers over all dialogs, or in one."""
        if call.has("cmids"):
            return self._show(self._in_dialog(call, call.numbers("cmids")))
        asked = call.numbers("message_ids")
        if not asked or len(asked) > MAX_MESSAGES:
            raise wrong(f"message_ids should contain 1 to {MAX_MESSAGES} elements")
        found = (self._world.messages.get(identifier) for identifier in asked)
        return self._show([message for message in found if message is not None])

    def _in_dialog(self, call: Parameters, numbers: tuple[int, ...]) -> list[Message]:
        if not numbers or len(numbers) > MAX_MESSAGES:
            raise wrong(f"1 to {MAX_MESSAGES} messages may be asked for")
        dialog = self._world.dialogs.get(call.number("peer_id"))
        if dialog is None:
            raise VKError(917)
        found = (dialog.find(number) for number in numbers)
        return [message for message in found if message is not None]

    def _show(self, messages: list[Message]) -> str:
        return dump({"count": len(messages), "items": [self._world.show_again(message) for message in messages]})
