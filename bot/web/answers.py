"""Answers as JSON bytes, written by pydantic's serializer, and as pictures."""

from __future__ import annotations

from typing import Any, Final

from pydantic_core import to_json
from starlette.responses import Response

from bot.drawing.kinds import Drawable
from bot.drawing.painting import Painter, PaintingError
from bot.web.problems import ProblemError

PICTURE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"image/png": {}}}}
"""What a route that answers a picture is described by."""


def json_answer(content: object, status: int = 200) -> Response:
    """The value as JSON: dataclasses as objects, instants and durations in ISO 8601."""
    return Response(to_json(content), status, media_type="application/json")


async def picture_answer(painter: Painter, drawable: Drawable) -> Response:
    """The picture as a PNG file; raises ProblemError when it could not be drawn."""
    try:
        drawn = await painter.paint(drawable)
    except PaintingError as error:
        raise ProblemError(503, f"the picture could not be drawn: {error}") from None
    return Response(drawn, media_type="image/png")
