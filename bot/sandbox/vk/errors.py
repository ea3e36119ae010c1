"""Refusals, numbered and worded as VK's API does (VKCOM/vk-api-schema, errors.json, 5.199)."""

from __future__ import annotations

import json
from collections.abc import Mapping

MESSAGES: Mapping[int, str] = {
    1: "Unknown error occurred",
    3: "Unknown method passed",
    5: "User authorization failed",
    6: "Too many requests per second",
    7: "Permission to perform this action is denied",
    8: "Invalid request",
    9: "Flood control",
    10: "Internal server error",
    14: "Captcha needed",
    15: "Access denied",
    18: "User was deleted or banned",
    27: "Group authorization failed",
    29: "Rate limit reached",
    100: "One of the parameters specified was missing or invalid",
    104: "Not found",
    105: "Couldn't save file",
    113: "Invalid user id",
    118: "Invalid server",
    121: "Invalid hash",
    129: "Invalid photo",
    900: "Can't send messages for users from blacklist",
    901: "Can't send messages for users without permission",
    902: "Can't send messages to this user due to their privacy settings",
    909: "Can't edit this message, because it's too old",
    910: "Can't sent this message, because it's too big",
    911: "Keyboard format is invalid",
    912: "This is a chat bot feature, change this status in settings",
    913: "Too many forwarded messages",
    914: "Message is too long",
    917: "You don't have access to this chat",
    920: "Can't edit this kind of message",
    921: "Can't forward these messages",
    922: "You left this chat",
    936: "Contact not found",
    940: "Too many posts in messages",
    943: "Cannot use this intent",
    944: "Limits overflow for this intent",
    945: "Chat was disabled",
    950: "Can't send message, reply timed out",
    2000: "Servers number limit is reached",
}


class VKError(Exception):
    """A call was refused; VK answers so with HTTP 200. `extra` are further fields of the error."""

    def __init__(self, code: int, detail: str | None = None, *, message: str | None = None, **extra: object) -> None:
        known = MESSAGES.get(code, "Unknown error occurred") if message is None else message
        self.code = code
        self.message = f"{known}: {detail}" if detail else known
        self.extra = extra
        super().__init__(f"{code} {self.message}")

    def payload(self) -> dict[str, object]:
        """As it stands for one of several recipients."""
        return {"code": self.code, "description": self.message}

    def encode(self, method: str, given: Mapping[str, object]) -> bytes:
        """The answer's body; it repeats the parameters, as VK does, without the token."""
        shown: list[dict[str, object]] = [{"key": "method", "value": method}, {"key": "oauth", "value": "1"}]
        shown += [{"key": name, "value": value} for name, value in given.items() if isinstance(value, str)]
        error = {"error_code": self.code, "error_msg": self.message, **self.extra, "request_params": shown}
        return json.dumps({"error": error}, ensure_ascii=False, separators=(",", ":")).encode()


def wrong(detail: str) -> VKError:
    """100 and what is wrong with which parameter."""
    return VKError(100, detail)


def captcha(address: str) -> VKError:
    """14, with the picture nobody will look at."""
    return VKError(14, captcha_sid="239633676097", captcha_img=f"{address}/captcha.php?sid=239633676097")
