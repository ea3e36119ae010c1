"""Where Telegram posts updates: answered 2xx only once the update's work is committed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.bodies import read_body
from bot.web.dependencies import TelegramReceiver
from bot.web.problems import ProblemError, on_failure, problem

PATH = "/telegram/webhook"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name


def build_webhook_route(receiver: TelegramReceiver) -> Route:
    """A plain route, outside FastAPI's parameter solving: it is on the path of every tap."""

    async def receive_update(request: Request) -> Response:
        if not receiver.is_from_telegram(request.headers.get(SECRET_HEADER)):
            return problem(401, "the secret is missing or wrong")
        try:
            await receiver.handle(await read_body(request))
        except ProblemError as error:
            return problem(error.status, error.detail, error.headers)
        except Exception as error:
            return await on_failure(request, error)
        return Response(status_code=200)

    return Route(PATH, receive_update, methods=["POST"], include_in_schema=False)
