"""Refusals, worded as the Bot API server words them (tdlib/telegram-bot-api, Client.cpp)."""

from __future__ import annotations

import json


class ApiError(Exception):
    """A call was refused; `description` is complete, prefix included."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def encode(self) -> bytes:
        """The answer's body."""
        body: dict[str, object] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def bad_request(reason: str, **parameters: int) -> ApiError:
    """400 with its prefix."""
    return ApiError(400, f"Bad Request: {reason}", **parameters)


def forbidden(reason: str) -> ApiError:
    """403 with its prefix."""
    return ApiError(403, f"Forbidden: {reason}")


def too_many_requests(retry_after: int) -> ApiError:
    """429; `retry_after` in whole seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
