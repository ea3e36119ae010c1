"""Where VK's Callback API posts events: answered `ok` only once the event's work is committed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.bodies import read_body
from bot.web.dependencies import VkReceiver
from bot.web.problems import ProblemError, on_failure, problem

PATH = "/vk/callback"


class _MatchedRoute:
    """What the access log names."""

    path = PATH


class VkCallback:
    """ASGI middleware that takes events ahead of the routes, as that of Telegram's updates does."""

    def __init__(self, application: ASGIApp, receiver: VkReceiver) -> None:
        self._application = application
        self._receiver = receiver

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take an event, pass on everything else."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._application(scope, receive, send)
            return
        scope["route"] = _MatchedRoute
        answer = await self._answer(Request(scope, receive, send))
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return problem(405, "events are posted here", {"Allow": "POST"})
        try:
            answer = await self._receiver.handle(await read_body(request))
        except ProblemError as error:
            return problem(error.status, error.detail, error.headers)
        except PermissionError as error:
            return problem(403, str(error))
        except Exception as error:
            return await on_failure(request, error)
        # nothing but these letters counts: no quotes, no line end, no byte order mark
        return PlainTextResponse(answer)
