"""Who may use the API: bearers of a key from the environment or of one in force in the database."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from fastapi import Request

from bot.web.dependencies import WebDependencies
from bot.web.problems import ProblemError
from surveys.keys import digest_of, key_name


def build_authentication(dependencies: WebDependencies) -> Callable[[Request], Awaitable[None]]:
    """A check that raises a 401 problem unless the request carries `Authorization: Bearer KEY`."""
    environment_digest = digest_of(dependencies.api_key) if dependencies.api_key else None

    async def authenticate(request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise _refusal("send the header `Authorization: Bearer KEY`; `otklik key create NAME` makes a key")
        if environment_digest is not None and hmac.compare_digest(digest_of(key), environment_digest):
            return
        if await key_name(dependencies.database, key) is None:
            raise _refusal("the key is not known or was revoked; `otklik key list` shows those in force")

    return authenticate


def _refusal(detail: str) -> ProblemError:
    return ProblemError(401, detail, headers={"WWW-Authenticate": "Bearer"})
