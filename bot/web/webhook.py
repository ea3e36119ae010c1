"""Where Telegram posts updates: answered 2xx only once the update's work is committed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.bodies import read_body
from bot.web.dependencies import TelegramReceiver
from bot.web.problems import ProblemError, on_failure, problem

PATH = "/telegram/webhook"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name

_DONE = Response(status_code=200)


class _MatchedRoute:
    """What the access log names."""

    path = PATH


class TelegramWebhook:
    """ASGI middleware that takes updates ahead of the routes: it is on the path of every tap."""

    def __init__(self, application: ASGIApp, receiver: TelegramReceiver) -> None:
        self._application = application
        self._receiver = receiver

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take an update, pass on everything else."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._application(scope, receive, send)
            return
        scope["route"] = _MatchedRoute
        answer = await self._answer(Request(scope, receive, send))
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return problem(405, "updates are posted here", {"Allow": "POST"})
        if not self._receiver.is_from_telegram(request.headers.get(SECRET_HEADER)):
            return problem(401, "the secret is missing or wrong")
        try:
            await self._receiver.handle(await read_body(request))
        except ProblemError as error:
            return problem(error.status, error.detail, error.headers)
        except Exception as error:
            return await on_failure(request, error)
        return _DONE
