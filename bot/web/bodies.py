"""Bodies of requests, read within bounds."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

from bot.web.problems import ProblemError

LARGEST_BODY = 2_000_000
"""Bytes; CONTRACT: a body over 2 MB is refused."""


async def read_body(request: Request) -> bytes:
    """The whole body; raises ProblemError as soon as it is over the bound, whether its length was announced or not."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > LARGEST_BODY:
        raise _too_large()
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(415, "compressed bodies are not read; send the JSON as it is")
    chunks: list[bytes] = []
    length = 0
    try:
        async for chunk in request.stream():
            length += len(chunk)
            if length > LARGEST_BODY:
                raise _too_large()
            chunks.append(chunk)
    except ClientDisconnect:
        raise ProblemError(400, "the connection ended before the body did") from None
    return b"".join(chunks)


def _too_large() -> ProblemError:
    return ProblemError(
        413,
        f"the body is over {LARGEST_BODY // 1_000_000} MB; send fewer events at once",
        headers={"Connection": "close"},
    )
