"""Methods about the bot itself: who it is, how its updates come, answers to taps, files, command menus."""

from __future__ import annotations

import json
import re
from collections.abc import Coroutine
from dataclasses import dataclass

from bot.sandbox.pace import MachineClock
from bot.sandbox.telegram import parameters as kinds
from bot.sandbox.telegram.errors import bad_request, too_many_requests
from bot.sandbox.telegram.parameters import Parameters, Signature, signature
from bot.sandbox.telegram.polling import WEBHOOK_SET, Polling
from bot.sandbox.telegram.taps import Taps
from bot.sandbox.telegram.updates import UPDATE_TYPES, Updates
from bot.sandbox.telegram.webhook import DEFAULT_CONNECTIONS, Webhook, check_settings
from bot.sandbox.telegram.world import World, dump

MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
MAX_COMMANDS = 100
MAX_DESCRIPTION = 256
MAX_ANSWER_TEXT = 200
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_WIDE_SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_SCOPE_FIELDS = {
    **dict.fromkeys(_WIDE_SCOPES, ("type",)),
    "chat": ("type", "chat_id"),
    "chat_administrators": ("type", "chat_id"),
    "chat_member": ("type", "chat_id", "user_id"),
}

Scope = tuple[str, int, int]

SIGNATURES: dict[str, Signature] = {
    "getMe": signature(),
    "getUpdates": signature(
        offset=kinds.integer, limit=kinds.integer, timeout=kinds.integer, allowed_updates=kinds.structure
    ),
    "setWebhook": signature(
        url=kinds.text,
        ip_address=kinds.text,
        max_connections=kinds.integer,
        allowed_updates=kinds.structure,
        drop_pending_updates=kinds.boolean,
        secret_token=kinds.text,
    ),
    "deleteWebhook": signature(drop_pending_updates=kinds.boolean),
    "getWebhookInfo": signature(),
    "answerCallbackQuery": signature(
        {"callback_query_id": 'parameter "callback_query_id" is required'},
        callback_query_id=kinds.text,
        text=kinds.text,
        show_alert=kinds.boolean,
        url=kinds.text,
        cache_time=kinds.integer,
    ),
    "getFile": signature({"file_id": "file_id not specified"}, file_id=kinds.text),
    "setMyCommands": signature(
        {"commands": 'parameter "commands" is required'},
        commands=kinds.structure,
        scope=kinds.structure,
        language_code=kinds.text,
    ),
    "getMyCommands": signature(scope=kinds.structure, language_code=kinds.text),
    "deleteMyCommands": signature(scope=kinds.structure, language_code=kinds.text),
}


@dataclass(slots=True, eq=False)
class Menus:
    """Command menus by scope and language, as JSON text."""

    kept: dict[tuple[Scope, str], str]

    def shown(self, scopes: tuple[Scope, ...], language: str) -> tuple[tuple[str, str], ...]:
        """The first menu that fits, as command and description."""
        for scope in scopes:
            for code in (language, ""):
                menu = self.kept.get((scope, code))
                if menu is not None:
                    return tuple((item["command"], item["description"]) for item in json.loads(menu))
        return ()


class Receiving:
    """What a bot asks of the server for itself. None of it takes from the pace, setWebhook is allowed once a second."""

    def __init__(
        self,
        world: World,
        *,
        updates: Updates,
        polling: Polling,
        webhook: Webhook,
        taps: Taps,
        clock: MachineClock,
    ) -> None:
        self.menus = Menus({})
        self.paced = True
        self._world = world
        self._updates = updates
        self._polling = polling
        self._webhook = webhook
        self._taps = taps
        self._clock = clock
        self._webhook_from = clock()

    def get_me(self, _call: Parameters) -> str:
        """getMe."""
        abilities = {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
        return dump({**self._world.bot.payload(), **abilities})

    def get_updates(self, call: Parameters) -> str | Coroutine[object, None, str]:
        """getUpdates."""
        allowed = _read_allowed(call.get("allowed_updates"))
        if not self._webhook.is_active():
            self._updates.allow(allowed)
        return self._polling.poll(
            call.number("offset"), call.number("limit", 100), call.number("timeout"), self._webhook.is_active
        )

    async def set_webhook(self, call: Parameters) -> str:
        """setWebhook; without an address the same as deleteWebhook."""
        url = call.string("url")
        if not url:
            return await self.delete_webhook(call)
        now = self._clock()
        if self.paced and now < self._webhook_from:
            raise too_many_requests(1)
        self._webhook_from = now + 1
        connections = call.number("max_connections", DEFAULT_CONNECTIONS)
        settings = check_settings(url, call.string("secret_token"), connections)
        self._updates.allow(_read_allowed(call.get("allowed_updates")))
        if call.flag("drop_pending_updates"):
            self._updates.clear()
        self._polling.abort(WEBHOOK_SET)
        await self._webhook.set(settings)
        return "true"

    async def delete_webhook(self, call: Parameters) -> str:
        """deleteWebhook."""
        if call.flag("drop_pending_updates"):
            self._updates.clear()
        await self._webhook.set(None)
        return "true"

    def webhook_info(self, _call: Parameters) -> str:
        """getWebhookInfo."""
        settings = self._webhook.settings
        info: dict[str, object] = {
            "url": settings.url if settings else "",
            "has_custom_certificate": False,
            "pending_update_count": self._updates.count(),
        }
        if settings is not None:
            info["max_connections"] = settings.max_connections
            if self._webhook.last_error is not None:
                info["last_error_date"] = self._webhook.last_error_at
                info["last_error_message"] = self._webhook.last_error
        info["allowed_updates"] = [kind for kind in UPDATE_TYPES if kind in self._updates.allowed]
        return dump(info)

    def answer_tap(self, call: Parameters) -> str:
        """answerCallbackQuery: once, and soon enough."""
        text = call.string("text")
        if len(text) > MAX_ANSWER_TEXT:
            raise bad_request("MESSAGE_TOO_LONG")
        tap = self._taps.answer(call.string("callback_query_id"), text, alert=call.flag("show_alert"))
        self._world.changes.note("popup", tap.chat_id, tap.message_id, text)
        return "true"

    def get_file(self, call: Parameters) -> str:
        """getFile."""
        file_id = call.string("file_id")
        if not file_id:
            raise bad_request("file_id not specified")
        file = self._world.files.get(file_id)
        if file is None:
            raise bad_request("invalid file_id")
        if file.size > MAX_DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        described = {name: file.media[name] for name in ("file_id", "file_unique_id", "file_size")}
        return dump({**described, "file_path": file.path})

    def set_commands(self, call: Parameters) -> str:
        """setMyCommands."""
        given = call.get("commands")
        if not isinstance(given, list):
            raise bad_request("expected an Array of BotCommand")
        if len(given) > MAX_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        commands = [_read_command(command) for command in given]
        key = (self._scope(call), _language(call))
        if commands:
            self.menus.kept[key] = dump(commands)
        else:
            self.menus.kept.pop(key, None)
        self._world.changes.note("commands", key[0][1])
        return "true"

    def get_commands(self, call: Parameters) -> str:
        """getMyCommands."""
        return self.menus.kept.get((self._scope(call), _language(call)), "[]")

    def delete_commands(self, call: Parameters) -> str:
        """deleteMyCommands."""
        scope = self._scope(call)
        self.menus.kept.pop((scope, _language(call)), None)
        self._world.changes.note("commands", scope[1])
        return "true"

    def _scope(self, call: Parameters) -> Scope:
        given = call.get("scope")
        if given is None or given == "":
            return ("default", 0, 0)
        reason = "can't parse BotCommandScope: "
        if not isinstance(given, dict):
            raise bad_request(reason + "BotCommandScope must be an Object")
        kind = given.get("type")
        fields = _SCOPE_FIELDS.get(kind) if isinstance(kind, str) else None
        if fields is None:
            raise bad_request(reason + "Unsupported type specified")
        if set(given) != set(fields):
            wrong = min(set(given) ^ set(fields))
            raise bad_request(f'{reason}field "{wrong}" is {"unknown" if wrong in given else "missing"}')
        if "chat_id" not in fields:
            return (str(kind), 0, 0)
        chat_id = kinds.chat("chat_id", given["chat_id"])
        assert isinstance(chat_id, int)
        chat = self._world.chat(chat_id)
        if chat.user is not None and kind != "chat":
            raise bad_request("can't use specified scope in private chats")
        user_id = kinds.integer("user_id", given.get("user_id", 0))
        assert isinstance(user_id, int)
        return (str(kind), chat.id, user_id)


def _read_allowed(given: object) -> list[str] | None:
    if given is None or given == "":
        return None
    if not isinstance(given, list) or not all(isinstance(kind, str) for kind in given):
        raise bad_request("can't parse allowed updates: expected an Array of String")
    unknown = [kind for kind in given if kind not in UPDATE_TYPES]
    if unknown:
        raise bad_request(f'unknown update type "{unknown[0]}"')
    return given


def _read_command(given: object) -> dict[str, str]:
    if not isinstance(given, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if not isinstance(given.get(name), str):
            raise bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
    unknown = given.keys() - {"command", "description"}
    if unknown:
        raise bad_request(f"can't parse BotCommand: unknown field {min(unknown)}")
    command, description = given["command"].removeprefix("/"), given["description"].strip()
    if not command:
        raise bad_request("command must be non-empty")
    if not _COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > MAX_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


def _language(call: Parameters) -> str:
    code = call.string("language_code")
    if code and not _LANGUAGE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code
