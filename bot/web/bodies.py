"""Bodies of requests, read within bounds."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

from bot.web.problems import ProblemError

LARGEST_BODY = 2_000_000
"""Bytes; CONTRACT: a body over 2 MB is refused."""

LONGEST_DRAINED = 32_000_000


async def read_body(request: Request) -> bytes:
    """The whole body; raises ProblemError when it is over the bound, whether its length was announced or not.

    Of a body over the bound nothing is kept. One that is not far over it is read to its end all the same: most
    programs read the answer only when they have sent everything, and a connection closed early would hide it.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(415, "compressed bodies are not read; send the JSON as it is")
    announced = _announced_length(request)
    chunks: list[bytes] = []
    length = 0
    try:
        async for chunk in request.stream():
            length += len(chunk)
            if length <= LARGEST_BODY:
                chunks.append(chunk)
            elif length > LONGEST_DRAINED or announced > LONGEST_DRAINED:
                break
            else:
                chunks.clear()
    except ClientDisconnect:
        raise ProblemError(400, "the connection ended before the body did") from None
    if length > LARGEST_BODY:
        raise _too_large()
    return b"".join(chunks)


def _announced_length(request: Request) -> int:
    announced = request.headers.get("content-length", "")
    return int(announced) if announced.isascii() and announced.isdigit() and len(announced) < 20 else 0


def _too_large() -> ProblemError:
    return ProblemError(
        413,
        f"the body is over {LARGEST_BODY // 1_000_000} MB; send fewer events at once",
        headers={"Connection": "close"},
    )
