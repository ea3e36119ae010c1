"""Methods about the community, its people and how its events come."""

from __future__ import annotations

from bot.sandbox.vk import parameters as kinds
from bot.sandbox.vk.callback import Callback
from bot.sandbox.vk.errors import VKError, wrong
from bot.sandbox.vk.events import CALLBACK_EVENT_TYPES, EVENT_TYPES, VERSION, Wanted
from bot.sandbox.vk.parameters import Parameters, Signature, signature
from bot.sandbox.vk.polling import Polling
from bot.sandbox.vk.world import World, dump

MAX_USERS = 1000

_SWITCHES: dict[str, kinds.Kind] = dict.fromkeys(sorted(EVENT_TYPES), kinds.boolean)
_CALLBACK_SWITCHES: dict[str, kinds.Kind] = dict.fromkeys(sorted(CALLBACK_EVENT_TYPES), kinds.boolean)
_GROUP: dict[str, kinds.Kind] = {"group_id": kinds.integer}
_SERVER: dict[str, kinds.Kind] = {**_GROUP, "server_id": kinds.integer}
_ADDRESS: dict[str, kinds.Kind] = {"url": kinds.text, "title": kinds.text, "secret_key": kinds.text}

SIGNATURES: dict[str, Signature] = {
    "groups.getById": signature(group_ids=kinds.words, group_id=kinds.text, fields=kinds.words),
    "groups.getLongPollServer": Signature(_GROUP, ("group_id",)),
    "groups.getLongPollSettings": Signature(_GROUP, ("group_id",)),
    "groups.setLongPollSettings": Signature(
        {**_GROUP, "enabled": kinds.boolean, "api_version": kinds.text, **_SWITCHES}, ("group_id",)
    ),
    "groups.getCallbackConfirmationCode": Signature(_GROUP, ("group_id",)),
    "groups.getCallbackServers": Signature({**_GROUP, "server_ids": kinds.integers}, ("group_id",)),
    "groups.addCallbackServer": Signature({**_GROUP, **_ADDRESS}, ("group_id", "url", "title")),
    "groups.editCallbackServer": Signature({**_SERVER, **_ADDRESS}, ("group_id", "server_id", "url", "title")),
    "groups.deleteCallbackServer": Signature(_SERVER, ("group_id", "server_id")),
    "groups.getCallbackSettings": Signature(_SERVER, ("group_id",)),
    "groups.setCallbackSettings": Signature(
        {**_SERVER, "api_version": kinds.text, **_CALLBACK_SWITCHES}, ("group_id",)
    ),
    "users.get": signature(user_ids=kinds.words, fields=kinds.words, name_case=kinds.text),
}


class CommunityMethods:
    """What a bot asks of VK for itself."""

    def __init__(self, world: World, polling: Polling, callback: Callback) -> None:
        self._world = world
        self._polling = polling
        self._callback = callback

    def get_by_id(self, call: Parameters) -> str:
        """groups.getById: without ids the community the token belongs to."""
        community = self._world.community
        asked = [*call.words("group_ids"), *([call.string("group_id")] if call.string("group_id") else [])]
        known = (str(community.id), community.screen_name)
        if any(name not in known for name in asked):
            raise wrong("group_ids is undefined or invalid")
        return dump({"groups": [community.payload()], "profiles": []})

    def get_users(self, call: Parameters) -> str:
        """users.get: those VK knows, in the order asked."""
        asked = call.words("user_ids")
        if not asked:
            raise wrong("user_ids is undefined")
        if len(asked) > MAX_USERS:
            raise wrong(f"user_ids should contain at most {MAX_USERS} elements")
        found = []
        for name in asked:
            number = name.removeprefix("id")
            user = self._world.users.get(int(number)) if number.isdecimal() else None
            if user is not None:
                found.append(user.payload())
        return dump(found)

    def get_longpoll_server(self, call: Parameters) -> str:
        """groups.getLongPollServer; its `ts` is the present one, what came before is skipped with it."""
        self._own(call)
        key, ts = self._polling.open()
        return dump({"key": key, "server": f"{self._world.address}/longpoll/{self._world.community.id}", "ts": ts})

    def get_longpoll_settings(self, call: Parameters) -> str:
        """groups.getLongPollSettings."""
        self._own(call)
        settings = self._polling.settings
        return dump(
            {"is_enabled": settings.enabled, "api_version": settings.version, "events": settings.payload(EVENT_TYPES)},
        )

    def set_longpoll_settings(self, call: Parameters) -> str:
        """groups.setLongPollSettings: what is not named stays as it is."""
        self._own(call)
        settings = self._polling.settings
        _change(settings, call)
        if call.has("enabled"):
            settings.enabled = call.flag("enabled")
        return "1"

    def get_confirmation_code(self, call: Parameters) -> str:
        """groups.getCallbackConfirmationCode."""
        self._own(call)
        return dump({"code": self._callback.confirmation_code})

    def get_callback_servers(self, call: Parameters) -> str:
        """groups.getCallbackServers."""
        self._own(call)
        asked = call.numbers("server_ids")
        found = [server.payload() for server in self._callback.servers() if not asked or server.id in asked]
        return dump({"count": len(found), "items": found})

    def add_callback_server(self, call: Parameters) -> str:
        """groups.addCallbackServer; VK asks the address for the confirmation code at once."""
        self._own(call)
        server = self._callback.add(call.string("url"), call.string("title"), call.string("secret_key"))
        return dump({"server_id": server.id})

    def edit_callback_server(self, call: Parameters) -> str:
        """groups.editCallbackServer; another address is asked for the code again."""
        self._own(call)
        self._callback.edit(
            call.number("server_id"), call.string("url"), call.string("title"), call.string("secret_key")
        )
        return "1"

    def delete_callback_server(self, call: Parameters) -> str:
        """groups.deleteCallbackServer."""
        self._own(call)
        self._callback.delete(call.number("server_id"))
        return "1"

    def get_callback_settings(self, call: Parameters) -> str:
        """groups.getCallbackSettings."""
        self._own(call)
        settings = self._callback.find(call.number("server_id")).wanted
        return dump({"api_version": settings.version, "events": settings.payload(CALLBACK_EVENT_TYPES)})

    def set_callback_settings(self, call: Parameters) -> str:
        """groups.setCallbackSettings: what is not named stays as it is."""
        self._own(call)
        _change(self._callback.find(call.number("server_id")).wanted, call)
        return "1"

    def _own(self, call: Parameters) -> None:
        if call.number("group_id") != self._world.community.id:
            raise VKError(15, "no access to this group")


def _change(settings: Wanted, call: Parameters) -> None:
    version = call.string("api_version", settings.version)
    if version != VERSION:
        raise wrong(f"api_version: events are written as {VERSION} here")
    settings.change((kind, call.flag(kind)) for kind in CALLBACK_EVENT_TYPES if call.has(kind))
