"""Answers as JSON bytes, written by pydantic's serializer."""

from __future__ import annotations

from pydantic_core import to_json
from starlette.responses import Response


def json_answer(content: object, status: int = 200) -> Response:
    """The value as JSON: dataclasses as objects, instants and durations in ISO 8601."""
    return Response(to_json(content), status, media_type="application/json")
